"""Candidate pairs to audited pairs: ordered, without doubles and without what changes nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.beyond import differs_beyond_attribute
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.pair.tables import is_first, is_null, is_same, rejected
from fairflip.pipeline.records.pairing_audit import (
    PairingAudit,
    canonical,
    legitimate_flips,
    multiset_hash,
    num_zero_weights,
    pair_rows,
    row_strings,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos import columns

ORIGINALS = "examples"
COUNTERFACTUALS = "counterfactuals"
PAIRS = "pairs"


@dataclasses.dataclass(frozen=True)
class Joined:
    """Pairs and what was left out."""

    pairs: pa.Table
    unmatched_originals: pa.Table  # those without a counterfactual
    rejects: list[RejectedRecord]
    audit: PairingAudit


def settled(
    originals: pa.Table,
    changed: pa.Table,
    original_of: pa.Array,
    inputs: list[str],
    names: PairColumns,
    source: str,
) -> Joined:
    """Orders the counterfactuals of admitted originals, leaves out what makes no pair.

    Args:
        originals: the originals, ordered by ID.
        changed: the counterfactuals' side of each candidate pair, with the ID.
        original_of: for each of its rows, the row of its original in `kept`.
        inputs: the features that are compared.
        names: the names of the columns.
        source: what rejected records came from.
    """
    contents = [canonical(changed[columns.counterfactual(feature)]) for feature in inputs]
    identical = np.ones(changed.num_rows, dtype=bool)
    for feature, content in zip(inputs, contents, strict=True):
        identical &= is_same(content, canonical(originals[feature]).take(original_of))
    missing = np.zeros(len(identical), dtype=bool)
    if names.text in inputs:
        missing = is_null(changed[columns.counterfactual(names.text)])

    # Sorted by what makes two counterfactuals one, so that duplicates stand together.
    order = pc.sort_indices(
        *_order_keys(changed, original_of, contents, with_rest=False)
    ).to_numpy()
    position = original_of.to_numpy(zero_copy_only=False)
    key = [column.take(pa.array(order)) for column in _duplicate_key(changed, contents)]
    first = is_first([pa.array(position[order]), *key])
    if not first.all():
        # Which of the duplicates stays must not depend on their order in the input: only then
        # is it worth sorting by all other columns too.
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
        # A counterfactual is counted once, under the first reason.
        rows = rows & ~left_out
        left_out |= rows
        counts[reason] = int(rows.sum())
        index = order[rows[order]]
        rejects += rejected(changed.take(pa.array(index)), names, source, reason, detail)

    order = order[~left_out[order]]
    originals_in_order = position[order]
    pairs = _pairs(originals, changed, order, originals_in_order, names)
    rows = pair_rows(pairs, names.id, inputs)
    unmatched = np.setdiff1d(np.arange(originals.num_rows), originals_in_order)
    audit = PairingAudit(
        num_pairs=len(order),
        num_unmatched_originals=len(unmatched),
        num_duplicate_counterfactual_ids=counts["duplicate_counterfactual"],
        num_identical_pairs=counts["identical"],
        num_rejected_counterfactuals=counts["missing_value"],
        num_differing_beyond_attribute=int(
            differs_beyond_attribute(pairs, changed.take(pa.array(order)), names).sum()
        ),
        num_legitimate_flip_pairs=pc.sum(legitimate_flips(pairs)).as_py() or 0,
        num_zero_weight_pairs=num_zero_weights(pairs, names.weight),
        hash_sum=multiset_hash(rows),
    )
    return Joined(pairs, originals.take(pa.array(unmatched)), rejects, audit)


def _pairs(
    admitted: pa.Table,
    changed: pa.Table,
    order: np.ndarray,
    originals: np.ndarray,
    names: PairColumns,
) -> pa.Table:
    pairs = admitted.take(pa.array(originals))
    changed = changed.take(pa.array(order))
    for name in changed.column_names:
        if name not in (names.id, names.label, names.weight, COUNTERFACTUAL_INDEX):
            pairs = pairs.append_column(name, changed[name])
    firsts = np.flatnonzero(is_first([pa.array(originals)]))
    sizes = np.diff(np.append(firsts, len(originals)))
    index = np.arange(len(originals)) - np.repeat(firsts, sizes)
    return pairs.append_column(COUNTERFACTUAL_INDEX, pa.array(index.astype(np.int32)))


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
