"""Gives pairs their controls: rows that make the same edit to other words.

A control row stands behind the pairs of its original, in the same batch. It has all that
its pair has (features, group, category, weight), but for the changed text and ``term``,
``replacement``: the words edited. ``edit`` tells it from identity pairs, and ``control_of``
holds the ``counterfactual_index`` of its pair. A pair that names no term gets ``edited_words``,
from the words that differ. Behind the controls stand swaps within one group, for pairs whose
terms have another of their group: rows like them, of another ``control_kind``.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

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
from fairflip.text.controls.draw import ControlDrawer, ControlEdit, Drawn, SameGroupSwap
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
    original = canonical(pairs.column(names.text)).to_pylist()
    changed = canonical(pairs.column(columns.counterfactual(names.text))).to_pylist()
    ids = pairs.column(names.id).to_pylist()
    index = pairs.column(COUNTERFACTUAL_INDEX).to_pylist()
    is_given = control_mask(pairs).tolist()
    groups = [list(group) for _, group in itertools.groupby(range(len(ids)), key=ids.__getitem__)]
    new = [group for group in groups if not any(is_given[row] for row in group)]
    drawn = draw_many(
        drawer,
        [
            (
                original[group[0]],
                [(changed[row], str(index[row])) for row in group],
                str(ids[group[0]]),
            )
            for group in new
        ],
    )
    drawn_of = dict(zip(itertools.chain(*new), itertools.chain(*drawn), strict=True))
    rows: list[int] = []  # of the pairs, one for each control
    controls: list[ControlEdit | SameGroupSwap] = []
    numbers: list[int] = []
    order: list[int] = []  # of the rows of both: pairs, then their original's controls
    for group in groups:
        order += group
        if group[0] not in drawn_of:
            continue
        first = len(rows)
        for row in group:
            made = drawn_of[row].controls
            rows += [row] * len(made)
            controls += made
        for row in group:
            swap = drawn_of[row].same_group
            if swap:
                rows.append(row)
                controls.append(swap)
        following = max([index[row] for row in group]) + 1
        numbers += range(following, following + len(rows) - first)
        order += range(len(ids) + first, len(ids) + len(rows))
    terms = pairs.column(columns.TERM).to_pylist()
    pairs = _with_edited_words(pairs, terms, drawn_of)
    of_controls = _control_rows(pairs, rows, controls, numbers, names)
    pooled = [control for one in drawn_of.values() for control in one.controls]
    off = np.searchsorted(OCTAVES, [control.octaves_off for control in pooled])
    ranked = sorted([(rank_of(str(ids[group[0]])), str(ids[group[0]]), group) for group in new])
    with_any = (g for *_, g in ranked if any(drawn_of[row].controls for row in g))
    examples = sorted(
        ControlExample(
            rank_of(str(ids[row])),
            str(ids[row]),
            tuple(terms[row] or ()) or tuple(edit.word for edit in drawn_of[row].edits),
            original[row],
            changed[row],
            drawn_of[row].controls[0].words,
            drawn_of[row].controls[0].text,
        )
        # Each has one at least.
        for group in itertools.islice(with_any, NUM_EXAMPLES)
        for row in group
        if drawn_of[row].controls
    )
    return WithControls(
        joined(pairs, of_controls, order),
        ControlCoverage(
            num_pairs=len(drawn_of),
            num_control_pairs=len(pooled),
            num_same_group_pairs=len(rows) - len(pooled),
            pairs_by_controls=dict(Counter([len(one.controls) for one in drawn_of.values()])),
            shortages=dict(Counter([one.shortage for one in drawn_of.values() if one.shortage])),
            octaves_off=tuple(np.bincount(off, minlength=len(OCTAVES) + 1).tolist()),
            hash_sum=control_hash(of_controls, names) if rows else 0,
            examples=tuple(examples[:NUM_EXAMPLES]),
        ),
    )


def _control_rows(
    pairs: pa.RecordBatch,
    rows: Sequence[int],
    controls: Sequence[ControlEdit | SameGroupSwap],
    numbers: Sequence[int],
    names: PairColumns,
) -> pa.RecordBatch:
    """The control rows: their pairs' rows, with what is theirs."""
    kinds = [
        columns.SAME_GROUP if isinstance(c, SameGroupSwap) else columns.OTHER_WORD for c in controls
    ]
    own: dict[str, pa.Array] = {
        columns.counterfactual(names.text): pa.array([c.text for c in controls], pa.string()),
        columns.TERM: _lists([c.words for c in controls]),
        columns.REPLACEMENT: _lists([c.replacements for c in controls]),
    }
    return control_rows(pairs, rows, numbers, kinds, own)


def _lists(words: Sequence[Sequence[str]]) -> pa.ListArray:
    """Words of several rows as a column."""
    offsets = np.zeros(len(words) + 1, np.int32)
    np.cumsum([len(of_row) for of_row in words], out=offsets[1:])
    flat = pa.array(itertools.chain.from_iterable(words), pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), flat)


def _with_edited_words(
    pairs: pa.RecordBatch, terms: Sequence[list[str] | None], drawn: dict[int, Drawn]
) -> pa.RecordBatch:
    """Pairs with what was done to words where no term is named."""
    known = (
        pairs.column(columns.EDITED_WORDS).to_pylist()
        if columns.EDITED_WORDS in pairs.schema.names
        else [None] * pairs.num_rows
    )
    words = [
        [edit.key for edit in drawn[row].edits] if not known[row] and row in drawn else known[row]
        for row in range(pairs.num_rows)
    ]
    words = [None if terms[row] else own for row, own in enumerate(words)]
    values = pa.array(words, LISTS)
    if columns.EDITED_WORDS in pairs.schema.names:
        return with_column(pairs, columns.EDITED_WORDS, values)
    return pairs.append_column(columns.EDITED_WORDS, values)
