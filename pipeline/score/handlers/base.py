"""A model that scores Arrow batches, whatever kind of model it is."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from apache_beam.ml.inference.base import ModelHandler

from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import asked_outputs, one_output

#: Most rows that go through a model at once; memory for activations is bounded by it.
MAX_ROWS_PER_CALL = 2048


class BatchModelHandler(ModelHandler[pa.RecordBatch, np.ndarray, Any], abc.ABC):
    """A model that scores batches.

    An element is a `pa.RecordBatch` of n records with the columns
    `input_features`, the prediction for it a float64 array (n,), or where K numbers are
    read of each answer (n, K).

    Args:
      spec: The model.
      input_features: The features that it reads.

    Attributes:
      may_be_asked_again: Whether a sample of texts may be scored a second time, to see
        whether the model's answers stand. A handler that is paid by the call says no.
      rows_to_gather: How many rows are brought together before the model is asked, so that
        its calls are full and rows of like length meet; 0: each batch is asked as it comes.
      nan_is_missing: Whether NaN says that there is no answer, and not that it is NaN.
      outputs: The numbers that are read of each answer, named as in `output_name`.
    """

    may_be_asked_again = True
    rows_to_gather = 0
    nan_is_missing = False

    def __init__(self, spec: config_pb2.ModelSpec, input_features: Sequence[str]):
        super().__init__()
        self.spec = spec
        self.name = spec.name
        self.input_features = tuple(input_features)
        self.outputs = asked_outputs(spec)

    @property
    @abc.abstractmethod
    def identity(self) -> str:
        """The same for handlers that would load the same model."""

    @property
    def lasting_identity(self) -> str:
        """Equal for models that give equal scores, also in other processes and years.

        Raises:
          ConfigurationError: The model has none.
        """
        return self.identity

    @property
    def identities_by_output(self) -> tuple[str, ...]:
        """The `lasting_identity` of each output, as the model has it where only that is read."""
        if not self.spec.output_names:
            return (self.lasting_identity,)
        return tuple(
            type(self)(one_output(self.spec, output), self.input_features).lasting_identity
            for output in self.outputs
        )

    def output_names(self, batch: pa.RecordBatch, model: Any) -> tuple[str, ...]:
        """All numbers that the model gives for each record, from its answers to a few.

        Args:
          batch: The records.
          model: What was loaded.

        Raises:
          ConfigurationError: Only the user can say.
        """
        raise ConfigurationError(
            f"models[{self.name}].output_names: such a model does not say what it gives; name its "
            "outputs, such as --output NAME=A,B"
        )

    @abc.abstractmethod
    def score_batch(self, batch: pa.RecordBatch, model: Any) -> np.ndarray:
        """Scores of one batch, float64 (n,) or (n, K), as the model gives them."""

    def score_parts(
        self, batch: pa.RecordBatch, model: Any, num_known: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The same as the answers come: indices of rows, and the scores of these.

        Together the parts are all rows, each once, in any order.

        Args:
          batch: The rows to ask for.
          model: What was loaded.
          num_known: Further rows whose scores are known already, where shares are judged.
        """
        yield np.arange(batch.num_rows), self.score_batch(batch, model)

    def texts_per_call(self, model: Any) -> int | None:
        """How many texts one call holds at most; None where that cannot be said.

        Args:
          model: What was loaded; None where nothing is.
        """
        return None

    def resource_hints(self) -> Mapping[str, Any]:
        """What the model needs of a worker, as Beam's resource hints."""
        return {}

    def score_and_classes(self, batch: pa.RecordBatch, model: Any) -> tuple[np.ndarray, np.ndarray]:
        """Scores of one batch, float64 (n,), and the class scores behind them, float64 (n, K)."""
        raise NotImplementedError(f"{type(self).__name__} gives one score for each record")

    def run_inference(
        self,
        batch: Sequence[pa.RecordBatch],
        model: Any,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[np.ndarray]:
        """One array of scores for each batch."""
        return [self.score_batch(part, model) for part in batch]

    def get_num_bytes(self, batch: Sequence[pa.RecordBatch]) -> int:
        """Bytes of the batches' buffers; Beam's own way would pickle them."""
        return sum(part.nbytes for part in batch)

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        """Elements are batches already."""
        return {"min_batch_size": 1, "max_batch_size": 1}

    def get_metrics_namespace(self) -> str:
        """Ours."""
        return "fairflip"


def all_of_parts(parts: Iterable[tuple[np.ndarray, np.ndarray]], num_rows: int) -> np.ndarray:
    """Scores that come in parts, as `score_parts` gives them, in the order of the rows."""
    scores = np.full(num_rows, np.nan)
    for rows, values in parts:
        if values.ndim != scores.ndim:  # several numbers for each row
            scores = np.full((num_rows, values.shape[1]), np.nan)
        scores[rows] = values
    return scores
