"""How each model reacts to each term, as entries of the report."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from fairflip.metrics.batches.clustered_rows import ClusteredRows
from fairflip.metrics.intervals.rates_and_means import mean_interval, rate_interval
from fairflip.metrics.report.intervals import interval
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.statistics.terms import TermStatistics
from fairflip.protos import report_pb2


def to_coverage(
    term: str, statistics: TermStatistics, spec: StatisticsSpec
) -> report_pb2.TermCoverage:
    """How each model reacts to one term.

    Flip rate = flips at the first threshold / pairs made with the term, and CTF gap = mean
    |f(x) - f(x')| over them, both weighted where the data has weights; range [0, 1] for
    probabilities, ideally 0. Intervals are those of a slice with these pairs.
    """
    coverage = report_pb2.TermCoverage(
        term=term, num_originals=statistics.num_originals, num_pairs=statistics.num_pairs
    )
    n, level = statistics.num_originals, spec.confidence_level
    exact = statistics.kept_rows.is_complete and n > 0
    at_first = dataclasses.replace(spec, thresholds=spec.thresholds[:1])
    rows = ClusteredRows.of(statistics.kept_rows) if exact else None
    for m, model in enumerate(spec.models):
        bounds = (0.0, 1.0) if statistics.largest_gaps[m] <= 1.0 else None
        pairs, flips, gaps = statistics.pairs, statistics.flips[m], statistics.gaps[m]
        one_pair_each = None
        if rows is not None:
            sums = rows.sums(m, at_first)
            pairs, gaps = _at_least_two(sums.pairs), _at_least_two(sums.gaps[:, 0])
            flips = _at_least_two((sums.negative_to_positive + sums.positive_to_negative)[:, 0])
            one_pair_each = rows.weights is None and statistics.num_pairs == rows.num_clusters
            # What has no weight is no draw.
            n = int((sums.pairs > 0).sum())
        rate = rate_interval(flips, pairs, n, level, one_pair_each, exact)
        gap = mean_interval(gaps, pairs, n, level, bounds, exact)
        coverage.flip_rate[model].CopyFrom(interval(rate))
        coverage.ctf_gap[model].CopyFrom(interval(gap._replace(lower=np.maximum(gap.lower, 0.0))))
    return coverage


def _at_least_two(by_cluster: np.ndarray) -> np.ndarray:
    """With a zero appended to one cluster: intervals are of two entries at least."""
    return by_cluster if len(by_cluster) > 1 else np.append(by_cluster, 0.0)


def merged_coverage(
    entries: Iterable[report_pb2.TermCoverage],
) -> list[report_pb2.TermCoverage]:
    """One entry for each term with its group and category: what covers it, and the reactions.

    Entries of a term that name neither group nor category, as `to_coverage` makes them,
    go into those that do. Of a model that several entries know, the last is taken.

    Returns:
        The entries in the order of their first, those with only reactions last.
    """
    merged: dict[tuple[str, str, str], report_pb2.TermCoverage] = {}
    reactions: dict[str, list[report_pb2.TermCoverage]] = {}
    for entry in entries:
        key = (entry.term, entry.group, entry.category)
        if entry.group or entry.category:
            known = merged.setdefault(key, report_pb2.TermCoverage())
            known.MergeFrom(_with_larger_counts(known, entry))
        else:
            reactions.setdefault(entry.term, []).append(entry)
    covered: dict[str, list[report_pb2.TermCoverage]] = {}
    for (term, _, _), known in merged.items():
        covered.setdefault(term, []).append(known)
    for term, others in reactions.items():
        if term not in covered:
            own = merged[term, "", ""] = report_pb2.TermCoverage(term=term)
            for entry in others:
                own.MergeFrom(_with_larger_counts(own, entry))
            continue
        for known in covered[term]:
            for entry in others:
                _take_reactions(known, entry)
    return list(merged.values())


def _with_larger_counts(
    known: report_pb2.TermCoverage, entry: report_pb2.TermCoverage
) -> report_pb2.TermCoverage:
    """The entry with the larger counts of both: pairs that were made include those scored."""
    result = report_pb2.TermCoverage()
    result.CopyFrom(entry)
    for field in ("num_originals", "num_pairs", "num_rejected"):
        setattr(result, field, max(getattr(known, field), getattr(entry, field)))
    return result


def _take_reactions(known: report_pb2.TermCoverage, entry: report_pb2.TermCoverage) -> None:
    for name in ("flip_rate", "ctf_gap"):
        for model, value in getattr(entry, name).items():
            getattr(known, name)[model].CopyFrom(value)
