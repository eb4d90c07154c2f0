"""One model's `ExamplePerformance`s: over all scored originals, with pairs or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fairflip.metrics.batches.clustered_rows import ClusteredRows, ranked_aucs
from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.flips.ranking import RankedAuc
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.auc import auc_estimates
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
    parts = [examples[key] for key in keys]
    cells = np.array([part.weighted.cells[model].sum(axis=1) for part in parts])
    cells = cells.reshape(len(parts), tables.NUM_LABEL_CLASSES, spec.num_thresholds + 1)
    totals = cells.sum(axis=(1, 2))
    positive_rates = tables.ratio(tables.positives(cells.sum(axis=1))[:, first], totals)
    rates = label_rates(tables.Confusion.of_cells(cells.swapaxes(0, 1)))
    has_labels = [part.has_labels for part in parts]
    ranked = _ranked(parts, has_labels, model, [large.get(key) for key in keys])
    aucs = auc_estimates(ranked, spec.confidence_level)
    reports = []
    for s, (key, part) in enumerate(zip(keys, parts, strict=True)):
        report = report_pb2.ExamplePerformance(
            slice=key.name,
            num_examples=part.num_examples,
            by_bucket=not part.kept_rows.is_complete,
            positive_rate=plain(positive_rates[s]),
        )
        if has_labels[s]:
            add_label_rates(report, rates, s, first)
        auc = aucs[s]
        if auc is not None:
            report.auc = plain(auc.value)
            report.auc_interval.CopyFrom(interval(auc.interval))
        reports.append(report)
    return reports


def _ranked(
    parts: Sequence[ExampleStatistics],
    has_labels: Sequence[bool],
    model: int,
    large: Sequence[LargeSlice | None],
) -> list[RankedAuc | None]:
    ranked = [one.aucs[model] if one is not None and one.aucs else None for one in large]
    complete = [s for s, part in enumerate(parts) if part.kept_rows.is_complete]
    rows = [ClusteredRows.of(parts[s].kept_rows) for s in complete]
    for s, auc in zip(complete, ranked_aucs(rows, model), strict=True):
        ranked[s] = auc
    return [auc if has_label else None for auc, has_label in zip(ranked, has_labels, strict=True)]
