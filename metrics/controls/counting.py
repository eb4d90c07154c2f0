"""From batches of pairs and controls to the sums of an excess, slice by slice."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from fairflip.metrics.batches.pair_counting import flip_spans
from fairflip.metrics.controls.edits import (
    Edits,
    Items,
    edits_of,
    items_of,
    rows_without_replacements,
)
from fairflip.metrics.controls.kept_rows import ControlRows
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips import decisions
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import ScoredColumns, project, read_columns
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns


def control_spec(spec: StatisticsSpec) -> StatisticsSpec:
    """What of a spec counting controls needs: the rows that are controls, and no labels."""
    return dataclasses.replace(spec, label_column=None, num_example_ids=0, with_controls=True)


def accumulate_controls(
    batches: Sequence[pa.RecordBatch | pa.Table], spec: StatisticsSpec
) -> dict[SliceKey, ControlStatistics]:
    """Sums over the pairs of some batches and their controls.

    The rows of one original must be together, as for `pair_counting.accumulate`. Where they
    may go on in another batch, they are `pending` until `settled` counts them.

    Args:
        batches: Scored pairs. Those without a column of edits count for none: they are of
            data that knows no controls.
        spec: What to count.

    Returns:
        The sums by slice of the pairs: a control belongs to the slices of its pair.
    """
    known = [batch for batch in batches if columns.EDIT in batch.schema.names]
    if not known:
        return {}
    rows = read_columns(known, control_spec(spec))
    return _counted(rows, control_spec(spec), holds_back=True)


def settled(
    statistics: Mapping[SliceKey, ControlStatistics], spec: StatisticsSpec
) -> dict[SliceKey, ControlStatistics]:
    """Merged sums with what was pending counted."""
    pending = [
        batch
        for one in statistics.values()
        for part in one.pending.to_pylist()
        for batch in pa.ipc.open_stream(part)
    ]
    nothing = pa.array([], pa.large_binary())
    result = {key: dataclasses.replace(one, pending=nothing) for key, one in statistics.items()}
    if pending:
        rows = read_columns(pending, control_spec(spec))
        for key, one in _counted(rows, control_spec(spec), holds_back=False).items():
            result[key] = result[key] + one if key in result else one
    return result


def _counted(
    rows: ScoredColumns, spec: StatisticsSpec, holds_back: bool
) -> dict[SliceKey, ControlStatistics]:
    edits = edits_of(rows)
    is_now = ~rows.is_open if holds_back else np.ones(rows.num_rows, bool)
    edits = edits._replace(is_pair=edits.is_pair & is_now)
    is_counted, swapped = edits.is_pair[edits.pair_of], edits.is_pair[edits.swapped_of]
    edits = edits._replace(
        controls=edits.controls[is_counted],
        pair_of=edits.pair_of[is_counted],
        swaps=edits.swaps[swapped],
        swapped_of=edits.swapped_of[swapped],
    )
    used = edits.is_pair & (edits.num_controls > 0)
    used[edits.controls] = True
    positions = np.flatnonzero(used)
    by_terms_alone = rows_without_replacements(rows.table, edits)[positions]
    items, names = items_of(rows.table, positions, by_terms_alone)
    items = items._replace(rows=positions[items.rows])
    placed = _placed(rows, edits, spec)
    result = {}
    for member in rows.members:
        pairs = member.rows[edits.is_pair[member.rows]]
        if len(pairs):
            result[member.key] = _slice(rows, edits, (items, names), placed, pairs, spec)
    if holds_back and rows.is_open.any():
        zero = ControlStatistics.zero(spec)
        overall = result.get(OVERALL, zero)
        part = _as_bytes(project(rows.table.filter(pa.array(rows.is_open)), spec))
        result[OVERALL] = dataclasses.replace(overall, pending=part)
    return result


def _as_bytes(table: pa.Table) -> pa.Array:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return pa.array([sink.getvalue().to_pybytes()], pa.large_binary())


@dataclasses.dataclass(frozen=True)
class _Placed:
    """Rows placed among thresholds, and their gaps, once for all slices; each [M, N]."""

    cells: np.ndarray
    counterfactual_cells: np.ndarray
    gaps: np.ndarray


def _placed(rows: ScoredColumns, edits: Edits, spec: StatisticsSpec) -> _Placed:
    assert rows.counterfactual_scores is not None
    thresholds = spec.ascending_thresholds
    scores, others = rows.scores.copy(), rows.counterfactual_scores
    # A control is an edit of its pair's original, so that it has the same score.
    scores[:, edits.controls] = scores[:, edits.pair_of]
    scores[:, edits.swaps] = scores[:, edits.swapped_of]
    return _Placed(
        cells=np.searchsorted(thresholds, scores, side="left"),
        counterfactual_cells=np.searchsorted(thresholds, others, side="left"),
        gaps=tables.exactly_addable(decisions.gaps(scores, others)),
    )


def _slice(
    rows: ScoredColumns,
    edits: Edits,
    items: tuple[Items, dict[int, str]],
    placed: _Placed,
    pairs: np.ndarray,
    spec: StatisticsSpec,
) -> ControlStatistics:
    zero = _with_swaps(ControlStatistics.zero(spec), rows, edits, placed, pairs, spec)
    has = pairs[edits.num_controls[pairs] > 0]
    if not len(has):
        return zero
    is_member = np.zeros(rows.num_rows, bool)
    is_member[has] = True
    own = np.flatnonzero(is_member[edits.pair_of])
    controls, pair_of = edits.controls[own], edits.pair_of[own]
    weights = None if rows.weights is None else rows.weights[has]
    of_pair = np.ones(rows.num_rows) if rows.weights is None else rows.weights
    sides = (
        (has, rows.buckets[has], weights),
        (controls, rows.buckets[pair_of], of_pair[pair_of] / edits.num_controls[pair_of]),
    )
    shape = (spec.num_buckets, spec.num_thresholds + 1)
    flips, gaps = zero.flips.copy(), zero.gaps.copy()
    for side, (at, buckets, weight) in enumerate(sides):
        for model in range(spec.num_models):
            before, after = placed.cells[model, at], placed.counterfactual_cells[model, at]
            for direction, chosen in enumerate((after > before, after < before)):
                flips[side, direction, model] = flip_spans(
                    buckets, before, after, chosen, weight, shape
                )
            gap = placed.gaps[model, at]
            gaps[side, model] = np.bincount(
                buckets, gap if weight is None else gap * weight, spec.num_buckets
            )
    return dataclasses.replace(
        zero,
        num_with_control=len(has),
        num_control_pairs=len(controls),
        num_originals=len(np.unique(rows.runs[has])),
        pairs=np.bincount(rows.buckets[has], weights, spec.num_buckets).astype(np.float64),
        flips=flips,
        gaps=gaps,
        kept_rows=ControlRows.of(rows, edits, *items, (has, own)),
    )


def _with_swaps(
    zero: ControlStatistics,
    rows: ScoredColumns,
    edits: Edits,
    placed: _Placed,
    pairs: np.ndarray,
    spec: StatisticsSpec,
) -> ControlStatistics:
    """The sums of no controls, with those of the pairs' swaps within one group."""
    zero = dataclasses.replace(zero, num_pairs=len(pairs))
    is_member = np.zeros(rows.num_rows, bool)
    is_member[pairs] = True
    own = np.flatnonzero(is_member[edits.swapped_of])
    if not len(own):
        return zero
    swaps, pair_of = edits.swaps[own], edits.swapped_of[own]
    buckets = rows.buckets[pair_of]
    weights = None if rows.weights is None else rows.weights[pair_of]
    shape = (spec.num_buckets, spec.num_thresholds + 1)
    flips = zero.swap_flips.copy()
    for model in range(spec.num_models):
        before, after = placed.cells[model, swaps], placed.counterfactual_cells[model, swaps]
        flips[model] = flip_spans(buckets, before, after, before != after, weights, shape)
    return dataclasses.replace(
        zero,
        swaps=np.bincount(buckets, weights, spec.num_buckets).astype(np.float64),
        swap_flips=flips,
        kept_swaps=ControlRows.of_swaps(rows, swaps, pair_of),
    )
