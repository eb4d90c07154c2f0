"""Scores both sides of each pair with every model, in batches, by Beam's RunInference.

The same model reads the original and the counterfactual; a text that occurs
several times in a batch is scored once.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from apache_beam.metrics import Metrics
from apache_beam.ml.inference.base import ModelHandler, RunInference

from fairflip.metrics.pairs.class_scores import to_column
from fairflip.pipeline.read.columns import numbers
from fairflip.pipeline.read.layout import DEFAULT_ID, DEFAULT_TEXT
from fairflip.pipeline.records.record_sums import (
    CONTROLS_OF,
    NUM_KEPT,
    NUM_REJECTED,
    SCORE,
    Counted,
    counted,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.records.rejects import REJECTS, count_reject, typed
from fairflip.pipeline.score.checks import check_scores
from fairflip.pipeline.score.class_sources import class_feature
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.score_account import ScoreAccount
from fairflip.pipeline.storage import record_batch_coder  # noqa: F401 (registers the coder)
from fairflip.protos import columns, config_pb2
from fairflip.protos.edits import control_mask, identity_pairs
from fairflip.protos.forms.score_scales import scale_of

SCORED, COUNTS, ACCOUNTS = "scored", "counts", "accounts"

_NAMESPACE = "fairflip"


class _Held:
    """A loaded model that can be referred to weakly, whatever it is."""

    def __init__(self, model: Any):
        self.model = model
        self.is_counted = False


# Beam shares a model between the threads of one stage. Pairs and unpaired
# originals are two stages, and must not load the same model twice.
_MODELS: weakref.WeakValueDictionary[str, _Held] = weakref.WeakValueDictionary()
_LOADING = threading.Lock()


class _WithoutTorch(logging.Filter):
    """Drops one warning per loaded model: Beam takes a missing torch for a missing `resource`."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("Resource module is not available")


logging.getLogger().addFilter(_WithoutTorch())


def input_features(data: config_pb2.DataSpec) -> tuple[str, ...]:
    """The features that models read: the text, and what the configuration adds."""
    text = data.text_feature or DEFAULT_TEXT
    return tuple(dict.fromkeys([text, *data.input_features]))


def score_sides(
    batch: pa.RecordBatch, handler: BatchModelHandler, model: Any, with_classes: bool = False
) -> pa.RecordBatch:
    """Adds one model's scores to a batch of pairs, or of originals.

    Args:
      batch: The input features; if one of them also occurs as
        `counterfactual.<feature>`, the counterfactual side is scored too, with the
        original's value of the features that did not change.
      handler: How to score.
      model: What the handler loaded.
      with_classes: Whether to add the class scores, of which the score is one.

    Returns:
      The batch with float64 `score.<model>`, and for pairs
      `counterfactual.score.<model>`. Scores are as the model gives them. With classes
      also `classes.<model>`, and for pairs `counterfactual.classes.<model>`: K of them
      in each row.
    """
    features = handler.input_features
    sides = [[batch.column(name) for name in features]]
    names, class_names = [columns.score(handler.name)], [columns.classes(handler.name)]
    changed = [name for name in features if columns.counterfactual(name) in batch.schema.names]
    if changed:
        sides.append(
            [
                batch.column(columns.counterfactual(name) if name in changed else name)
                for name in features
            ]
        )
        names.append(columns.counterfactual_score(handler.name))
        class_names.append(columns.counterfactual_classes(handler.name))
    stacked = [pa.concat_arrays(parts) for parts in zip(*sides, strict=True)]
    distinct, inverse = _distinct_rows(pa.RecordBatch.from_arrays(stacked, list(features)))
    classes = None
    if with_classes:
        scores, classes = handler.score_and_classes(distinct, model)
    else:
        scores = handler.score_batch(distinct, model)
    by_side = scores[inverse].reshape(len(sides), batch.num_rows)
    for name, values in zip(names, by_side, strict=True):
        batch = _with_column(batch, name, pa.array(values, pa.float64()))
    if classes is not None:
        for name, rows in zip(class_names, np.split(inverse, len(sides)), strict=True):
            batch = _with_column(batch, name, to_column(classes[rows]))
    return batch


def _distinct_rows(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, np.ndarray]:
    """The distinct rows of `batch` and, for each row (n,), which of them it is."""
    codes: np.ndarray | None = None
    for column in batch.columns:
        if pa.types.is_nested(column.type):
            # Vectors have no dictionary; then each row is scored by itself.
            return batch, np.arange(batch.num_rows)
        encoded = pc.dictionary_encode(column, null_encoding="encode")
        part = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        if codes is None:
            codes = part
        else:
            # Renumbered each time, so that products of sizes cannot overflow.
            combined = codes * (len(encoded.dictionary) + 1) + part
            codes = np.unique(combined, return_inverse=True)[1].reshape(-1)
    if codes is None:
        return batch, np.arange(batch.num_rows)
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return batch.take(pa.array(first)), inverse.reshape(-1)


def _with_column(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    if name in batch.schema.names:
        return batch.set_column(batch.schema.get_field_index(name), name, values)
    return batch.append_column(name, values)


def copy_scores(batch: pa.RecordBatch, model: str, feature: str) -> pa.RecordBatch:
    """Takes a model's scores from the data.

    Args:
      batch: Holds `feature`, and for pairs `counterfactual.<feature>`.
      model: The model's name.
      feature: The column of its scores.

    Returns:
      The batch with the score columns, null where the data has no number.
    """
    targets = {
        feature: columns.score(model),
        columns.counterfactual(feature): columns.counterfactual_score(model),
    }
    for source, target in targets.items():
        if source in batch.schema.names:
            batch = _with_column(batch, target, numbers(batch.column(source))[0])
    return batch


def copy_classes(batch: pa.RecordBatch, model: str, feature: str) -> pa.RecordBatch:
    """Takes a model's class scores from the data.

    Args:
      batch: Holds `feature`, and for pairs `counterfactual.<feature>`.
      model: The model's name.
      feature: The column of its class scores.

    Returns:
      The batch with the columns of class scores.
    """
    targets = {
        feature: columns.classes(model),
        columns.counterfactual(feature): columns.counterfactual_classes(model),
    }
    for source, target in targets.items():
        if source in batch.schema.names and source != target:
            batch = _with_column(batch, target, batch.column(source))
    return batch


class _ScoringHandler(ModelHandler[pa.RecordBatch, pa.RecordBatch, Any]):
    """Lets RunInference take each batch as it is: no batching of batches."""

    def __init__(self, inner: BatchModelHandler, with_classes: bool = False):
        super().__init__()
        self._inner = inner
        self._with_classes = with_classes

    def load_model(self) -> _Held:
        with _LOADING:
            held = _MODELS.get(self._inner.identity)
            if held is None:
                held = _MODELS[self._inner.identity] = _Held(self._inner.load_model())
            return held

    def run_inference(
        self,
        batch: pa.RecordBatch,
        model: _Held,
        inference_args: dict[str, Any] | None = None,
    ) -> Iterable[pa.RecordBatch]:
        # Models are loaded outside of any bundle, where Beam counts nothing.
        with _LOADING:
            if not model.is_counted:
                Metrics.counter(_NAMESPACE, "models_loaded").inc()
                model.is_counted = True
        started = time.perf_counter()
        scored = score_sides(batch, self._inner, model.model, self._with_classes)
        milliseconds = round(1000 * (time.perf_counter() - started))
        Metrics.counter(_NAMESPACE, "model_milliseconds").inc(milliseconds)
        Metrics.counter(_NAMESPACE, "batches").inc()
        return [scored]

    def should_skip_batching(self) -> bool:
        return True

    def get_num_bytes(self, batch: pa.RecordBatch) -> int:
        return batch.nbytes

    def get_metrics_namespace(self) -> str:
        return _NAMESPACE

    def batch_elements_kwargs(self) -> Mapping[str, Any]:
        return {}


class _CheckScores(beam.DoFn):
    def __init__(
        self,
        scales: Mapping[str, str],
        id_feature: str,
        counter: str,
        counted_as: str,
        with_classes: bool,
    ):
        self._scales = dict(scales)
        self._id_feature = id_feature
        self._with_classes = with_classes
        self._counter = counter
        self._counted_as = counted_as

    def process(self, batch: pa.RecordBatch) -> Iterable[Any]:
        checked = check_scores(batch, self._scales, self._id_feature, self._with_classes)
        for record in checked.rejects:
            count_reject(record)
            yield beam.pvalue.TaggedOutput(REJECTS, record)
        num_read, num_good = by_edit(batch), by_edit(checked.good)
        Metrics.counter(_NAMESPACE, self._counter).inc(num_good[0])
        names = (self._counted_as, CONTROLS_OF.get(self._counted_as, ""))
        for name, read, good in zip(names, num_read, num_good, strict=True):
            if read or name == self._counted_as:
                for count in counted(SCORE, name, **{NUM_KEPT: good, NUM_REJECTED: read - good}):
                    yield beam.pvalue.TaggedOutput(COUNTS, count)
        account = checked.account
        if num_read[1]:  # what is said of scores is said of pairs
            pairs = identity_pairs(batch)
            account = check_scores(
                pairs, self._scales, self._id_feature, self._with_classes
            ).account
        yield beam.pvalue.TaggedOutput(ACCOUNTS, account)
        if checked.good.num_rows:
            yield checked.good


def by_edit(batch: pa.RecordBatch) -> tuple[int, int]:
    """How many rows of a batch are identity pairs, and how many controls."""
    num_controls = int(control_mask(batch).sum())
    return batch.num_rows - num_controls, num_controls


class _Score(beam.PTransform):
    """What `ScorePairs` and `ScoreExamples` share."""

    _counter = ""

    def __init__(
        self,
        models: Sequence[config_pb2.ModelSpec],
        data: config_pb2.DataSpec,
        handlers: Mapping[str, BatchModelHandler] | None = None,
        counted_as: str = "",
        with_classes: bool = False,
    ):
        super().__init__()
        self._with_classes = with_classes
        self._counted_as = counted_as or self._counter
        self._models = tuple(models)
        self._id_feature = data.id_feature or DEFAULT_ID
        given = handlers or {}
        features = input_features(data)
        self._handlers = {
            spec.name: given[spec.name] if spec.name in given else handler_for(spec, features)
            for spec in self._models
            if not spec.score_feature
        }

    def expand(self, batches: beam.PCollection) -> dict[str, beam.PCollection]:
        """One model after the other, then one check of all scores."""
        for spec in self._models:
            if spec.score_feature:
                batches = batches | f"TakeScores[{spec.name}]" >> beam.Map(
                    copy_scores, spec.name, spec.score_feature
                ).with_output_types(pa.RecordBatch)
                if self._with_classes:
                    batches = batches | f"TakeClasses[{spec.name}]" >> beam.Map(
                        copy_classes, spec.name, class_feature(spec)
                    ).with_output_types(pa.RecordBatch)
                continue
            handler = self._handlers[spec.name]
            batches = batches | f"RunModel[{spec.name}]" >> RunInference(
                _ScoringHandler(handler, self._with_classes),
                metrics_namespace=_NAMESPACE,
                model_identifier=f"fairflip/{spec.name}",
            ).with_output_types(pa.RecordBatch)
        scales = {spec.name: scale_of(spec) for spec in self._models}
        checked = batches | "CheckScores" >> beam.ParDo(
            _CheckScores(
                scales, self._id_feature, self._counter, self._counted_as, self._with_classes
            )
        ).with_output_types(pa.RecordBatch).with_outputs(REJECTS, COUNTS, ACCOUNTS, main=SCORED)
        return {
            SCORED: checked[SCORED],
            REJECTS: typed(checked[REJECTS], RejectedRecord),
            COUNTS: typed(checked[COUNTS], Counted),
            ACCOUNTS: typed(checked[ACCOUNTS], ScoreAccount),
        }


class ScorePairs(_Score):
    """Scores the original and the counterfactual of each pair with every model.

    A pair whose score by any model on any side is missing, NaN or not of the model's
    `score_scale` is left out for all models, so that models compare on one set. Logits
    become probabilities. The
    counters `pairs`, `batches`, `models_loaded`, `model_milliseconds` and `rejects`
    are in the namespace "fairflip".

    Args:
      models: The models; `path`, `handler` or `score_feature` each.
      data: Names of the ID and the input features.
      handlers: Ready-made handlers by model name, in place of what a
        specification says (models in memory).
      counted_as: What the counts call these records.
      with_classes: Whether to add each model's class scores on both sides too; then a
        pair is also left out where one of them is missing or NaN.

    Returns:
      `[SCORED]`: the batches with `score.<model>` and
      `counterfactual.score.<model>` for each model, float64, and with classes
      `classes.<model>` and `counterfactual.classes.<model>`;
      `[REJECTS]`: `RejectedRecord`s of the stage "score";
      `[COUNTS]`: how many of either, see `record_sums`;
      `[ACCOUNTS]`: `ScoreAccount`s of the scores as the models gave them.
    """

    _counter = "pairs"


class ScoreExamples(_Score):
    """Scores originals that have no counterfactual: `score.<model>` alone.

    As `ScorePairs` otherwise; the counter is `unpaired_examples`.
    """

    _counter = "unpaired_examples"
