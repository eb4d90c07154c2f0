"""Joins originals and counterfactuals in memory, with Arrow: the plain functions.

The same code joins whole tables (`join_tables`) and, in a pipeline, one hash
shard of the IDs after the other. What it keeps never depends on the order in
which records arrive:

* of originals with one ID, the record with the smallest content is kept;
* of counterfactuals with one original and one ``counterfactual_id``, likewise;
  without that column, of equal counterfactuals of one original one is kept;
* pairs are ordered by example ID, then by ``counterfactual_id``, then by content.

"Smallest" compares the records as strings (`fairflip.pipeline.records.pairing_audit.row_strings`).
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.beyond import differs_beyond_attribute
from fairflip.pipeline.pair.columns import (
    ABOUT,
    COUNTERFACTUAL_INDEX,
    PairColumns,
    with_own_columns_renamed,
)
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
from fairflip.pipeline.records.pairing_audit import (
    PairingAudit,
    canonical,
    multiset_hash,
    num_zero_weights,
    row_strings,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos import columns
from fairflip.protos.errors import InputError

ORIGINALS = "examples"
COUNTERFACTUALS = "counterfactuals"
PAIRS = "pairs"


@dataclasses.dataclass(frozen=True)
class Joined:
    """Pairs and what was left out."""

    pairs: pa.Table
    unpaired: pa.Table  # originals that have no counterfactual
    rejects: list[RejectedRecord]
    audit: PairingAudit


def join_tables(
    originals: pa.Table, counterfactuals: pa.Table | None, names: PairColumns
) -> Joined:
    """Joins counterfactuals to their originals by example ID, one to many.

    Args:
        originals: one row each, with the ID column.
        counterfactuals: rows with the original's ID, the changed features and,
            optionally, what is known about the change (`ABOUT`); None for none.
        names: the names of the columns.

    Returns:
        Pairs with the columns of the originals, ``counterfactual.<feature>`` and
        `ABOUT`; the originals left over; what was rejected; the audit.

    Raises:
        InputError: a column is missing or of a wrong type.
    """
    kept, rejects, audit = admit_originals(originals, names)
    if counterfactuals is None or not counterfactuals.num_rows:
        audit += PairingAudit(num_unmatched_originals=kept.num_rows)
        return Joined(kept.slice(0, 0), kept, rejects, audit)
    num_read = counterfactuals.num_rows
    counterfactuals, no_id = with_ids(counterfactuals, names, COUNTERFACTUALS)
    position = pc.index_in(counterfactuals[names.id], value_set=kept[names.id]).combine_chunks()
    orphans = np.flatnonzero(position.is_null().to_numpy(zero_copy_only=False))
    rejects += no_id + rejected(
        counterfactuals.take(pa.array(orphans)),
        names,
        COUNTERFACTUALS,
        "no_original",
        "No admitted example has this ID; check the ID feature, or read its example.",
    )
    audit += PairingAudit(
        num_counterfactuals=num_read,
        num_unmatched_counterfactuals=len(orphans),
        num_rejected_counterfactuals=len(no_id),
    )
    if len(orphans):
        counterfactuals = without_rows(counterfactuals, orphans)
        position = position.drop_null()
    if not counterfactuals.num_rows:
        # A shard may hold counterfactuals and not one original, and then no columns to compare.
        audit += PairingAudit(num_unmatched_originals=kept.num_rows)
        return Joined(kept.slice(0, 0), kept, rejects, audit)
    changed, inputs = _changed_features(kept, counterfactuals, names)
    joined = _settled(kept, changed, position, inputs, names, COUNTERFACTUALS)
    return Joined(joined.pairs, joined.unpaired, rejects + joined.rejects, audit + joined.audit)


def admit_originals(
    originals: pa.Table, names: PairColumns
) -> tuple[pa.Table, list[RejectedRecord], PairingAudit]:
    """The originals that can be used, ordered by ID: each with an ID of its own and a text."""
    num_read = originals.num_rows
    originals, rejects = with_ids(with_own_columns_renamed(originals), names, ORIGINALS)
    originals, no_text = with_value(originals, names.text, names, ORIGINALS)
    rejects += no_text
    num_rejected = len(rejects)
    order, first = first_of_each_id(originals, names.id, names.content)
    originals = originals.take(pa.array(order))
    doubles = np.flatnonzero(~first)
    rejects += rejected(
        originals.take(pa.array(doubles)),
        names,
        ORIGINALS,
        "duplicate_id",
        "Another example has this ID and is kept; give each example an ID of its own.",
    )
    originals = without_rows(originals, doubles)
    audit = PairingAudit(
        num_records_read=num_read,
        num_records_admitted=originals.num_rows,
        num_originals=originals.num_rows,
        num_duplicate_ids=len(doubles),
        num_rejected_originals=num_rejected,
    )
    return originals, rejects, audit


def admit_tables(records: pa.Table, names: PairColumns) -> Joined:
    """Takes records that already hold both sides.

    Records of one ID must agree in everything but the counterfactual; where they
    do not, those with the smallest original side are kept. Records whose
    counterfactual features are all empty are originals without a counterfactual.
    """
    num_read = records.num_rows
    own = [c for c in records.column_names if not _is_about_counterfactual(c)]
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
    kept = records.select(own).take(pa.array(firsts))
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
    joined = _settled(
        kept,
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
        num_originals=kept.num_rows,
        num_counterfactuals=int((~is_empty).sum()),
        num_duplicate_ids=len(conflicting) + len(spare),
        num_rejected_originals=num_rejected,
    )
    return Joined(joined.pairs, joined.unpaired, rejects + joined.rejects, audit + joined.audit)


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
        content = canonical(records[column])
        if not is_same(content.slice(1), content.slice(0, len(content) - 1))[later].all():
            return False
    return True


def _bits(lists: pa.ChunkedArray) -> pa.ChunkedArray:
    """Lists of doubles as lists of whole numbers, of which two are equal or not: no NaN, no -0."""
    kind = pa.list_(pa.int64())
    return pa.chunked_array([chunk.view(kind) for chunk in lists.chunks], kind)


def _settled(
    kept: pa.Table,
    changed: pa.Table,
    original_of: pa.Array,
    inputs: list[str],
    names: PairColumns,
    source: str,
) -> Joined:
    """Orders the counterfactuals of admitted originals, leaves out what makes no pair.

    Args:
        kept: the originals, ordered by ID.
        changed: the counterfactuals' side of each candidate pair, with the ID.
        original_of: for each of its rows, the row of its original in `kept`.
        inputs: the features that are compared.
        names: the names of the columns.
        source: what rejected records came from.
    """
    contents = [canonical(changed[columns.counterfactual(feature)]) for feature in inputs]
    identical = np.ones(changed.num_rows, dtype=bool)
    for feature, content in zip(inputs, contents, strict=True):
        identical &= is_same(content, canonical(kept[feature]).take(original_of))
    missing = np.zeros(len(identical), dtype=bool)
    if names.text in inputs:
        missing = is_null(changed[columns.counterfactual(names.text)])

    order = pc.sort_indices(
        *_order_keys(changed, original_of, contents, with_rest=False)
    ).to_numpy()
    position = original_of.to_numpy(zero_copy_only=False)
    key = [column.take(pa.array(order)) for column in _duplicate_key(changed, contents)]
    first = is_first([pa.array(position[order]), *key])
    if not first.all():
        order = pc.sort_indices(
            *_order_keys(changed, original_of, contents, with_rest=True)
        ).to_numpy()
    double = np.zeros(len(order), dtype=bool)
    double[order[~first]] = True

    rejects: list[RejectedRecord] = []
    left_out = np.zeros(len(order), dtype=bool)
    counts = {}
    for reason, rows, detail in (
        ("missing_value", missing, f"The counterfactual's {names.text!r} is empty; fill it in."),
        ("duplicate_counterfactual", double, "The same counterfactual is there already."),
        ("identical", identical, "Both sides are equal; a counterfactual must change an input."),
    ):
        rows = rows & ~left_out
        left_out |= rows
        counts[reason] = int(rows.sum())
        index = order[rows[order]]
        rejects += rejected(changed.take(pa.array(index)), names, source, reason, detail)

    order = order[~left_out[order]]
    originals_in_order = position[order]
    pairs = _pairs(kept, changed, order, originals_in_order, names)
    rows = row_strings(
        [canonical(pairs[names.id])]
        + [canonical(pairs[feature]) for feature in inputs]
        + [canonical(pairs[columns.counterfactual(feature)]) for feature in inputs]
        + [canonical(_legitimate(pairs))]
    )
    unpaired = np.setdiff1d(np.arange(kept.num_rows), originals_in_order)
    audit = PairingAudit(
        num_pairs=len(order),
        num_unmatched_originals=len(unpaired),
        num_duplicate_counterfactual_ids=counts["duplicate_counterfactual"],
        num_identical_pairs=counts["identical"],
        num_rejected_counterfactuals=counts["missing_value"],
        num_differing_beyond_attribute=int(
            differs_beyond_attribute(pairs, changed.take(pa.array(order)), names).sum()
        ),
        num_legitimate_flip_pairs=pc.sum(_legitimate(pairs)).as_py() or 0,
        num_zero_weight_pairs=num_zero_weights(pairs, names.weight),
        hash_sum=multiset_hash(rows),
    )
    return Joined(pairs, kept.take(pa.array(unpaired)), rejects, audit)


def _pairs(
    kept: pa.Table, changed: pa.Table, order: np.ndarray, originals: np.ndarray, names: PairColumns
) -> pa.Table:
    pairs = kept.take(pa.array(originals))
    changed = changed.take(pa.array(order))
    for name in changed.column_names:
        if name not in (names.id, names.label, names.weight, COUNTERFACTUAL_INDEX):
            pairs = pairs.append_column(name, changed[name])
    firsts = np.flatnonzero(is_first([pa.array(originals)]))
    sizes = np.diff(np.append(firsts, len(originals)))
    index = np.arange(len(originals)) - np.repeat(firsts, sizes)
    return pairs.append_column(COUNTERFACTUAL_INDEX, pa.array(index.astype(np.int32)))


def _changed_features(
    kept: pa.Table, counterfactuals: pa.Table, names: PairColumns
) -> tuple[pa.Table, list[str]]:
    """The counterfactuals with their columns named as in a pair, and the compared inputs."""
    own = {names.id, names.label, names.weight}
    renamed = [
        c if c in own or _is_about_counterfactual(c) else columns.counterfactual(c)
        for c in counterfactuals.column_names
    ]
    shared = [c for c in kept.column_names if columns.counterfactual(c) in renamed]
    inputs = names.inputs_among(shared)
    if not inputs:
        wanted = ", ".join(names.inputs or (names.text,))
        raise InputError(
            f"counterfactuals: none of the inputs ({wanted}) is among the columns "
            f"{', '.join(counterfactuals.column_names)[:200]}; name them as in the examples."
        )
    return counterfactuals.rename_columns(renamed), inputs


def _is_about_counterfactual(column: str) -> bool:
    return (
        column in ABOUT
        or column == COUNTERFACTUAL_INDEX
        or column.startswith(columns.COUNTERFACTUAL_PREFIX)
    )


def _order_keys(
    changed: pa.Table, original_of: pa.Array, contents: list[pa.Array], with_rest: bool
) -> tuple[pa.Table, list[tuple[str, str]]]:
    keys = {"original": original_of}
    if columns.COUNTERFACTUAL_ID in changed.column_names:
        keys["counterfactual_id"] = canonical(changed[columns.COUNTERFACTUAL_ID])
    for number, content in enumerate(contents):
        keys[f"content{number}"] = content
    if with_rest:
        keys["rest"] = row_strings([canonical(column) for column in changed.columns])
    return pa.table(keys), [(key, "ascending") for key in keys]


def _duplicate_key(changed: pa.Table, contents: list[pa.Array]) -> list[pa.Array]:
    """What no two counterfactuals of one original may share: their ID, else their content."""
    if columns.COUNTERFACTUAL_ID not in changed.column_names:
        return contents
    ids = canonical(changed[columns.COUNTERFACTUAL_ID])
    if not ids.null_count:
        return [ids]
    return [pc.coalesce(pc.binary_join_element_wise("id", ids, ":"), row_strings(contents))]


def _legitimate(pairs: pa.Table) -> pa.Array:
    if columns.FLIP_IS_LEGITIMATE not in pairs.column_names:
        return pa.array(np.zeros(pairs.num_rows, dtype=bool))
    column = pairs[columns.FLIP_IS_LEGITIMATE].combine_chunks()
    if not pa.types.is_boolean(column.type):
        column = pc.is_in(
            pc.utf8_lower(canonical(column)), value_set=pa.array(["1", "1.0", "true", "yes"])
        )
    return pc.fill_null(column, False)
