"""What Beam's RunInference runs for a model: batches in, the same batches with scores out."""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.metrics import Metrics
from apache_beam.ml.inference.base import ModelHandler
from apache_beam.transforms import window

from fairflip.pipeline.score.asking import NAMESPACE, ask
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.known_scores import KnownScores
from fairflip.pipeline.score.score_cache import ScoreCache, ScoreCaches, open_cache
from fairflip.pipeline.score.sides import score_sides

#: Most bytes that are gathered before a model is asked.
GATHERED_BYTES = 64 << 20


class Held:
    """A loaded model that can be referred to weakly, whatever it is."""

    def __init__(self, model: Any):
        self.model = model
        self.is_counted = False
        self._run, self._known = "", KnownScores()
        self._caches: dict[str, ScoreCache | ScoreCaches] = {}

    def known(self, run: str, width: int = 0) -> KnownScores:
        """What one run knows; the next one begins anew, also where it finds the model loaded."""
        with _LOADING:
            if self._run != run:
                self._run, self._known = run, KnownScores(width=width)
            return self._known

    def cache(self, folder: str, identities: Sequence[str]) -> ScoreCache | ScoreCaches:
        """The scores that a folder keeps of the model's outputs."""
        place = os.path.abspath(folder)  # who finds the model loaded may work elsewhere
        with _LOADING:
            if place not in self._caches:
                self._caches[place] = open_cache(place, identities)
            return self._caches[place]


# Beam shares a model between the threads of one stage. Pairs and unmatched
# originals are two stages, and must not load the same model twice.
_MODELS: weakref.WeakValueDictionary[str, Held] = weakref.WeakValueDictionary()
_LOADING = threading.Lock()


class _WithoutTorch(logging.Filter):
    """Drops one warning per loaded model: Beam takes a missing torch for a missing `resource`."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Resource module is not available")


logging.getLogger().addFilter(_WithoutTorch())


class Gather(beam.DoFn):
    """Brings batches of one schema together, up to a number of rows, as an Arrow table.

    Its chunks are the batches, so that they come out of scoring as they went in.
    """

    def __init__(self, num_rows: int):
        self._num_rows = num_rows

    def start_bundle(self) -> None:
        """Nothing is gathered yet."""
        self._batches: list[pa.RecordBatch] = []
        self._rows_there = self._bytes_there = 0

    def process(self, batch: pa.RecordBatch) -> Iterable[pa.Table]:
        """Full tables, once they are."""
        if self._batches and self._batches[0].schema != batch.schema:
            yield self._gathered()
        self._batches.append(batch)
        self._rows_there += batch.num_rows
        self._bytes_there += batch.nbytes
        if self._rows_there >= self._num_rows or self._bytes_there >= GATHERED_BYTES:
            yield self._gathered()

    def finish_bundle(self) -> Iterable[Any]:
        """What is left."""
        if self._batches:
            yield window.GlobalWindows.windowed_value_at_end_of_window(self._gathered())

    def _gathered(self) -> pa.Table:
        batches, self._batches = self._batches, []
        self._rows_there = self._bytes_there = 0
        return pa.Table.from_batches(batches)


class ScoringHandler(ModelHandler[pa.RecordBatch, pa.RecordBatch, Any]):
    """Lets RunInference take each batch, or table of batches, as it is.

    What the model behind it gets at once is settled by its own handler.

    Args:
      inner: How to score.
      with_classes: Whether to add class scores too.
      repeats: How often to score each record.
      run: Equal for stages that use each other's scores; empty: the model is asked,
        whatever was asked before.
      score_cache: A folder that keeps scores; empty: none. It is read and written where
        `run` is not empty.
    """

    def __init__(
        self,
        inner: BatchModelHandler,
        with_classes: bool = False,
        repeats: int = 1,
        run: str = "",
        score_cache: str = "",
    ):
        super().__init__()
        self._inner = inner
        self._with_classes = with_classes
        self._repeats = repeats
        self._run = run
        self._score_cache = score_cache

    def load_model(self) -> Held:
        """The loaded model, the same for all stages of this process that ask for it."""
        with _LOADING:
            held = _MODELS.get(self._inner.identity)
            if held is None:
                held = _MODELS[self._inner.identity] = Held(self._inner.load_model())
            return held

    def run_inference(
        self,
        batch: pa.RecordBatch | pa.Table,
        model: Held,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[pa.RecordBatch]:
        """The batch, or each batch of the table, with its scores."""
        # Models are loaded outside of any bundle, where Beam counts nothing.
        with _LOADING:
            if not model.is_counted:
                Metrics.counter(NAMESPACE, "models_loaded").inc()
                model.is_counted = True
        started = time.perf_counter()
        # Which texts are known differs from runner to runner, and the last digits of a
        # tensor's rows with their number. So a model that takes batches as they come gets
        # each of them whole; one whose calls are cut to a size of its own does not tell.
        remembers = self._run and (self._inner.rows_to_gather or self._score_cache)
        width = len(self._inner.outputs) if len(self._inner.outputs) > 1 else 0
        known = model.known(self._run, width) if remembers else None
        cache = None
        if self._run and self._score_cache and not self._with_classes:
            cache = model.cache(self._score_cache, self._inner.identities_by_output)
        batches = batch.to_batches() if isinstance(batch, pa.Table) else [batch]
        scored = score_sides(
            pa.concat_batches(batches) if len(batches) > 1 else batches[0],
            self._inner,
            model.model,
            self._with_classes,
            self._repeats,
            ask=lambda records, draws: ask(records, draws, self._inner, model.model, known, cache),
        )
        milliseconds = round(1000 * (time.perf_counter() - started))
        Metrics.counter(NAMESPACE, "model_milliseconds").inc(milliseconds)
        Metrics.counter(NAMESPACE, "batches").inc(len(batches))
        starts = np.cumsum([0, *(part.num_rows for part in batches)])
        return [
            scored.slice(start, part.num_rows)
            for start, part in zip(starts[:-1], batches, strict=True)
        ]

    def should_skip_batching(self) -> bool:
        """Elements are batches."""
        return True

    def get_num_bytes(self, batch: pa.RecordBatch | pa.Table) -> int:
        """Bytes of the batch's buffers."""
        return batch.nbytes

    def get_metrics_namespace(self) -> str:
        """Ours."""
        return NAMESPACE

    def get_resource_hints(self) -> dict[str, Any]:
        """The model's own."""
        return dict(self._inner.resource_hints())

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        """None: nothing is batched here."""
        return {}
