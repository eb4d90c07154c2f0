"""Takes records that hold both sides of a pair, in memory, with Arrow."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.columns import PairColumns, is_about_counterfactual
from fairflip.pipeline.pair.settle import PAIRS, Joined, content_keys, settled, sorted_rows
from fairflip.pipeline.pair.tables import (
    is_first,
    is_null,
    is_same,
    rejected,
    taken,
    with_ids,
    with_value,
    without_rows,
)
from fairflip.pipeline.records.example_ids import first_of_each_id
from fairflip.pipeline.records.pairing_audit import (
    PairingAudit,
    canonical,
    contiguous,
    row_strings,
)
from fairflip.protos import columns
from fairflip.protos.errors import InputError


def admit_tables(records: pa.Table, names: PairColumns) -> Joined:
    """Takes records that already hold both sides.

    Records of one ID must agree in everything but the counterfactual; where they
    do not, those with the smallest original side are kept. Records whose
    counterfactual features are all empty are unmatched originals.
    """
    num_read = records.num_rows
    own = [c for c in records.column_names if not is_about_counterfactual(c)]
    both = [c for c in own if columns.counterfactual(c) in records.column_names]
    inputs = names.inputs_among(both)
    if not inputs:
        raise InputError(
            f"pairs: no feature stands beside its counterfactual; give {names.text!r} and "
            f"{columns.counterfactual(names.text)!r}."
        )
    records, rejects = with_ids(records, names, PAIRS)
    records, no_text = with_value(records, names.text, names, PAIRS)
    rejects += no_text
    num_rejected = len(rejects)

    records, firsts, sides, conflicting, in_order = _by_original(records, own, inputs, names)
    rejects += rejected(
        conflicting,
        names,
        PAIRS,
        "conflicting_original",
        "Other records of this ID hold another original; give each original an ID of its own.",
    )
    is_empty = _is_empty(records, inputs)
    filled, empties = np.flatnonzero(~is_empty), np.flatnonzero(is_empty)
    changed = records.select([c for c in records.column_names if c not in own])
    joined = settled(
        records.select(own),
        firsts,
        without_rows(changed.append_column(names.id, records[names.id]), empties),
        sides[filled],
        inputs,
        names,
        PAIRS,
        in_order,
    )
    # One record stands for an original that has no counterfactual at all.
    original_of = np.searchsorted(firsts, np.arange(len(is_empty)), side="right")
    alone = ~np.isin(original_of[empties], original_of[filled])
    spare = empties[~(alone & is_first([pa.array(original_of[empties])]))]
    rejects += rejected(
        records.take(pa.array(spare)),
        names,
        PAIRS,
        "missing_counterfactual",
        "The counterfactual is empty, and another record holds this original already.",
    )
    audit = PairingAudit(
        num_records_read=num_read,
        num_records_admitted=len(is_empty) - len(spare),
        num_originals=len(firsts),
        num_counterfactuals=len(filled),
        num_duplicate_ids=conflicting.num_rows + len(spare),
        num_rejected_originals=num_rejected,
    )
    return replace(joined, rejects=rejects + joined.rejects, audit=audit + joined.audit)


class _Originals(NamedTuple):
    """Records ordered by ID, those of an original one below the other."""

    records: pa.Table
    firsts: np.ndarray  # where each original stands first
    sides: np.ndarray  # for each record, where its original's side is to be taken from
    conflicting: pa.Table  # records left out: those that hold another original
    in_order: bool = False  # whether those of an original stand in the order of `content_keys`


def _by_original(
    records: pa.Table, own: list[str], inputs: list[str], names: PairColumns
) -> _Originals:
    keys = {"id": contiguous(records[names.id])}
    all_filled = not _is_empty(records, inputs).any()
    if all_filled:
        # In the order of their counterfactuals, too, so that they are copied once.
        keys |= content_keys(records, inputs)
    ordered = taken(records, sorted_rows(keys))
    first = is_first([contiguous(ordered[names.id])])
    firsts = np.flatnonzero(first)
    if _agree(ordered, own, first):
        sides = np.arange(len(first))
        return _Originals(ordered, firsts, sides, records.slice(0, 0), in_order=all_filled)
    order, _ = first_of_each_id(records.select(own), names.id, names.content)
    ordered = records.take(pa.array(order))
    texts = row_strings([canonical(ordered[c]) for c in own])
    number = np.cumsum(first) - 1
    is_other = pc.not_equal(texts, texts.take(pa.array(firsts[number]))).to_numpy(
        zero_copy_only=False
    )
    number = number[~is_other]
    firsts = np.flatnonzero(is_first([pa.array(number)]))
    other = np.flatnonzero(is_other)
    return _Originals(
        without_rows(ordered, other), firsts, firsts[number], ordered.take(pa.array(other))
    )


def _is_empty(records: pa.Table, inputs: list[str]) -> np.ndarray:
    """Whether each record has no counterfactual."""
    return np.logical_and.reduce(
        [is_null(records[columns.counterfactual(feature)]) for feature in inputs]
    )


def _agree(records: pa.Table, own: list[str], first: np.ndarray) -> bool:
    """Whether records of one ID, which stand together, have one original side."""
    later = ~first[1:]
    if not later.any():
        return True
    places = pa.array(np.flatnonzero(later))
    for column in own:
        kind = records[column].type
        if pa.types.is_list(kind) and kind.value_type in (pa.float64(), pa.string()):
            # Text of them is slow to write. It is written where some differ, and decides.
            lists = contiguous(records[column])
            if kind.value_type == pa.string() and not lists.null_count:
                if not _agree_with_next(lists, np.flatnonzero(later)):
                    return False
                continue
            if kind.value_type == pa.float64():
                # Bit by bit: as whole numbers, of which two are equal or not: no NaN, no -0.
                lists = lists.view(pa.list_(pa.int64()))
            if not lists.take(pc.add(places, 1)).equals(lists.take(places)):
                return False
            continue
        content = _comparable(records[column])
        if not is_same(content.slice(1), content.slice(0, len(content) - 1))[later].all():
            return False
    return True


def _agree_with_next(lists: pa.ListArray, rows: np.ndarray) -> bool:
    """Whether lists of strings at some places are each like the next one."""
    offsets = lists.offsets.to_numpy()
    sizes = np.diff(offsets)
    size = sizes[rows]
    if (size != sizes[rows + 1]).any():
        return False
    encoded = lists.values.dictionary_encode(null_encoding="encode")
    codes = encoded.indices.to_numpy()
    ends = np.cumsum(size)
    places = np.arange(len(rows) and ends[-1]) + np.repeat(offsets[rows] - ends + size, size)
    return bool((codes[places] == codes[places + np.repeat(size, size)]).all())


def _comparable(column: pa.ChunkedArray) -> pa.Array:
    """A column as values that are equal only where its texts are.

    Those of two NaN may differ where the texts do not: then the texts are written, and decide.
    """
    whole = {pa.float64(): pa.int64(), pa.float32(): pa.int32()}.get(column.type)
    if whole is None:
        return canonical(column)
    return contiguous(column).view(whole)
