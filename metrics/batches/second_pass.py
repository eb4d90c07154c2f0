"""The second pass over scored batches, for slices that are too large to keep their rows.

It finds candidates' matched thresholds and AUC by ranks. Slices that keep their rows need
none, so that the batches of a small run are not read again. `second_pass_transforms` puts it
into a Beam graph.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from fairflip.metrics.batches.matched_passes import (
    Bracket,
    MatchedCounts,
    MatchedFlips,
    brackets,
    count_near,
    resolve,
)
from fairflip.metrics.batches.rank_cells import RankBorders, RankCounts, count_ranks_of_both
from fairflip.metrics.flips.ranking import RankedAuc
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.columns import ScoredColumns, read_columns
from fairflip.metrics.statistics.example_statistics import ExampleStatistics, totals_of
from fairflip.metrics.statistics.kept_rows import KeptRows, within_budget
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums.sum_columns import of_each


@dataclasses.dataclass(frozen=True)
class SlicePlan:
    """What to look for in one slice.

    Attributes:
        brackets: Where each candidate's matched threshold lies.
        borders: Cells of scores; None: the slice has no labels.
    """

    brackets: tuple[Bracket, ...]
    borders: RankBorders | None


@dataclasses.dataclass(frozen=True)
class LargeSlice:
    """What the second pass found of one slice.

    Attributes:
        matched: One for each candidate.
        aucs: One for each model; empty without labels.
    """

    matched: tuple[MatchedFlips, ...]
    aucs: tuple[RankedAuc, ...]


def pair_plans(
    statistics: Mapping[SliceKey, SliceStatistics], spec: StatisticsSpec
) -> dict[SliceKey, SlicePlan]:
    """What to look for in pairs: a plan for each slice that does not keep its rows."""
    return plans_of_both(statistics, {}, spec)[0]


def example_plans(
    statistics: Mapping[SliceKey, ExampleStatistics],
) -> dict[SliceKey, SlicePlan]:
    """The same for originals, each once."""
    return _example_plans(statistics, {})


def plans_of_both(
    statistics: Mapping[SliceKey, SliceStatistics],
    examples: Mapping[SliceKey, ExampleStatistics],
    spec: StatisticsSpec,
) -> tuple[dict[SliceKey, SlicePlan], dict[SliceKey, SlicePlan]]:
    """What `pair_plans` and `example_plans` give; borders of one sample are found once."""
    plans: dict[SliceKey, SlicePlan] = {}
    known: dict[SliceKey, tuple[KeptRows, RankBorders | None]] = {}
    for key, one in _without_rows(within_budget(statistics)):
        borders = RankBorders.of(one.kept_rows, one.num_clusters)
        plans[key] = SlicePlan(brackets(one, spec), borders)
        known[key] = one.kept_rows, borders
    return plans, _example_plans(examples, known)


def _example_plans(
    statistics: Mapping[SliceKey, ExampleStatistics],
    known: Mapping[SliceKey, tuple[KeptRows, RankBorders | None]],
) -> dict[SliceKey, SlicePlan]:
    plans = {}
    for key, one in _without_rows(within_budget(totals_of(statistics))):
        rows, borders = known.get(key, (None, None))
        if rows is None or not one.kept_rows.is_sample_of(rows):
            borders = RankBorders.of(one.kept_rows, one.num_examples)
        elif borders is not None:
            borders = dataclasses.replace(borders, num_clusters=one.num_examples)
        if borders is not None:
            plans[key] = SlicePlan((), borders)
    return plans


def _without_rows(sums: Mapping[SliceKey, Any]) -> Iterator[tuple[SliceKey, Any]]:
    """Those that do not keep their rows."""
    for key, is_complete in zip(sums, of_each(sums, "kept_rows", "is_complete"), strict=True):
        if not is_complete:
            yield key, sums[key]


@dataclasses.dataclass(frozen=True)
class SecondSums:
    """Counts of the second pass over one slice; `+` merges."""

    matched: tuple[MatchedCounts, ...]
    ranks: RankCounts | None

    def __add__(self, other: SecondSums) -> SecondSums:
        """The counts of both."""
        return SecondSums(
            tuple(a + b for a, b in zip(self.matched, other.matched, strict=True)),
            self.ranks if other.ranks is None or self.ranks is None else self.ranks + other.ranks,
        )

    def large_slice(self, plan: SlicePlan) -> LargeSlice:
        """What the merged counts say."""
        pairs = zip(plan.brackets, self.matched, strict=True)
        aucs: tuple[RankedAuc, ...] = ()
        if self.ranks is not None and plan.borders is not None:
            aucs = self.ranks.total(plan.borders).aucs(plan.borders)
        return LargeSlice(tuple(resolve(b, c) for b, c in pairs), aucs)


def count_again(
    batches: list[Any],
    plans: Mapping[SliceKey, SlicePlan],
    spec: StatisticsSpec,
    one_row_each: bool = False,
) -> dict[SliceKey, SecondSums]:
    """Counts some batches once more.

    Args:
        batches: Scored pairs, or, where originals count once each, any scored originals.
        plans: From `pair_plans` or `example_plans`.
        spec: As in the first pass.
        one_row_each: Whether originals count once each.

    Returns:
        By slice that has a plan and rows here, its counts.
    """
    if one_row_each:
        rows = read_columns(batches, spec, spec.original_slices, counterfactuals=False)
        return _counted(rows, {}, plans, spec)[1]
    return count_both_again(batches, plans, {}, spec)[0]


def count_both_again(
    batches: list[Any],
    plans: Mapping[SliceKey, SlicePlan],
    original_plans: Mapping[SliceKey, SlicePlan],
    spec: StatisticsSpec,
) -> tuple[dict[SliceKey, SecondSums], dict[SliceKey, SecondSums]]:
    """`count_again` of pairs and of their originals, on one reading of the batches.

    Args:
        batches: Scored pairs.
        plans: From `pair_plans`.
        original_plans: From `example_plans`.
        spec: As in the first pass.
    """
    return _counted(read_columns(batches, spec), plans, original_plans, spec)


def _counted(
    rows: ScoredColumns,
    plans: Mapping[SliceKey, SlicePlan],
    original_plans: Mapping[SliceKey, SlicePlan],
    spec: StatisticsSpec,
) -> tuple[dict[SliceKey, SecondSums], dict[SliceKey, SecondSums]]:
    near: Mapping[SliceKey, tuple[MatchedCounts, ...]] = {}
    if plans:
        near = count_near(rows, {key: plan.brackets for key, plan in plans.items()}, spec)
    ranks, original_ranks = count_ranks_of_both(
        rows, _borders(plans), _borders(original_plans), spec.num_buckets
    )
    pairs = {
        key: SecondSums(near.get(key, ()), ranks.get(key)) for key in dict.fromkeys([*near, *ranks])
    }
    return pairs, {key: SecondSums((), one) for key, one in original_ranks.items()}


def _borders(plans: Mapping[SliceKey, SlicePlan]) -> dict[SliceKey, RankBorders]:
    return {key: plan.borders for key, plan in plans.items() if plan.borders is not None}
