"""One model's `ExamplePerformance`s: over all scored originals, with pairs or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fairflip.metrics.batches.clustered_rows import ClusteredRows
from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.flips.ranking import RankedAuc
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.auc import auc_estimate
from fairflip.metrics.report.intervals import interval, plain
from fairflip.metrics.report.slices import add_label_rates, label_rates
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.example_statistics import ExampleStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import report_pb2


def example_performances(
    examples: Mapping[SliceKey, ExampleStatistics],
    keys: Sequence[SliceKey],
    model: int,
    large: Mapping[SliceKey, LargeSlice],
    spec: StatisticsSpec,
) -> list[report_pb2.ExamplePerformance]:
    """One model on all scored originals of the slices `keys`, in their order.

    Args:
        examples: By slice, with nothing pending.
        keys: The slices.
        model: Index of the model.
        large: From a second pass, the slices that do not keep their originals.
        spec: What was counted.
    """
    first = spec.position(spec.thresholds[0])
    reports = []
    for key in keys:
        part = examples[key]
        report = report_pb2.ExamplePerformance(
            slice=key.name, num_examples=part.num_examples, by_bucket=not part.kept_rows.is_complete
        )
        cells = part.weighted.cells[model].sum(axis=1)
        positive = tables.positives(cells.sum(axis=0))[first]
        total = cells.sum()
        report.positive_rate = plain(positive / total if total > 0 else np.nan)
        if part.has_labels:
            add_label_rates(report, label_rates(tables.Confusion.of_cells(cells)), first)
            ranked = _ranked(part, model, large.get(key))
            if ranked is not None:
                auc = auc_estimate(ranked, spec.confidence_level)
                report.auc = plain(auc.value)
                report.auc_interval.CopyFrom(interval(auc.interval))
        reports.append(report)
    return reports


def _ranked(
    part: ExampleStatistics, model: int, large_slice: LargeSlice | None
) -> RankedAuc | None:
    if part.kept_rows.is_complete:
        return ClusteredRows.of(part.kept_rows).auc(model)
    return large_slice.aucs[model] if large_slice is not None and large_slice.aucs else None
