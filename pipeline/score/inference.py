"""What Beam's RunInference runs for a model: batches in, the same batches with scores out."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from apache_beam.metrics import Metrics
from apache_beam.ml.inference.base import ModelHandler

from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.sides import score_sides

NAMESPACE = "fairflip"


class Held:
    """A loaded model that can be referred to weakly, whatever it is."""

    def __init__(self, model: Any):
        self.model = model
        self.is_counted = False


# Beam shares a model between the threads of one stage. Pairs and unmatched
# originals are two stages, and must not load the same model twice.
_MODELS: weakref.WeakValueDictionary[str, Held] = weakref.WeakValueDictionary()
_LOADING = threading.Lock()


class _WithoutTorch(logging.Filter):
    """Drops one warning per loaded model: Beam takes a missing torch for a missing `resource`."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Resource module is not available")


logging.getLogger().addFilter(_WithoutTorch())


class ScoringHandler(ModelHandler[pa.RecordBatch, pa.RecordBatch, Any]):
    """Lets RunInference take each batch as it is: no batching of batches."""

    def __init__(self, inner: BatchModelHandler, with_classes: bool = False, repeats: int = 1):
        super().__init__()
        self._inner = inner
        self._with_classes = with_classes
        self._repeats = repeats

    def load_model(self) -> Held:
        """The loaded model, the same for all stages of this process that ask for it."""
        with _LOADING:
            held = _MODELS.get(self._inner.identity)
            if held is None:
                held = _MODELS[self._inner.identity] = Held(self._inner.load_model())
            return held

    def run_inference(
        self,
        batch: pa.RecordBatch,
        model: Held,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[pa.RecordBatch]:
        """The batch with its scores."""
        # Models are loaded outside of any bundle, where Beam counts nothing.
        with _LOADING:
            if not model.is_counted:
                Metrics.counter(NAMESPACE, "models_loaded").inc()
                model.is_counted = True
        started = time.perf_counter()
        scored = score_sides(batch, self._inner, model.model, self._with_classes, self._repeats)
        milliseconds = round(1000 * (time.perf_counter() - started))
        Metrics.counter(NAMESPACE, "model_milliseconds").inc(milliseconds)
        Metrics.counter(NAMESPACE, "batches").inc()
        return [scored]

    def should_skip_batching(self) -> bool:
        """Elements are batches."""
        return True

    def get_num_bytes(self, batch: pa.RecordBatch) -> int:
        """Bytes of the batch's buffers."""
        return batch.nbytes

    def get_metrics_namespace(self) -> str:
        """Ours."""
        return NAMESPACE

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        """None: nothing is batched here."""
        return {}
