"""One model's `ExamplePerformance`s: over all scored originals, with pairs or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fairflip.metrics.batches.clustered_rows import (
    ClusteredRows,
    about_alike,
    aucs_of_rows,
    ranked_aucs,
    rows_in_columns,
    size_for,
)
from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.flips.ranking import RankedAuc
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.auc import AucEstimate, auc_estimates
from fairflip.metrics.report.intervals import interval, plain, plains, scattered
from fairflip.metrics.report.slice_numbers import confusion_rates
from fairflip.metrics.report.slices import add_label_rates
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import UNLABELLED
from fairflip.metrics.statistics.example_statistics import ExampleStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums.sum_columns import SumColumns, of_each
from fairflip.protos import report_pb2

#: Slices that are counted together: of more, what is held of all would be large.
_SLICES_AT_ONCE = 2_048


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
    counted: list[tuple[list[int], _Numbers]] = []
    aucs: list[AucEstimate | None] = [None] * len(keys)
    for positions in _at_once(examples, keys):
        chosen = [keys[position] for position in positions]
        sums = SumColumns.of(ExampleStatistics, [examples[key] for key in chosen])
        numbers = _numbers(sums, model, first)
        ranked = _ranked(sums, numbers, model, [large.get(key) for key in chosen])
        counted.append((positions, numbers))
        estimates = auc_estimates(ranked, spec.confidence_level)
        for position, estimate in zip(positions, estimates, strict=True):
            aucs[position] = estimate
    if not counted:
        return []
    numbers = scattered(counted, len(keys))
    positive_rates = plains(numbers.positive_rate)
    rates = {name: plains(values) for name, values in numbers.label_rates.items()}
    reports = []
    for s, key in enumerate(keys):
        report = report_pb2.ExamplePerformance(
            slice=key.name,
            num_examples=int(numbers.examples[s]),
            by_bucket=bool(numbers.by_bucket[s]),
            positive_rate=positive_rates[s],
        )
        if numbers.has_labels[s]:
            add_label_rates(report, rates, s, first)
        auc = aucs[s]
        if auc is not None:
            report.auc = plain(auc.value)
            report.auc_interval.CopyFrom(interval(auc.interval))
        reports.append(report)
    return reports


class _Numbers(NamedTuple):
    """Numbers of S slices, one entry each; `label_rates` are [S, T] by name."""

    examples: np.ndarray
    by_bucket: np.ndarray
    has_labels: np.ndarray
    positive_rate: np.ndarray
    label_rates: dict[str, np.ndarray]


def _numbers(sums: SumColumns, model: int, first: int) -> _Numbers:
    counts = sums.stacked("counts", "cells")
    labels, num_pending = sums.flat("pending", "labels")
    slices = np.repeat(np.arange(sums.size), num_pending)[labels < UNLABELLED]
    if sums.is_none("weights"):
        cells = counts[:, model].sum(axis=2)
    else:
        # One slice after the other, since the last bits of sums of weights depend on it.
        cells = np.array([one.cells[model].sum(axis=1) for one in sums.of_each("weights")])
    totals = cells.sum(axis=(1, 2))
    return _Numbers(
        examples=sums.stacked("counts", "rows").sum(axis=1) + num_pending,
        by_bucket=sums.stacked("kept_rows", "is_complete") == 0,
        has_labels=counts[:, :, :UNLABELLED].any(axis=(1, 2, 3, 4))
        | (np.bincount(slices, minlength=sums.size) > 0),
        positive_rate=tables.ratio(tables.positives(cells.sum(axis=1))[:, first], totals),
        label_rates=confusion_rates(tables.Confusion.of_cells(cells.swapaxes(0, 1))),
    )


def _at_once(
    examples: Mapping[SliceKey, ExampleStatistics], keys: Sequence[SliceKey]
) -> Iterator[list[int]]:
    """Positions of slices that are counted together: with about as many clusters, in parts.

    What is held of a slice grows with the clusters of the largest beside it.
    """
    clusters = of_each(examples, "kept_rows", "clusters")
    sizes = {key: len(some) for key, some in zip(examples, clusters, strict=True)}
    for positions in about_alike([sizes[key] for key in keys]).values():
        for start in range(0, len(positions), _SLICES_AT_ONCE):
            yield positions[start : start + _SLICES_AT_ONCE]


def _ranked(
    sums: SumColumns, numbers: _Numbers, model: int, large: Sequence[LargeSlice | None]
) -> list[RankedAuc | None]:
    ranked = [one.aucs[model] if one is not None and one.aucs else None for one in large]
    complete = np.flatnonzero(~numbers.by_bucket)
    if len(complete):
        keeping = sums if len(complete) == sums.size else sums.take(complete)
        rows = rows_in_columns(keeping, _size(keeping))
        if rows is not None:
            aucs = aucs_of_rows(rows, model)
        else:
            parts = [ClusteredRows.of(one) for one in keeping.of_each("kept_rows")]
            aucs = ranked_aucs(parts, model)
        for s, auc in zip(complete.tolist(), aucs, strict=True):
            ranked[s] = auc
    return [auc if label else None for auc, label in zip(ranked, numbers.has_labels, strict=True)]


def _size(sums: SumColumns) -> int:
    """At least the clusters of each slice."""
    return size_for(int(sums.flat("kept_rows", "clusters")[1].max()))
