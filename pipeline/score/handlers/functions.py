"""Models that are Python functions: from a list of texts, or a table, to scores.

`function_of` makes one of what a user has: a function, a scikit-learn estimator, a Hugging
Face pipeline, a (model, tokenizer) of torch. `FunctionHandler` runs it in Beam.

A function is of this process. `registered` gives it an import path under which a specification's
`function` finds it, as long as the call lasts; a worker in another process has no
such function and says so.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from apache_beam.ml.inference.base import ModelHandler

from fairflip.metrics.images.decoded_columns import pixels_of
from fairflip.pipeline.score.handlers.answers import names_of, scores_of_each
from fairflip.pipeline.score.handlers.base import MAX_ROWS_PER_CALL
from fairflip.pipeline.score.libraries import torch_classifier
from fairflip.pipeline.score.libraries.estimators import function_of_estimator
from fairflip.protos.errors import ConfigurationError, UserError

_PREFIX = "registered_"
_NUMBERS = itertools.count()
_REGISTERED: dict[str, Any] = {}


class FunctionHandler(ModelHandler[pa.RecordBatch, np.ndarray, Any]):
    """Runs a function on batches.

    Args:
        function: Gets a list of texts where the run has one input feature, else a pandas
            frame of the input features; gives answers as `answers` reads them.
        name: The model's name, for messages.
        outputs: Which labels or columns are the scores.
        class_names: What the columns of its answers stand for.
    """

    takes_record_batches = True

    def __init__(
        self,
        function: Callable[[Any], Any],
        name: str,
        outputs: Sequence[str] = ("",),
        class_names: Sequence[Any] = (),
    ):
        super().__init__()
        self._function = function
        self._name = name
        self._outputs = tuple(outputs)
        self._class_names = tuple(class_names)

    def load_model(self) -> Callable[[Any], Any]:
        """The function itself."""
        return self._function

    def run_inference(
        self,
        batch: Sequence[pa.RecordBatch],
        model: Callable[[Any], Any],
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[np.ndarray]:
        """One array of scores for each batch."""
        return [self._scores(part, model) for part in batch]

    def _scores(self, batch: pa.RecordBatch, function: Callable[[Any], Any]) -> np.ndarray:
        parts = []
        for start in range(0, batch.num_rows, MAX_ROWS_PER_CALL):
            part = batch.slice(start, MAX_ROWS_PER_CALL)
            parts.append(
                scores_of_each(
                    self._answers(part, function),
                    part.num_rows,
                    model=self._name,
                    outputs=self._outputs,
                    class_names=self._class_names,
                )
            )
        return np.concatenate(parts) if parts else np.empty(0)

    def _answers(self, part: pa.RecordBatch, function: Callable[[Any], Any]) -> Any:
        records = values_of(part.column(0)) if part.num_columns == 1 else frame_of(part)
        try:
            return function(records)
        except UserError:
            raise
        except Exception as error:
            # The message may quote the records, which no message of ours may hold.
            raise ConfigurationError(
                f"models[{self._name}]: the function raised {type(error).__name__} on "
                f"{part.num_rows:,} records; call it on a few of them to see why"
            ) from error

    def output_names(self, batch: pa.RecordBatch) -> tuple[str, ...]:
        """All that the function gives for each record."""
        answers = self._answers(batch, self._function)
        return names_of(answers, batch.num_rows, model=self._name, class_names=self._class_names)


def values_of(column: pa.Array) -> Any:
    """A column as a list; of images as an array [n, height, width, channels]."""
    if isinstance(column, pa.FixedShapeTensorArray):
        return pixels_of(column)
    return column.to_pylist()


def frame_of(batch: pa.RecordBatch) -> Any:
    """A batch as a pandas frame, missing cells as NaN: so pandas reads them from a file.

    Of images there is an array [height, width, channels] in each cell.
    """
    images = [n for n in batch.schema.names if isinstance(batch[n], pa.FixedShapeTensorArray)]
    frame = batch.drop_columns(images).to_pandas()
    for name in images:
        frame.insert(batch.schema.get_field_index(name), name, [*pixels_of(batch[name])])
    batch = batch.drop_columns(images)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if column.null_count and frame[name].dtype == object:
            frame[name] = frame[name].where(frame[name].notna(), np.nan)
    return frame


def handler_of(model: Any, name: str, outputs: Sequence[str] = ("",)) -> ModelHandler:
    """A Beam handler of a model that is a Python object; of a handler, the handler itself.

    Raises:
        ConfigurationError: It is no model of a kind known here.
    """
    if hasattr(model, "load_model") and hasattr(model, "run_inference"):
        return model
    asked = function_of(model, name)
    if asked is None:
        raise ConfigurationError(
            f"models[{name}]: {type(model).__name__} is no model; give a path, a Keras model, "
            "a scikit-learn estimator, a Hugging Face pipeline, a (model, tokenizer), a Beam "
            "ModelHandler, or a function from a list of texts to scores; several models by name "
            "are `models`"
        )
    function, class_names = asked
    return FunctionHandler(function, name, outputs, class_names)


def function_of(model: Any, name: str) -> tuple[Callable[[Any], Any], tuple[Any, ...]] | None:
    """A model as a function, and what the columns of its answers stand for.

    Returns:
        None for what is no model of a kind known here.

    Raises:
        ConfigurationError: It is an estimator without scores.
    """
    if isinstance(model, tuple) and len(model) == 2 and hasattr(model[0], "forward"):
        if not callable(model[1]):
            raise ConfigurationError(
                f"models[{name}]: beside the module stands {type(model[1]).__name__}, which cannot "
                "be called; give a tokenizer, or a function from a list of texts to tensors"
            )
        return torch_classifier.of_model(*model)
    labels = getattr(getattr(getattr(model, "model", None), "config", None), "id2label", None)
    if isinstance(labels, Mapping) and hasattr(model, "tokenizer"):
        return torch_classifier.of_pipeline(model)
    for method in ("predict_proba", "decision_function"):
        if hasattr(model, method) and hasattr(model, "fit"):
            return function_of_estimator(model, method, name)
        owner = getattr(model, "__self__", None)
        if getattr(model, "__name__", "") == method and hasattr(owner, "fit"):
            return function_of_estimator(owner, method, name)
    if hasattr(model, "fit") and hasattr(model, "predict") and not hasattr(model, "layers"):
        raise ConfigurationError(
            f"models[{name}]: {type(model).__name__} has neither predict_proba nor "
            "decision_function; give an estimator with scores, or a function"
        )
    if torch_classifier.is_module(model):
        return torch_classifier.of_model(model, None)
    if callable(model) and not hasattr(model, "layers"):
        return model, ()
    return None


@contextlib.contextmanager
def registered(models: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Within it, each model that is an object has an import path, by which `function` finds it.

    Yields:
        Name of the model -> `package.module:name`.

    Raises:
        ConfigurationError: One of them is no model of a kind known here.
    """
    for name, model in models.items():
        handler_of(model, name)
    # What a function does cannot be known by its content: each call has a name of its own.
    keys = {name: f"{_PREFIX}{next(_NUMBERS)}" for name in models}
    _REGISTERED.update({keys[name]: model for name, model in models.items()})
    try:
        yield {name: f"{__name__}:{key}" for name, key in keys.items()}
    finally:
        for key in keys.values():
            _REGISTERED.pop(key, None)


def __getattr__(name: str) -> Any:
    """A registered model, which `import_object` asks for."""
    if name.startswith(_PREFIX):
        if name not in _REGISTERED:
            raise AttributeError(
                "a model that is an object of Python is only in the process that has it; "
                "run it on the local runner, or give it as a file or an import path"
            )
        return _REGISTERED[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
