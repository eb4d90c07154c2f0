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

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.columns import (
    PairColumns,
    is_about_counterfactual,
    with_own_columns_renamed,
)
from fairflip.pipeline.pair.settle import COUNTERFACTUALS, ORIGINALS, Joined, settled
from fairflip.pipeline.pair.tables import rejected, with_ids, with_value, without_rows
from fairflip.pipeline.records.example_ids import first_of_each_id
from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos import columns
from fairflip.protos.edits import control_mask
from fairflip.protos.errors import InputError


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
        InputError: a column is missing or of a wrong type; or a counterfactual is a control.
    """
    if counterfactuals is not None:
        _refuse_controls(counterfactuals)
    admitted, rejects, audit = admit_originals(originals, names)
    if counterfactuals is None or not counterfactuals.num_rows:
        audit += PairingAudit(num_unmatched_originals=admitted.num_rows)
        return Joined(admitted.slice(0, 0), admitted, rejects, audit)
    num_read = counterfactuals.num_rows
    counterfactuals, no_id = with_ids(counterfactuals, names, COUNTERFACTUALS)
    position = pc.index_in(counterfactuals[names.id], value_set=admitted[names.id]).combine_chunks()
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
        audit += PairingAudit(num_unmatched_originals=admitted.num_rows)
        return Joined(admitted.slice(0, 0), admitted, rejects, audit)
    changed, inputs = _changed_features(admitted, counterfactuals, names)
    every = np.arange(admitted.num_rows)
    rows = position.to_numpy().astype(np.int64)
    joined = settled(admitted, every, changed, rows, inputs, names, COUNTERFACTUALS)
    return replace(joined, rejects=rejects + joined.rejects, audit=audit + joined.audit)


def _refuse_controls(counterfactuals: pa.Table) -> None:
    """Which pair of its original a control belongs to is known of ready-made pairs alone."""
    if control_mask(counterfactuals).any():
        raise InputError(
            f"counterfactuals: the column {columns.EDIT!r} says {columns.CONTROL!r} of some, and "
            "controls belong to pairs: give records of both sides as pairs (--pairs), or leave "
            "the controls out and have them drawn (--controls)."
        )


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


def _changed_features(
    originals: pa.Table, counterfactuals: pa.Table, names: PairColumns
) -> tuple[pa.Table, list[str]]:
    """The counterfactuals with their columns named as in a pair, and the compared inputs."""
    own = {names.id, names.label, names.weight}
    renamed = [
        c if c in own or is_about_counterfactual(c) else columns.counterfactual(c)
        for c in counterfactuals.column_names
    ]
    shared = [c for c in originals.column_names if columns.counterfactual(c) in renamed]
    inputs = names.inputs_among(shared)
    if not inputs:
        wanted = ", ".join(names.inputs or (names.text,))
        raise InputError(
            f"counterfactuals: none of the inputs ({wanted}) is among the columns "
            f"{', '.join(counterfactuals.column_names)[:200]}; name them as in the examples."
        )
    return counterfactuals.rename_columns(renamed), inputs
