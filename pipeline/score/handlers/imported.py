"""Scores by what an import path names: a factory of a Beam ModelHandler, or a function."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.ml.inference.base import ModelHandler

from fairflip.pipeline.score.calls.beam_calls import BeamCalls
from fairflip.pipeline.score.calls.call_limits import CallLimits, text_lengths
from fairflip.pipeline.score.handlers.answers import names_of, one_each, scores_of_each
from fairflip.pipeline.score.handlers.base import (
    MAX_ROWS_PER_CALL,
    BatchModelHandler,
    all_of_parts,
)
from fairflip.pipeline.score.handlers.functions import handler_of, values_of
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

    calls: BeamCalls
    loaded: Any
    caller: PatientCaller


class ImportedModelHandler(BatchModelHandler):
    """Any Beam ModelHandler, made by a function given by import path.

    The factory takes no arguments. Its handler sees one element per distinct
    record: the text itself with one input feature, else a dict; in calls of its own
    `max_batch_size`, or else of 256. Its answers are read as `answers` says. A handler
    with the attribute `takes_record_batches = True` gets `pa.RecordBatch`es
    instead, and gives one array of scores for each.
    """

    rows_to_gather = 1 << 16

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
        return "/".join((type(self).__name__, self.import_path, ",".join(self.outputs), features))

    @property
    def lasting_identity(self) -> str:
        """The import path, and the content of the module's file.

        Raises:
          ConfigurationError: It is an object of this process, of which nothing lasts.
        """
        module_name = self.import_path.partition(":")[0]
        if module_name == handler_of.__module__:
            raise ConfigurationError(
                f"models[{self.name}]: an object of Python has no identity that lasts, by which "
                "evaluation.score_cache could know it again; give the model as a file or an "
                "import path, or leave the cache out"
            )
        maker = checks.import_object(self.import_path, f"models[{self.name}]")
        file = getattr(sys.modules[module_name], "__file__", None)
        content = pathlib.Path(file).read_bytes() if file else repr(maker).encode()
        return f"{self.identity}/{hashlib.sha256(content).hexdigest()}"

    def resource_hints(self) -> Mapping[str, Any]:
        """What the handler asks of a worker, such as a GPU; none where it cannot be made here."""
        try:
            return self._maker()().get_resource_hints() if self.spec.handler else {}
        except Exception:  # the module may be on the workers alone; they say what is wrong
            return {}

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

        def load() -> tuple[BeamCalls, Any]:
            calls = BeamCalls(make(), self.name, self.output_name)
            # An object of this process is no other's, whatever its name.
            owner = "" if self.spec.handler else str(os.getpid())
            tag = hashlib.sha256(f"{self.identity}/{owner}".encode()).hexdigest()[:32]
            return calls, calls.load(f"fairflip-{tag}")

        calls, loaded = caller.call(load, "to load")
        return _LoadedHandler(calls, loaded, caller)

    def _maker(self) -> Callable[[], ModelHandler]:
        """What makes the handler: the named factory, or one for the named function or object."""
        if self.spec.handler:
            return checks.import_factory(self.import_path, f"models[{self.name}].handler")
        model = checks.import_object(self.import_path, f"models[{self.name}].function")
        return lambda: handler_of(model, self.name, self.outputs)

    def texts_per_call(self, model: _LoadedHandler | None) -> int | None:
        """What the handler says, once it is there."""
        return None if model is None else _limits(model.calls.handler).max_texts

    def score_batch(self, batch: pa.RecordBatch, model: _LoadedHandler) -> np.ndarray:
        """Scores of one batch; see `score_parts`."""
        return all_of_parts(self.score_parts(batch, model), batch.num_rows)

    def score_parts(
        self, batch: pa.RecordBatch, model: _LoadedHandler, num_known: int = 0
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """The rows of one call after the other, with their scores.

        Raises:
          TimeoutError: A call is not answered in time.
        """
        batch = batch.select(list(self.input_features))
        handler = model.calls.handler
        if getattr(handler, "takes_record_batches", False):
            for rows in _limits(handler).calls(text_lengths(batch)):
                part = batch.take(pa.array(rows))
                [array] = self._answers([part], part, model)
                yield rows, self._from_batches(np.asarray(array), len(rows))
            return
        limits = _limits(handler)
        made = self._elements(batch, model) if limits.look_at_elements else []
        for rows in limits.calls(text_lengths(batch), made):
            part = batch.take(pa.array(rows))
            elements = [made[row] for row in rows] if made else self._elements(part, model)
            answers = self._answers(elements, part, model)
            outputs = ("",) if model.calls.used_key else self.outputs
            yield rows, scores_of_each(answers, len(rows), model=self.name, outputs=outputs)

    def _from_batches(self, array: np.ndarray, num_rows: int) -> np.ndarray:
        """The answer of a handler that takes record batches: one score, or one for each output."""
        if len(self.outputs) == 1:
            return one_each(array, num_rows, self.name)
        if array.shape == (num_rows, len(self.outputs)):
            return array.astype(np.float64)
        # A handler that knows nothing of outputs gives all that it has.
        return scores_of_each(array, num_rows, model=self.name, outputs=self.outputs)

    def output_names(self, batch: pa.RecordBatch, model: _LoadedHandler) -> tuple[str, ...]:
        """All that its answers to some records hold."""
        batch = batch.select(list(self.input_features))
        handler = model.calls.handler
        if hasattr(handler, "output_names"):
            return tuple(self._call(lambda: list(handler.output_names(batch)), batch, model))
        if getattr(handler, "takes_record_batches", False):
            [answers] = self._answers([batch], batch, model)
        else:
            answers = self._answers(self._elements(batch, model), batch, model)
        return names_of(answers, batch.num_rows, model=self.name)

    def _elements(self, batch: pa.RecordBatch, model: _LoadedHandler) -> list[Any]:
        alone = len(self.input_features) == 1
        records = [*values_of(batch.column(0))] if alone else _records(batch)
        return self._call(lambda: model.calls.elements_of(records), batch, model)

    def _answers(
        self, elements: Sequence[Any], batch: pa.RecordBatch, model: _LoadedHandler
    ) -> list[Any]:
        return self._call(lambda: model.calls.answers(elements, model.loaded), batch, model)

    def _call(
        self, function: Callable[[], list[Any]], batch: pa.RecordBatch, model: _LoadedHandler
    ) -> list[Any]:
        try:
            return model.caller.call(function, f"to score {batch.num_rows:,} records")
        except (UserError, TimeoutError):
            raise
        except Exception as error:
            # Whoever wrote the handler may quote what it was given; a log may not hold that.
            message = _without_texts(str(error), batch)
            raise RuntimeError(
                f"models[{self.name}]: the handler raised {type(error).__name__}: {message}"
            ) from error


def _records(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """A dictionary for each record; images in it are arrays."""
    values = {name: values_of(batch.column(name)) for name in batch.schema.names}
    return [{name: values[name][row] for name in values} for row in range(batch.num_rows)]


def _limits(handler: Any) -> CallLimits:
    if getattr(handler, "takes_record_batches", False):
        return CallLimits.of(handler, MAX_ROWS_PER_CALL)
    return CallLimits.of(handler)


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
