"""Scores by what an import path names: a factory of a Beam ModelHandler, or a function."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.ml.inference.base import ModelHandler, PredictionResult

from fairflip.pipeline.score.handlers.base import MAX_ROWS_PER_CALL, BatchModelHandler
from fairflip.pipeline.score.handlers.functions import handler_of
from fairflip.pipeline.score.handlers.outputs import one_column
from fairflip.pipeline.score.handlers.patient_caller import PatientCaller
from fairflip.pipeline.score.model_files import checks
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError, UserError
from fairflip.protos.forms.config_fields import fill_defaults

#: Shorter texts stand in any message by chance.
_SHORTEST_TEXT = 4


@dataclasses.dataclass
class _LoadedHandler:
    """Somebody's handler, its model, and the thread that calls them."""

    handler: ModelHandler
    loaded: Any
    caller: PatientCaller


class ImportedModelHandler(BatchModelHandler):
    """Any Beam ModelHandler, made by a function given by import path.

    The factory takes no arguments. Its handler sees one element per distinct
    record: the text itself with one input feature, else a dict. A prediction is a
    number, an array of one number, or a `PredictionResult` of either. A handler
    with the attribute `takes_record_batches = True` gets `pa.RecordBatch`es
    instead, and gives one array of scores for each.
    """

    def __init__(self, spec: config_pb2.ModelSpec, input_features: Sequence[str]):
        super().__init__(spec, input_features)
        self.import_path = spec.handler or spec.function
        self.output_name = spec.output_name
        whole = config_pb2.ModelSpec()
        whole.CopyFrom(spec)
        fill_defaults(whole)
        self._max_minutes = whole.max_answer_minutes

    @property
    def identity(self) -> str:
        """The same for handlers that would load the same model."""
        features = ",".join(self.input_features)
        return "/".join((type(self).__name__, self.import_path, self.output_name, features))

    def load_model(self) -> _LoadedHandler:
        """The handler, made on this worker, and its model.

        Raises:
          ConfigurationError: The import path names no factory.
          TimeoutError: It does not load in time.
        """
        checks.import_modules(self.spec)
        make = self._maker()
        # All calls are made by one thread: a handler may keep what belongs to a thread.
        caller = PatientCaller(f"model {self.name!r}", self._max_minutes)

        def load() -> tuple[ModelHandler, Any]:
            handler = make()
            handler.set_environment_vars()
            return handler, handler.load_model()

        return _LoadedHandler(*caller.call(load, "to load"), caller)

    def _maker(self) -> Callable[[], ModelHandler]:
        """What makes the handler: the named factory, or one for the named function or object."""
        if self.spec.handler:
            return checks.import_factory(self.import_path, f"models[{self.name}].handler")
        model = checks.import_object(self.import_path, f"models[{self.name}].function")
        return lambda: handler_of(model, self.name, self.output_name)

    def score_batch(self, batch: pa.RecordBatch, model: _LoadedHandler) -> np.ndarray:
        """Scores of one batch, in calls of at most `MAX_ROWS_PER_CALL` rows.

        Raises:
          TimeoutError: A call is not answered in time.
        """
        handler = model.handler

        def run(examples: list[Any], num_records: int) -> list[Any]:
            try:
                return model.caller.call(
                    lambda: list(handler.run_inference(examples, model.loaded)),
                    f"to score {num_records:,} records",
                )
            except (UserError, TimeoutError):
                raise
            except Exception as error:
                # Whoever wrote the handler may quote what it was given; a log may not hold that.
                message = _without_texts(str(error), batch)
                raise RuntimeError(
                    f"models[{self.name}]: the handler raised {type(error).__name__}: {message}"
                ) from error

        if getattr(handler, "takes_record_batches", False):
            [array] = run([batch], batch.num_rows)
            return one_column(np.asarray(array), self.name, batch.num_rows)
        scores: list[np.ndarray] = []
        for start in range(0, batch.num_rows, MAX_ROWS_PER_CALL):
            part = batch.slice(start, MAX_ROWS_PER_CALL)
            examples: list[Any]
            if len(self.input_features) == 1:
                examples = part.column(self.input_features[0]).to_pylist()
            else:
                examples = part.select(list(self.input_features)).to_pylist()
            for function in reversed(list(handler.get_preprocess_fns())):
                examples = [function(example) for example in examples]
            results = run(examples, part.num_rows)
            for function in handler.get_postprocess_fns():
                results = [function(result) for result in results]
            scores += [self._number(result) for result in results]
        return one_column(np.asarray(scores), self.name, batch.num_rows)

    def _number(self, result: Any) -> np.ndarray:
        value = result.inference if isinstance(result, PredictionResult) else result
        if isinstance(value, Mapping):
            if self.output_name not in value:
                raise ConfigurationError(
                    f"models[{self.name}].output_name: {self.output_name!r} is not among the "
                    f"predictions' keys {sorted(map(str, value))}; set it to one of them"
                )
            value = value[self.output_name]
        return np.asarray(value, np.float64).reshape(-1)


def _without_texts(message: str, batch: pa.RecordBatch) -> str:
    """The message without the texts of the batch that stand in it whole."""
    texts = {
        text
        for column in batch.columns
        if pa.types.is_string(column.type)
        for text in pc.unique(column).to_pylist()
        if text and len(text) >= _SHORTEST_TEXT
    }
    for text in sorted(texts, key=len, reverse=True):
        quoted = repr(text)[1:-1]
        # A KeyError shows its argument as Python writes it, so that a quote is quoted again.
        for form in (text, quoted, repr(quoted)[1:-1], json.dumps(text)[1:-1]):
            message = message.replace(form, "(a text of the data)")
    return message
