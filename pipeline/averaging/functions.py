"""A model with a remedy at inference as a Python function of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.pipeline.averaging.handler import RemedyHandler
from fairflip.protos.config_pb2 import ModelSpec


class RemediedModel:
    """A function from a list of texts to scores, float64 `[n]`: the mean over what is asked.

    A model of a table or of several features takes a pandas frame or an Arrow table. As a
    function it is a model for every command again: `py:module:name`, `models={"averaged": it}`.

    Args:
        spec: A model with `at_inference`. A file is loaded when it is first asked, or by
            `load`; a function or object at once.
        input_features: The features that it reads.

    Raises:
        ConfigurationError: The model or the remedy is not ready.
        InputError: The list of terms is malformed.
    """

    def __init__(self, spec: ModelSpec, input_features: Sequence[str] = ("text",)):
        self._handler = RemedyHandler(spec, input_features)
        self._model: Any = None
        if spec.function or spec.handler:
            self.load()

    def load(self) -> RemediedModel:
        """Loads the model, if it is not loaded yet."""
        if self._model is None:
            self._model = self._handler.load_model()
        return self

    def __call__(self, texts: Any) -> np.ndarray:
        """The scores of texts, in their order."""
        return self._handler.score_batch(self._batch(texts), self.load()._model)

    def texts_asked(self, texts: Sequence[str]) -> list[list[str]]:
        """The texts that the model is asked about for each, of averaging the text first.

        Raises:
            ConfigurationError: It is a model of a table.
        """
        return self.load()._model.asked.texts_of(texts)

    def _batch(self, records: Any) -> pa.RecordBatch:
        names = list(self._handler.input_features)
        if isinstance(records, (pa.Table, pa.RecordBatch)):
            table = pa.table({name: records.column(name) for name in names})
        elif hasattr(records, "columns"):
            table = pa.Table.from_pandas(records[names], preserve_index=False)
        else:
            table = pa.table({names[0]: pa.array([str(t) for t in records], pa.string())})
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)
