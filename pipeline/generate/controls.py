"""Gives pairs their controls: rows that make the same edit to other words.

A control row stands behind the pairs of its original, in the same batch. It has all that
its pair has (features, group, category, weight), but for the changed text and ``term``,
``replacement``: the words edited. ``edit`` tells it from identity pairs, and ``control_of``
holds the ``counterfactual_index`` of its pair. A pair that names no term gets ``edited_words``,
from the words that differ. Behind the controls stand swaps within one group, for pairs whose
terms have another of their group: rows like them, of another ``control_kind``.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.generate.control_coverage import (
    OCTAVES,
    ControlCoverage,
    ControlExample,
    rank_of,
)
from fairflip.pipeline.generate.coverage import NUM_EXAMPLES
from fairflip.pipeline.generate.edits.control_rows import (
    LISTS,
    control_rows,
    joined,
    labelled,
    with_column,
)
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.pair.controls import control_hash
from fairflip.pipeline.records.pairing_audit import canonical
from fairflip.protos import columns
from fairflip.protos.edits import control_mask
from fairflip.text.controls.draw import ControlDrawer, DrawnColumns
from fairflip.text.controls.many_draws import draw_many


class WithControls(NamedTuple):
    """A batch of pairs with their controls."""

    batch: pa.RecordBatch
    coverage: ControlCoverage


def with_controls(pairs: pa.RecordBatch, drawer: ControlDrawer, names: PairColumns) -> WithControls:
    """Adds the controls of the identity pairs of a batch.

    Args:
        pairs: Pairs with a text on both sides; those of one original stand together. Rows
            that are controls already are kept, and their pairs get no others.
        drawer: What draws the controls.
        names: The names of the columns.

    Returns:
        The batch with `columns.EDIT`, `CONTROL_KIND`, `CONTROL_OF` and `EDITED_WORDS`; and
        what is known of the controls drawn.
    """
    pairs = labelled(pairs)
    original = canonical(pairs.column(names.text))
    changed = canonical(pairs.column(columns.counterfactual(names.text)))
    ids = pairs.column(names.id).to_pylist()
    index = pairs.column(COUNTERFACTUAL_INDEX).to_pylist()
    group = _groups(ids)
    firsts = np.flatnonzero(np.diff(group, prepend=-1))
    is_given = np.bincount(group, control_mask(pairs), len(firsts)) > 0
    drawn_rows = np.flatnonzero(~is_given[group])
    new = np.flatnonzero(~is_given)
    originals = original.take(pa.array(firsts[new])).to_pylist()
    keyed = list(
        zip(
            changed.take(pa.array(drawn_rows)).to_pylist(),
            [str(index[row]) for row in drawn_rows.tolist()],
            strict=True,
        )
    )
    ends = np.cumsum(np.bincount(group, minlength=len(firsts))[new]).tolist()
    new_ids = [str(ids[row]) for row in firsts[new].tolist()]
    drawn = draw_many(
        drawer,
        [
            (text, keyed[start:end], id)
            for text, start, end, id in zip(originals, [0, *ends], ends, new_ids, strict=False)
        ],
    )
    controls, swaps = drawn.controls, drawn.same_group
    # Pairs, then the controls of their original, then swaps of its terms.
    rows = drawn_rows[np.concatenate([controls.pair, swaps.pair])]
    is_swap = np.repeat([False, True], [len(controls.pair), len(swaps.pair)])
    of_pairs = 3 * group
    of_edits = of_pairs[rows] + 1 + is_swap
    order = np.argsort(np.concatenate([of_pairs, of_edits]), kind="stable")
    numbers = _numbers(group, np.array(index, np.int64), rows, of_edits)
    pairs = _with_edited_words(pairs, drawn.keys, drawn_rows)
    kinds = pa.array([columns.OTHER_WORD, columns.SAME_GROUP]).take(pa.array(is_swap * 1))
    own: dict[str, pa.Array] = {
        columns.counterfactual(names.text): pa.concat_arrays([controls.text, swaps.text]),
        columns.TERM: pa.concat_arrays([controls.words, swaps.words]),
        columns.REPLACEMENT: pa.concat_arrays([controls.replacements, swaps.replacements]),
    }
    of_controls = control_rows(pairs, rows, numbers, kinds, own)
    num_controls = np.bincount(controls.pair, minlength=len(drawn_rows))
    off = np.searchsorted(OCTAVES, controls.octaves_off)
    return WithControls(
        joined(pairs, of_controls, order),
        ControlCoverage(
            num_pairs=len(drawn_rows),
            num_control_pairs=len(controls.pair),
            num_same_group_pairs=len(swaps.pair),
            pairs_by_controls=dict(Counter(num_controls.tolist())),
            shortages=dict(Counter(filter(None, drawn.shortages))),
            octaves_off=tuple(np.bincount(off, minlength=len(OCTAVES) + 1).tolist()),
            hash_sum=control_hash(of_controls, names) if len(rows) else 0,
            examples=_examples(pairs, drawn, drawn_rows, names),
        ),
    )


def _groups(ids: Sequence[Any]) -> np.ndarray:
    """[N] which original each row is of, of those that stand together: 0, 1, ..."""
    is_new = [one != other for one, other in zip(ids[1:], ids, strict=False)]
    return np.cumsum([0, *is_new][: len(ids)], dtype=np.int64)


def _numbers(
    group: np.ndarray, index: np.ndarray, rows: np.ndarray, of_edits: np.ndarray
) -> np.ndarray:
    """[C] the `counterfactual_index` of edits: from the highest of the pairs of an original on.

    Args:
        group: [N] the original of each pair.
        index: [N] the pairs' own.
        rows: [C] the pair of each edit.
        of_edits: [C] what they stand in order by.
    """
    highest = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
    np.maximum.at(highest, group, index)
    order = np.argsort(of_edits, kind="stable")
    of = group[rows[order]]
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    within = np.arange(len(of)) - np.repeat(starts, np.diff(starts, append=len(of)))
    numbers = np.empty(len(of), np.int64)
    numbers[order] = highest[of] + 1 + within
    return numbers


def _examples(
    pairs: pa.RecordBatch, drawn: DrawnColumns, rows: np.ndarray, names: PairColumns
) -> tuple[ControlExample, ...]:
    """The first control of the pairs whose originals' IDs have the smallest hashes.

    Args:
        pairs: All pairs.
        drawn: What was drawn for some.
        rows: Which these are.
        names: The names of the columns.
    """
    some, first = np.unique(drawn.controls.pair, return_index=True)
    ids = pairs.column(names.id).take(pa.array(rows[some])).to_pylist()
    ranks = {id: rank_of(id) for id in set(map(str, ids))}
    smallest = heapq.nsmallest(NUM_EXAMPLES, ((rank, id) for id, rank in ranks.items()))
    chosen = {id for _, id in smallest}
    examples = []
    texts = [names.text, columns.counterfactual(names.text)]
    for id, pair, control in zip(map(str, ids), some.tolist(), first.tolist(), strict=True):
        if id not in chosen:
            continue
        (row,) = pairs.slice(rows[pair], 1).select([*texts, columns.TERM]).to_pylist()
        original, changed = (canonical(pairs.column(name).slice(rows[pair], 1)) for name in texts)
        examples.append(
            ControlExample(
                ranks[id],
                id,
                tuple(row[columns.TERM] or ()) or tuple(drawn.edited[pair].as_py()),
                original[0].as_py(),
                changed[0].as_py(),
                tuple(drawn.controls.words[control].as_py()),
                drawn.controls.text[control].as_py(),
            )
        )
    return tuple(sorted(examples)[:NUM_EXAMPLES])


def _with_edited_words(
    pairs: pa.RecordBatch, keys: pa.ListArray, rows: np.ndarray
) -> pa.RecordBatch:
    """Pairs with what was done to words where no term is named, and nothing is said of it yet.

    Args:
        pairs: Pairs.
        keys: [K] what some of them do.
        rows: [K] which these are.
    """
    known = pa.nulls(pairs.num_rows, LISTS)
    if columns.EDITED_WORDS in pairs.schema.names:
        known = pairs.column(columns.EDITED_WORDS).cast(LISTS)
    place: np.ndarray = np.arange(pairs.num_rows)
    is_told, has_term = (
        pc.fill_null(pc.greater(pc.list_value_length(lists), 0), False).to_numpy(
            zero_copy_only=False
        )
        for lists in (known, pairs.column(columns.TERM))
    )
    at = ~is_told[rows]
    place[rows[at]] = pairs.num_rows + np.flatnonzero(at)
    values = pa.concat_arrays([known, keys.cast(LISTS)]).take(pa.array(place, mask=has_term))
    if columns.EDITED_WORDS in pairs.schema.names:
        return with_column(pairs, columns.EDITED_WORDS, values)
    return pairs.append_column(columns.EDITED_WORDS, values)
