"""Two models that decide by argmax, counted as one run of both would be: each measure by itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.metrics.classes.measures import (
    CHANGE,
    CLASS,
    DISTANCE,
    TOP_K,
    stand_in,
    with_measures,
)
from fairflip.metrics.classes.merging import merged
from fairflip.metrics.classes.tables import by_slice_name, count_classes
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.compare.differences import count
from fairflip.protos import columns
from fairflip.protos.report_pb2 import RunReport

ARGMAX = "argmax"
#: Columns of changed pairs, and of which model and side each is.
CLASS_COLUMNS = (
    ("reference_original_class", 0, columns.score),
    ("reference_counterfactual_class", 0, columns.counterfactual_score),
    ("original_class", 1, columns.score),
    ("counterfactual_class", 1, columns.counterfactual_score),
)


def measure_spec(spec: StatisticsSpec, measure: str) -> StatisticsSpec:
    """What is counted of one measure of two models."""
    names = tuple(stand_in(model, measure) for model in spec.models)
    return dataclasses.replace(spec, models=names, models_of_any_scale=names)


def measured(table: pa.Table, spec: StatisticsSpec, top_k: int) -> pa.Table:
    """The common pairs with the scores of all measures of both models."""
    [batch] = table.combine_chunks().to_batches()
    return pa.Table.from_batches([with_measures(batch, spec.models, top_k)])


def count_changes(
    table: pa.Table, spec: StatisticsSpec, classes: Sequence[str], top_k: int
) -> RunReport:
    """The report of both models on the common pairs, with their differences.

    Args:
        table: From `measured`.
        spec: What is counted of the two models.
        classes: Names of the classes, in the order of their scores.
        top_k: As `measured` had it.
    """
    reports = {
        measure: count(table, measure_spec(spec, measure)) for measure in (CHANGE, DISTANCE, TOP_K)
    }
    tables = count_classes([table], measure_spec(spec, CLASS), len(classes))
    report = merged(reports, by_slice_name(tables), classes, top_k)
    report.provenance.CopyFrom(reports[CHANGE].provenance)
    for model in report.models:
        model.decision = ARGMAX
    return report


def with_class_names(
    changed: pa.Table,
    rows: np.ndarray,
    table: pa.Table,
    spec: StatisticsSpec,
    classes: Sequence[str],
) -> pa.Table:
    """Changed pairs with the class of each side in the place of scores.

    Args:
        changed: From `changes.changed_table`.
        rows: Of each of them its row in `table`.
        table: The pairs, with the measures of both models.
        spec: What was counted of the two models.
        classes: Names of the classes.
    """
    scores = [name for name in changed.column_names if name.endswith("score")]
    changed = changed.drop_columns(scores)
    for name, model, side in CLASS_COLUMNS:
        numbers = table[side(stand_in(spec.models[model], CLASS))].to_numpy()[rows]
        names = np.array(classes, object)[numbers.astype(np.int64)]
        changed = changed.append_column(name, pa.array(names, pa.string()))
    return changed
