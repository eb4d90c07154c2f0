"""Which pairs are newly broken, fixed or still broken: by slice, by term, and one by one."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.metrics.flips import decisions
from fairflip.metrics.flips.slicing import memberships
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.compare.differences import count
from fairflip.pipeline.records.pairing_audit import legitimate_flips
from fairflip.protos import columns
from fairflip.protos.comparison_pb2 import ChangedPair, SliceChange
from fairflip.protos.edits import identity_pairs
from fairflip.protos.report_pb2 import RunReport, SliceComparison, SliceReport

NEWLY_BROKEN, FIXED, STILL_BROKEN = "newly_broken", "fixed", "still_broken"
CHANGES = (NEWLY_BROKEN, FIXED, STILL_BROKEN)
WORSE, BETTER, NO_CHANGE_SHOWN = "worse", "better", "no_change_shown"
UNCHANGED, CANNOT_TELL = "unchanged", "cannot_tell"

#: Terms named in a report: a column of terms may hold anything.
MAX_TERMS = 1_000
_TERM_FEATURE = next(name for name, column in columns.PAIR_SLICES.items() if column == columns.TERM)
_SCORES = (
    "reference_score",
    "reference_counterfactual_score",
    "score",
    "counterfactual_score",
)
_NAMED = (columns.TERM, columns.REPLACEMENT, columns.GROUP)


@dataclasses.dataclass(frozen=True)
class PairChanges:
    """What became of N identity pairs whose flips are not marked as legitimate.

    Attributes:
        table: [N] the pairs with both models' scores.
        scores: [2, 2, N] by model and side.
        change: [N] index into `CHANGES`; -1 where neither model flips.
    """

    table: pa.Table
    scores: np.ndarray
    change: np.ndarray

    @property
    def counts(self) -> list[int]:
        """Number of pairs of each of `CHANGES`."""
        return np.bincount(self.change[self.change >= 0], minlength=len(CHANGES)).tolist()


def changes_of(table: pa.Table, spec: StatisticsSpec) -> PairChanges:
    """Classes each pair by which of the two models flips on it, at the first threshold.

    Args:
        table: From `differences.side_by_side`.
        spec: Its two models, the reference first.
    """
    table = identity_pairs(table)
    table = table.filter(pa.array(~np.asarray(legitimate_flips(table), bool)))
    scores = np.array(
        [[table[column(model)].to_numpy() for column in _SIDES] for model in spec.models],
        np.float64,
    ).reshape(2, 2, table.num_rows)
    before, after = (decisions.flips(sides[0], sides[1], spec.thresholds[0]) for sides in scores)
    change = np.select([~before & after, before & ~after, before & after], range(len(CHANGES)), -1)
    return PairChanges(table, scores, change)


_SIDES = (columns.score, columns.counterfactual_score)


def slice_changes(
    changes: PairChanges, report: RunReport, spec: StatisticsSpec
) -> list[SliceChange]:
    """What changed in each slice of a comparison, in its order.

    Args:
        changes: Of the common pairs.
        report: Of both models on them, from `differences.count`.
        spec: What it counted.
    """
    counted = _counts(changes, spec.slices)
    return [
        _change(comparison, part, counted.get(comparison.slice))
        for comparison, part in zip(
            report.comparisons[0].slices, report.models[0].slices, strict=True
        )
    ]


def term_changes(
    changes: PairChanges, spec: StatisticsSpec, max_terms: int = MAX_TERMS
) -> list[SliceChange]:
    """The same by the term that was edited, those with most changed pairs first.

    Terms without a changed pair are left out.
    """
    if columns.TERM not in changes.table.column_names:
        return []
    by_term = dataclasses.replace(spec.of_feature(_TERM_FEATURE), with_controls=False)
    counted = _counts(changes, by_term.slices)
    report = count(changes.table, by_term)
    most_changed = [
        _change(comparison, part, counted.get(comparison.slice))
        for comparison, part in zip(
            report.comparisons[0].slices, report.models[0].slices, strict=True
        )
        if comparison.slice != "Overall"
    ]
    most_changed = [one for one in most_changed if one.num_newly_broken or one.num_fixed]
    most_changed.sort(key=lambda one: (-(one.num_newly_broken + one.num_fixed), one.slice))
    for one in most_changed[:max_terms]:
        one.slice = one.slice.removeprefix(f"{_TERM_FEATURE}:")
    return most_changed[:max_terms]


def _counts(
    changes: PairChanges, slices: Sequence[Sequence[str]]
) -> Mapping[str, tuple[int, list[int]]]:
    """By slice: number of pairs, and of those of each change."""
    return {
        member.key.name: (
            len(member.rows),
            [int((changes.change[member.rows] == index).sum()) for index in range(len(CHANGES))],
        )
        for member in memberships(changes.table, slices)
    }


def _change(
    comparison: SliceComparison, part: SliceReport, counted: tuple[int, list[int]] | None
) -> SliceChange:
    num_pairs, (broken, fixed, still) = counted or (0, [0, 0, 0])
    difference = comparison.thresholds[0].flip_rate_difference
    return SliceChange(
        slice=comparison.slice,
        num_pairs=num_pairs,
        num_newly_broken=broken,
        num_fixed=fixed,
        num_still_broken=still,
        flip_rate_difference=difference,
        verdict=verdict_of(
            broken + fixed, difference.lower, difference.upper, part.has_few_originals
        ),
    )


def verdict_of(num_changed: int, lower: float, upper: float, has_few_originals: bool) -> str:
    """What the difference of two flip rates says.

    Args:
        num_changed: Pairs that one model flips and the other does not.
        lower: Lower bound of the difference; above 0 the model got worse.
        upper: Upper bound.
        has_few_originals: Too few to say anything by their interval.
    """
    if not num_changed:
        return UNCHANGED
    if has_few_originals or not lower <= upper:
        return CANNOT_TELL
    return WORSE if lower > 0 else BETTER if upper < 0 else NO_CHANGE_SHOWN


def changed_rows(changes: PairChanges, spec: StatisticsSpec) -> np.ndarray:
    """The rows of changed or still broken pairs.

    Newly broken pairs come first; within a kind those whose score gap changed most.
    """
    positions = np.flatnonzero(changes.change >= 0)
    gaps = np.stack([decisions.gaps(sides[0], sides[1]) for sides in changes.scores])
    moved = np.abs(gaps[1] - gaps[0])[positions]
    ids = changes.table[spec.id_column].to_numpy()[positions]
    return np.asarray(positions[np.lexsort([ids.astype(str), -moved, changes.change[positions]])])


def changed_table(changes: PairChanges, spec: StatisticsSpec) -> pa.Table:
    """Every changed or still broken pair by name, without texts, as `changed_rows` has them."""
    order = changed_rows(changes, spec)
    kinds = np.array(CHANGES)[changes.change[order]]
    result = {
        "change": pa.array(kinds, pa.string()),
        "example_id": changes.table[spec.id_column].take(pa.array(order)).cast(pa.string()),
    }
    for name in (columns.COUNTERFACTUAL_INDEX, *_NAMED):
        if name in changes.table.column_names:
            result[name] = changes.table[name].take(pa.array(order))
    for model, name in enumerate(("reference_", "")):
        result[f"{name}score"] = pa.array(changes.scores[model, 0][order])
        result[f"{name}counterfactual_score"] = pa.array(changes.scores[model, 1][order])
    return pa.table(result)


def named_pairs(table: pa.Table, num_each: int) -> list[ChangedPair]:
    """The first pairs of each kind of `changed_table`, as a report holds them."""
    kinds = table["change"].to_numpy()
    chosen = np.concatenate([np.flatnonzero(kinds == kind)[:num_each] for kind in CHANGES])
    named = []
    for row in table.take(pa.array(chosen)).to_pylist():
        fields: dict[str, Any] = {
            name: _as_text(value) if name in _NAMED else value
            for name, value in row.items()
            if value is not None
        }
        # Decisions by argmax have classes, and no scores.
        fields = {**{name: math.nan for name in _SCORES if name not in row}, **fields}
        named.append(ChangedPair(**fields))
    return named


def _as_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
