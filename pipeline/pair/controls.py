"""Ready-made pairs that bring their controls: rows with ``edit`` = "control".

They are admitted beside the identity pairs, counted and fingerprinted by themselves, and
change nothing of what is said of the pairs.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.pair.settle import PAIRS, Joined
from fairflip.pipeline.pair.tables import is_null, is_same, rejected, with_ids
from fairflip.pipeline.records.pairing_audit import (
    PairingAudit,
    canonical,
    multiset_hash,
    row_strings,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos import columns
from fairflip.protos.edits import control_mask


def admit_with_controls(records: pa.Table, names: PairColumns) -> Joined:
    """Takes records that hold both sides, pairs and controls of pairs.

    As `admit_tables` where there are no controls. A control needs a pair of the same
    original; controls stand behind the pairs of their original.

    Returns:
        Pairs and controls in one table; what was left out; the audit, whose counts but
        `num_control_pairs` and those of records are of identity pairs alone.
    """
    if columns.EDIT not in records.column_names:
        return admit_tables(records, names)
    # Of one type in every shard.
    given = pa.nulls(records.num_rows, pa.int32())
    if columns.CONTROL_OF in records.column_names:
        given = _whole(records[columns.CONTROL_OF])
    records = _with_column(records, columns.CONTROL_OF, given)
    records, unknown = _known_edits(records, names)
    is_control = control_mask(records)
    controls = records.filter(pa.array(is_control))
    pairs = records.filter(pa.array(~is_control))
    joined = admit_tables(_with_old_numbers(pairs) if controls.num_rows else pairs, names)
    rejects = unknown + joined.rejects
    audit = joined.audit + PairingAudit(
        num_records_read=len(unknown), num_rejected_originals=len(unknown)
    )
    if not controls.num_rows:
        return dataclasses.replace(joined, rejects=rejects, audit=audit)
    num_read = controls.num_rows
    controls, no_id = with_ids(controls, names, PAIRS)
    number, pairs = _pairs_of(controls, joined.pairs, names)
    joined = dataclasses.replace(joined, pairs=pairs)
    position = pc.index_in(controls[names.id], value_set=joined.pairs[names.id]).combine_chunks()
    orphan = position.is_null().to_numpy(zero_copy_only=False)
    matching = joined.pairs.take(pc.fill_null(position, 0)) if joined.pairs.num_rows else None
    other = np.zeros(len(orphan), dtype=bool)
    if matching is not None:
        for feature in (names.text, *names.inputs):
            if feature in controls.column_names and feature in matching.column_names:
                other |= ~is_same(canonical(controls[feature]), canonical(matching[feature]))
    changed = columns.counterfactual(names.text)
    empty = np.zeros(len(orphan), dtype=bool)
    if changed in controls.column_names and names.text in controls.column_names:
        empty = is_null(controls[changed]) | is_same(
            canonical(controls[changed]), canonical(controls[names.text])
        )
    left_out = np.zeros(len(orphan), dtype=bool)
    rejects = rejects + no_id
    for reason, rows, detail in (
        ("control_without_pair", orphan, "No pair of this original is left for the control."),
        (
            "control_without_pair",
            number.is_null().to_numpy(zero_copy_only=False),
            f"The pair of the control is not there; {columns.CONTROL_OF!r} must be its "
            f"{COUNTERFACTUAL_INDEX!r}, where an original has several.",
        ),
        ("conflicting_original", other, "The pairs of this ID hold another original."),
        ("identical", empty, "A control must change the text, and leave some of it."),
    ):
        rows = rows & ~left_out
        left_out |= rows
        index = pa.array(np.flatnonzero(rows))
        rejects = rejects + rejected(controls.take(index), names, PAIRS, reason, detail)
    controls = _with_column(controls, columns.CONTROL_OF, number).filter(pa.array(~left_out))
    audit += PairingAudit(
        num_records_read=num_read,
        num_records_admitted=controls.num_rows,
        num_rejected_originals=len(no_id) + int(left_out.sum()),
        num_control_pairs=controls.num_rows,
        control_hash_sum=control_hash(controls, names),
    )
    pairs = _together(joined.pairs, controls, names)
    return Joined(pairs, joined.unmatched_originals, rejects, audit)


def _with_old_numbers(pairs: pa.Table) -> pa.Table:
    """Pairs whose number among those of their original stays beside the one that they get."""
    if COUNTERFACTUAL_INDEX not in pairs.column_names:
        return pairs
    return _with_column(pairs, columns.CONTROL_OF, _whole(pairs[COUNTERFACTUAL_INDEX]))


def _pairs_of(controls: pa.Table, pairs: pa.Table, names: PairColumns) -> tuple[pa.Array, pa.Table]:
    """The number of each control's pair, null where there is none; and pairs without the old one.

    A control that names no pair belongs to the only one of its original.
    """
    ids, index = canonical(pairs[names.id]), canonical(pairs[COUNTERFACTUAL_INDEX])
    own = canonical(controls[names.id])
    # Without numbers of their own, pairs have those that they got.
    old = pc.coalesce(canonical(pairs[columns.CONTROL_OF]), index)
    pairs = _with_column(pairs, columns.CONTROL_OF, pa.nulls(pairs.num_rows, pa.int32()))
    given = canonical(controls[columns.CONTROL_OF])
    named = pc.index_in(
        pc.binary_join_element_wise(given, own, ":"),
        value_set=pc.binary_join_element_wise(old, ids, ":"),
        skip_nulls=True,
    )
    counts = ids.value_counts()
    single = counts.field("values").filter(pc.equal(counts.field("counts"), 1))
    alone = pc.if_else(pc.is_in(own, value_set=single), pc.index_in(own, value_set=ids), None)
    place = pc.if_else(pc.is_null(given), alone, named)
    return pairs[COUNTERFACTUAL_INDEX].combine_chunks().take(place), pairs


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """A column as int32; null where it holds no whole number."""
    texts = canonical(column)
    try:
        return texts.cast(pa.float64()).cast(pa.int32())
    except pa.ArrowInvalid:
        numbers = []
        for text in texts.cast(pa.string()).to_pylist():
            digits = (text or "").removesuffix(".0")
            numbers.append(int(digits) if digits.isdecimal() and len(digits) < 10 else None)
        return pa.array(numbers, pa.int32())


def _with_column(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    if name not in table.column_names:
        return table.append_column(name, values)
    return table.set_column(table.column_names.index(name), name, values)


def control_hash(controls: pa.Table | pa.RecordBatch, names: PairColumns) -> int:
    """The sum of the controls' SHA-256, whatever their order: of ID and both texts.

    Of a table: of ID and both sides of each feature.
    """
    features = [names.text] if names.text else sorted(names.inputs)
    wanted = (names.id, *features, *map(columns.counterfactual, features))
    present = [canonical(controls.column(name)) for name in wanted if name in controls.schema.names]
    return multiset_hash(row_strings([pc.cast(column, pa.string()) for column in present]))


def _known_edits(records: pa.Table, names: PairColumns) -> tuple[pa.Table, list[RejectedRecord]]:
    """The records whose edit is of a known kind."""
    rejects: list[RejectedRecord] = []
    for name, known_values in (
        (columns.EDIT, columns.EDITS),
        (columns.CONTROL_KIND, columns.CONTROL_KINDS),
    ):
        if name not in records.column_names:
            continue
        value = canonical(records[name])
        known = pc.or_kleene(pc.is_null(value), pc.is_in(value, pa.array(known_values)))
        wrong = records.filter(pc.invert(known))
        detail = f"{name!r} must be {' or '.join(known_values)}, or empty."
        rejects += rejected(wrong, names, PAIRS, "unknown_edit", detail)
        records = records.filter(known)
    return records, rejects


def _together(pairs: pa.Table, controls: pa.Table, names: PairColumns) -> pa.Table:
    """Pairs and controls, those of an original together, controls last and in a fixed order."""
    order = [(names.id, "ascending")]
    if columns.COUNTERFACTUAL_ID in controls.column_names:
        order.append((columns.COUNTERFACTUAL_ID, "ascending"))
    changed = columns.counterfactual(names.text)
    if changed in controls.column_names:
        order.append((changed, "ascending"))
    controls = controls.take(pc.sort_indices(controls, order))
    both = pa.concat_tables(
        [pairs, _like(controls, pairs)], promote_options="permissive"
    ).combine_chunks()
    is_control = np.repeat([0, 1], [pairs.num_rows, controls.num_rows])
    rows = pa.table({"id": both[names.id], "control": is_control, "row": np.arange(both.num_rows)})
    order_of_all = pc.sort_indices(
        rows, [("id", "ascending"), ("control", "ascending"), ("row", "ascending")]
    )
    both = both.take(order_of_all)
    ids = both[names.id].combine_chunks()
    starts = np.r_[True, ~is_same(ids.slice(1), ids.slice(0, len(ids) - 1))]
    first = np.flatnonzero(starts)
    sizes = np.diff(np.append(first, both.num_rows))
    index: np.ndarray = np.arange(both.num_rows) - np.repeat(first, sizes)
    place = both.column_names.index(COUNTERFACTUAL_INDEX)
    return both.set_column(place, COUNTERFACTUAL_INDEX, pa.array(index.astype(np.int32)))


def _like(controls: pa.Table, pairs: pa.Table) -> pa.Table:
    """Controls with the columns of the pairs, empty where they have none; numbered later."""
    arrays = [
        controls[field.name]
        if field.name in controls.column_names and field.name != COUNTERFACTUAL_INDEX
        else pa.nulls(controls.num_rows, field.type)
        for field in pairs.schema
    ]
    return pa.table(arrays, names=pairs.column_names)
