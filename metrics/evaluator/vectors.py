"""Pairs of a slice as one extract, for metrics over pairs that need more than counts.

CounterfactualGap and MatchedFlipRate keep the scores of all pairs, which no sums can
replace, and MulticlassFlips reads K class scores of each. Their combiners read vectors as
well as single examples, so that TFMA's own evaluator gets one extract per slice with the
pairs of thousands of examples, in place of one per example. What it computes is the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.slicer import slicer_lib

from fairflip.metrics.batches.bundle_sums import ManyRowsAtOnce
from fairflip.metrics.evaluator.extracts import by_model, counted_batch, model_names, scored_batch
from fairflip.metrics.evaluator.plan import EvaluationPlan
from fairflip.metrics.evaluator.slices import is_asked_for
from fairflip.metrics.flips import buckets, slicing
from fairflip.metrics.pairs.class_scores import class_scores, refuse_unequal, with_lists
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs

#: For intervals a slice's pairs are cut into so many parts by their originals' IDs, which
#: TFMA's resampling takes or leaves as a whole: enough to fill its twenty samples evenly.
_PARTS_TO_RESAMPLE = 500


@beam.typehints.with_output_types(Mapping)
class SplitBySlice(ManyRowsAtOnce):
    """Batches of scored pairs to extracts that each hold pairs of one slice, as vectors."""

    def __init__(self, spec: StatisticsSpec, plan: EvaluationPlan, reads_classes: bool):
        """Takes what to read, and whether it is scores or class scores."""
        self._spec, self._plan, self._reads_classes = spec, plan, reads_classes
        self._eval_config = plan.class_config if reads_classes else plan.vector_config

    def to_keep(self, element: Any) -> pa.Table:
        """The columns that metrics over vectors read."""
        needed = set(self._spec.needed_columns)
        if self._reads_classes:
            models = model_names(self._eval_config, self._spec)
            batch = with_lists(scored_batch(element, self._spec, self._eval_config), models)
            needed.update(map(columns.classes, models))
            needed.update(map(columns.counterfactual_classes, models))
        else:
            batch = counted_batch(element, self._spec, self._plan)
        batch = batch.select([name for name in batch.schema.names if name in needed])
        return batch if isinstance(batch, pa.Table) else pa.Table.from_batches([batch])

    def work(self, batches: list[pa.Table], side_input: Any) -> Iterator[dict[str, Any]]:
        """Slices the pairs of some batches."""
        table = pa.concat_tables(batches, promote_options="default").combine_chunks()
        yield from extracts_by_slice(table, self._spec, self._eval_config, self._reads_classes)


def extracts_by_slice(
    pairs: pa.Table,
    spec: StatisticsSpec,
    eval_config: config_pb2.EvalConfig,
    reads_classes: bool = False,
) -> Iterator[dict[str, Any]]:
    """The pairs of each slice that the EvalConfig asks for.

    Args:
        pairs: N scored pairs; controls among them are left out.
        spec: Where IDs, weights and slices are.
        eval_config: The models and slices that are wanted.
        reads_classes: Whether predictions are [N, K] class scores, not [N] scores.

    Yields:
        Features, predictions and weights as arrays of one length, and the slice's key;
        where intervals are wanted several for each slice, an original's pairs together.
    """
    pairs = identity_pairs(pairs)
    models = model_names(eval_config, spec)
    features = {}
    if _needs_ids(eval_config):
        features[spec.id_column] = _array(pairs, spec.id_column)
    scores: dict[str, np.ndarray] = {}
    for model in models:
        if reads_classes:
            name = columns.counterfactual_classes(model)
            scores[model], features[name] = class_scores(pairs, model)
            continue
        name = columns.counterfactual_score(model)
        features[name] = _array(pairs, name).astype(np.float64, copy=False)
        scores[model] = _array(pairs, columns.score(model)).astype(np.float64, copy=False)
    if reads_classes and any(model_spec.is_baseline for model_spec in eval_config.model_specs):
        refuse_unequal({model: values.shape[1] for model, values in scores.items()})
    # A metric may name the marks of pairs that have none.
    features[columns.FLIP_IS_LEGITIMATE] = np.zeros(pairs.num_rows, bool)
    if columns.FLIP_IS_LEGITIMATE in pairs.schema.names:
        marks = pc.fill_null(pairs[columns.FLIP_IS_LEGITIMATE].cast(pa.bool_()), False)
        features[columns.FLIP_IS_LEGITIMATE] = marks.to_numpy()
    weights = None
    if spec.weight_column:
        weights = _array(pairs, spec.weight_column).astype(np.float64, copy=False)
    parts = None
    if eval_config.options.compute_confidence_intervals.value:
        parts = buckets.bucket_of(pairs[spec.id_column], _PARTS_TO_RESAMPLE, spec.seed)
    for member in slicing.memberships(pairs, spec.slices):
        if not is_asked_for(member.key, eval_config):
            continue
        key = slicer_lib.slice_keys_to_numpy_array([member.key.to_tfma()])
        for rows in _cut(member.rows, parts):
            extract: dict[str, Any] = {
                constants.FEATURES_KEY: {name: v[rows] for name, v in features.items()},
                constants.PREDICTIONS_KEY: by_model({m: v[rows] for m, v in scores.items()}),
                constants.SLICE_KEY_TYPES_KEY: key,
            }
            if weights is not None:
                extract[constants.EXAMPLE_WEIGHTS_KEY] = by_model(
                    dict.fromkeys(models, weights[rows])
                )
            yield extract


def _needs_ids(eval_config: config_pb2.EvalConfig) -> bool:
    """Text is slow to handle, and most metrics do without."""
    metrics = [metric for spec in eval_config.metrics_specs for metric in spec.metrics]
    return any(json.loads(metric.config or "{}").get("example_id_key") for metric in metrics)


def _cut(rows: np.ndarray, parts: np.ndarray | None) -> list[np.ndarray]:
    """The rows of each part, or all of them at once."""
    if parts is None:
        return [rows]
    ordered = rows[np.argsort(parts[rows], kind="stable")]
    return np.split(ordered, np.flatnonzero(np.diff(parts[ordered])) + 1)


def _array(pairs: pa.Table, name: str) -> np.ndarray:
    return pairs[name].to_numpy()
