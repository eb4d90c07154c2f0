"""Takes records that hold both sides of a pair, in memory, with Arrow."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.columns import PairColumns, is_about_counterfactual
from fairflip.pipeline.pair.settle import PAIRS, Joined, settled
from fairflip.pipeline.pair.tables import (
    is_first,
    is_null,
    is_same,
    rejected,
    with_ids,
    with_value,
    without_rows,
)
from fairflip.pipeline.records.example_ids import first_of_each_id
from fairflip.pipeline.records.pairing_audit import PairingAudit, canonical, row_strings
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

    records = records.take(pc.sort_indices(records[names.id])).combine_chunks()
    first, conflicting = is_first([records[names.id].combine_chunks()]), np.zeros(0, np.int64)
    if not _agree(records, own, first):
        order, _ = first_of_each_id(records.select(own), names.id, names.content)
        records = records.take(pa.array(order))
        sides = row_strings([canonical(records[c]) for c in own])
        smallest = sides.take(pa.array(np.flatnonzero(first)[np.cumsum(first) - 1]))
        conflicting = np.flatnonzero(pc.not_equal(sides, smallest).to_numpy(zero_copy_only=False))
    firsts = np.flatnonzero(first)
    original_of = np.cumsum(first) - 1
    originals = records.select(own).take(pa.array(firsts))
    rejects += rejected(
        records.take(pa.array(conflicting)),
        names,
        PAIRS,
        "conflicting_original",
        "Other records of this ID hold another original; give each original an ID of its own.",
    )
    records = without_rows(records, conflicting)
    original_of = np.delete(original_of, conflicting)

    is_empty = np.logical_and.reduce(
        [is_null(records[columns.counterfactual(feature)]) for feature in inputs]
    )
    changed = records.select([c for c in records.column_names if c not in own])
    joined = settled(
        originals,
        changed.append_column(names.id, records[names.id]).filter(pa.array(~is_empty)),
        pa.array(original_of[~is_empty]),
        inputs,
        names,
        PAIRS,
    )
    # One record stands for an original that has no counterfactual at all.
    empties = np.flatnonzero(is_empty)
    alone = ~np.isin(original_of[empties], original_of[~is_empty])
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
        num_originals=originals.num_rows,
        num_counterfactuals=int((~is_empty).sum()),
        num_duplicate_ids=len(conflicting) + len(spare),
        num_rejected_originals=num_rejected,
    )
    return replace(joined, rejects=rejects + joined.rejects, audit=audit + joined.audit)


def _agree(records: pa.Table, own: list[str], first: np.ndarray) -> bool:
    """Whether records of one ID, which stand together, have one original side."""
    later = ~first[1:]
    if not later.any():
        return True
    places = np.flatnonzero(later)
    for column in own:
        kind = records[column].type
        if pa.types.is_list(kind) and pa.types.is_float64(kind.value_type):
            # Bit by bit: text of so many numbers is slow to write. It is written where
            # some differ, and decides.
            bits = _bits(records[column])
            if not bits.take(places + 1).equals(bits.take(places)):
                return False
            continue
        if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
            if not _lists_agree(records[column].combine_chunks(), places):
                return False
            continue
        content = _comparable(records[column])
        if not is_same(content.slice(1), content.slice(0, len(content) - 1))[later].all():
            return False
    return True


def _comparable(column: pa.ChunkedArray) -> pa.Array:
    """A column as values that are equal only where its texts are.

    Those of two NaN may differ where the texts do not: then the texts are written, and decide.
    """
    whole = {pa.float64(): pa.int64(), pa.float32(): pa.int32()}.get(column.type)
    if whole is None:
        return canonical(column)
    one = column.combine_chunks()
    return (pa.concat_arrays(one.chunks) if isinstance(one, pa.ChunkedArray) else one).view(whole)


def _lists_agree(lists: pa.ListArray, places: np.ndarray) -> bool:
    """Whether lists of strings at some places are those behind them, member by member."""
    if isinstance(lists, pa.ChunkedArray):
        lists = pa.concat_arrays(lists.chunks)
    is_missing = lists.is_null().to_numpy(zero_copy_only=False)
    starts = lists.offsets.to_numpy()
    sizes = np.diff(starts)
    sizes[is_missing] = 0
    if (sizes[places] != sizes[places + 1]).any():
        return False
    if (is_missing[places] != is_missing[places + 1]).any():
        return False
    indices = lists.values.dictionary_encode().indices
    codes = pc.fill_null(indices, -1).to_numpy()
    num_members = sizes[places]
    within = np.arange(num_members.sum()) - np.repeat(
        np.cumsum(num_members) - num_members, num_members
    )
    one, other = (np.repeat(starts[rows], num_members) + within for rows in (places, places + 1))
    return bool((codes[one] == codes[other]).all())


def _bits(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    """Lists of doubles as lists of whole numbers, of which two are equal or not: no NaN, no -0."""
    kind = pa.list_(pa.int64())
    return pa.chunked_array([chunk.view(kind) for chunk in lists.chunks], kind)
