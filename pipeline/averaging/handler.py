"""The handler of any kind of model with a remedy at inference around it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.pipeline.averaging.records import RecordsToAsk
from fairflip.pipeline.averaging.texts import remedy_identity
from fairflip.pipeline.score.handlers.base import BatchModelHandler, all_of_parts
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.sides import distinct_rows
from fairflip.pipeline.tabular.swap import AttributeSwap
from fairflip.protos.config_pb2 import DataSpec, ModelSpec
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.run_edits import ATTRIBUTE


@dataclasses.dataclass
class _Loaded:
    """The model inside, and what makes the records that it is asked about."""

    model: Any
    asked: RecordsToAsk


class RemedyHandler(BatchModelHandler):
    """Asks the model of a specification about other records in the place of each; takes the mean.

    The mean is of the numbers as the model gives them. A record of which any part has no answer
    has no score.

    Args:
      spec: A model with `at_inference`.
      input_features: The features that it reads.

    Raises:
      ConfigurationError: The model does not read what is changed, or the remedy cannot be made.
      InputError: The list of terms is malformed.
    """

    def __init__(self, spec: ModelSpec, input_features: Sequence[str]):
        super().__init__(spec, input_features)
        plain = ModelSpec()
        plain.CopyFrom(spec)
        plain.ClearField("at_inference")
        self._inner = handler_for(plain, input_features)
        self._remedy = spec.at_inference
        self._text = ""
        if spec.at_inference.method == ATTRIBUTE:
            refuse_unread(spec, self.input_features)
        else:
            self._text = text_feature_of(spec, self.input_features)
        self._identity = remedy_identity(spec.at_inference)
        self.may_be_asked_again = self._inner.may_be_asked_again
        self.rows_to_gather = self._inner.rows_to_gather
        self.nan_is_missing = self._inner.nan_is_missing

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model with the same remedy."""
        return f"{self._identity}/{self._text}/{self._inner.identity}"

    @property
    def lasting_identity(self) -> str:
        """The same wherever model and terms lie.

        Raises:
          ConfigurationError: The model has none.
        """
        return f"{self._identity}/{self._text}/{self._inner.lasting_identity}"

    def load_model(self) -> _Loaded:
        """The model, as its own handler loads it, and the generator."""
        return _Loaded(self._inner.load_model(), RecordsToAsk(self._remedy, self._text))

    def resource_hints(self) -> Mapping[str, Any]:
        """The model's own."""
        return self._inner.resource_hints()

    def score_batch(self, batch: pa.RecordBatch, model: _Loaded) -> np.ndarray:
        """Mean scores of one batch, float64 (n,), or (n, K) of several outputs."""
        return all_of_parts(self.score_parts(batch, model), batch.num_rows)

    def score_parts(
        self, batch: pa.RecordBatch, model: _Loaded, num_known: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The same as the answers come; a row once all of its texts are answered."""
        asked, row, record = self._records(batch, model)
        num_texts = np.bincount(row, minlength=batch.num_rows)
        num_open = num_texts.copy()
        sums: np.ndarray | None = None
        # Of each record asked, the entries (row, record) that wait for it.
        order = np.argsort(record, kind="stable")
        starts = np.searchsorted(record[order], np.arange(asked.num_rows + 1))
        for part, values in self._inner.score_parts(asked, model.model, num_known):
            entries = np.concatenate([order[starts[i] : starts[i + 1]] for i in part])
            scores = np.repeat(np.asarray(values, np.float64), np.diff(starts)[part], axis=0)
            if sums is None:
                sums = np.zeros((batch.num_rows, *scores.shape[1:]))
            np.add.at(sums, row[entries], scores)
            np.subtract.at(num_open, row[entries], 1)
            done = np.unique(row[entries])
            done = done[num_open[done] == 0]
            if len(done):
                yield done, (sums[done].T / num_texts[done]).T

    def score_and_classes(
        self, batch: pa.RecordBatch, model: _Loaded
    ) -> tuple[np.ndarray, np.ndarray]:
        """Mean scores, float64 (n,), and the mean class scores, float64 (n, K)."""
        asked, row, record = self._records(batch, model)
        scores, classes = self._inner.score_and_classes(asked, model.model)
        num_texts = np.bincount(row, minlength=batch.num_rows)
        sums = np.zeros((batch.num_rows, classes.shape[1]))
        np.add.at(sums, row, classes[record])
        means = np.bincount(row, scores[record], minlength=batch.num_rows) / num_texts
        return means, sums / num_texts[:, None]

    def _records(
        self, batch: pa.RecordBatch, model: _Loaded
    ) -> tuple[pa.RecordBatch, np.ndarray, np.ndarray]:
        """The distinct records to ask about; of each entry of a mean its row and its record."""
        expanded, row = model.asked.of(batch.select(list(self.input_features)))
        distinct, record = distinct_rows(expanded)
        return distinct, row, record


def text_feature_of(spec: ModelSpec, input_features: Sequence[str]) -> str:
    """The feature whose text a remedy changes.

    Raises:
        ConfigurationError: None is named among several, or the model does not read it.
    """
    text = spec.at_inference.text_feature or (input_features[0] if len(input_features) == 1 else "")
    if text not in input_features:
        raise ConfigurationError(
            f"models[{spec.name}].at_inference.text_feature is {text!r}; name the text among the "
            f"features that the model reads: {', '.join(input_features)}"
        )
    return text


def refuse_unread(spec: ModelSpec, input_features: Sequence[str]) -> None:
    """Refuses a remedy that changes a column which the model does not read.

    Raises:
        ConfigurationError: Of the attribute or a linked column.
    """
    for name in AttributeSwap.named(spec.at_inference).changed:
        if name not in input_features:
            raise ConfigurationError(
                f"models[{spec.name}].at_inference changes {name!r}, which is none of the features "
                f"that the model reads: {', '.join(input_features) or 'none is known'}; name it "
                "with --input_feature, too"
            )


def handlers_of(
    models: Sequence[ModelSpec], input_features: Sequence[str], data: DataSpec
) -> dict[str, BatchModelHandler]:
    """By name, the handlers of those models that have a remedy at inference."""
    handlers: dict[str, BatchModelHandler] = {}
    for spec in models:
        if spec.HasField("at_inference") and not spec.score_feature:
            named = ModelSpec()
            named.CopyFrom(spec)
            named.at_inference.text_feature = spec.at_inference.text_feature or data.text_feature
            handlers[spec.name] = RemedyHandler(named, input_features)
    return handlers
