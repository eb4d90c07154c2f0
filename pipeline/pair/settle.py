"""Candidate pairs to audited pairs: ordered, without doubles and without what changes nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.pair.beyond import differs_beyond_attribute
from fairflip.pipeline.pair.columns import COUNTERFACTUAL_INDEX, PairColumns
from fairflip.pipeline.pair.tables import (
    is_first,
    is_null,
    is_same,
    rejected,
    taken,
    without_rows,
)
from fairflip.pipeline.records.pairing_audit import (
    PairingAudit,
    canonical,
    contiguous,
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
    firsts: np.ndarray,
    changed: pa.Table,
    rows: np.ndarray,
    inputs: list[str],
    names: PairColumns,
    source: str,
    in_order: bool = False,
) -> Joined:
    """Orders the counterfactuals of admitted originals, leaves out what makes no pair.

    Texts are copied only where rows do not stand in their final order yet.

    Args:
        originals: the originals' side, ordered by ID; an original may stand there several times,
            one below the other.
        firsts: where in `originals` each original stands first.
        changed: the counterfactuals' side of each candidate pair, with the ID.
        rows: for each of its rows, where in `originals` its original's side is to be taken from.
        inputs: the features that are compared.
        names: the names of the columns.
        source: what rejected records came from.
        in_order: whether the candidates stand in the order of `content_keys` within an original.
    """
    # Sorted by what makes two counterfactuals one, so that duplicates stand together.
    number = np.searchsorted(firsts, rows, side="right") - 1
    order = np.arange(len(number))
    if not in_order:
        order = _order(changed, number, inputs, with_rest=False)
    keys = pa.table({"original": pa.array(number), **_duplicate_keys(changed, inputs)})
    first = is_first([contiguous(key) for key in taken(keys, order).columns])
    if not first.all():
        # Which of the duplicates stays must not depend on their order in the input: only then
        # is it worth sorting by all other columns too.
        order = _order(changed, number, inputs, with_rest=True)
    changed, own = taken(changed, order), taken(originals, rows[order])
    identical = np.ones(changed.num_rows, dtype=bool)
    for feature in inputs:
        content = canonical(changed[columns.counterfactual(feature)])
        identical &= is_same(content, canonical(own[feature]))
    missing = np.zeros(len(identical), dtype=bool)
    if names.text in inputs:
        missing = is_null(changed[columns.counterfactual(names.text)])

    rejects: list[RejectedRecord] = []
    left_out = np.zeros(len(order), dtype=bool)
    counts = {}
    for reason, wrong, detail in (
        ("missing_value", missing, f"The counterfactual's {names.text!r} is empty; fill it in."),
        ("duplicate_counterfactual", ~first, "The same counterfactual is there already."),
        ("identical", identical, "Both sides are equal; a counterfactual must change an input."),
    ):
        # A counterfactual is counted once, under the first reason.
        wrong = wrong & ~left_out
        left_out |= wrong
        index = np.flatnonzero(wrong)
        counts[reason] = len(index)
        if len(index):
            rejects += rejected(changed.take(pa.array(index)), names, source, reason, detail)

    places = np.flatnonzero(left_out)
    changed, own = without_rows(changed, places), without_rows(own, places)
    number = np.delete(number[order], places)
    pairs = _pairs(own, changed, number, names)
    is_unmatched = np.ones(len(firsts), dtype=bool)
    is_unmatched[number] = False
    unmatched = originals.take(pa.array(firsts[is_unmatched]))
    audit = PairingAudit(
        num_pairs=pairs.num_rows,
        num_unmatched_originals=unmatched.num_rows,
        num_duplicate_counterfactual_ids=counts["duplicate_counterfactual"],
        num_identical_pairs=counts["identical"],
        num_rejected_counterfactuals=counts["missing_value"],
        num_differing_beyond_attribute=int(differs_beyond_attribute(pairs, changed, names).sum()),
        num_legitimate_flip_pairs=pc.sum(legitimate_flips(pairs)).as_py() or 0,
        num_zero_weight_pairs=num_zero_weights(pairs, names.weight),
        hash_sum=multiset_hash(pair_rows(pairs, names.id, inputs)),
    )
    return Joined(pairs, unmatched, rejects, audit)


def _pairs(own: pa.Table, changed: pa.Table, number: np.ndarray, names: PairColumns) -> pa.Table:
    """Both sides beside each other, and the number of each pair among those of its original."""
    pairs = own
    for name in changed.column_names:
        if name not in (names.id, names.label, names.weight, COUNTERFACTUAL_INDEX):
            pairs = pairs.append_column(name, changed[name])
    firsts = np.flatnonzero(is_first([pa.array(number)]))
    sizes = np.diff(np.append(firsts, len(number)))
    index = np.arange(len(number)) - np.repeat(firsts, sizes)
    return pairs.append_column(COUNTERFACTUAL_INDEX, pa.array(index.astype(np.int32)))


def _order(changed: pa.Table, number: np.ndarray, inputs: list[str], with_rest: bool) -> np.ndarray:
    """Where the counterfactuals stand in their final order, by the number of their original."""
    keys = {"original": pa.array(number), **content_keys(changed, inputs)}
    if with_rest:
        keys["rest"] = row_strings([canonical(column) for column in changed.columns])
    return sorted_rows(keys)


def content_keys(changed: pa.Table, inputs: list[str]) -> dict[str, pa.Array]:
    """What orders the counterfactuals of one original: their ID, then their content."""
    keys = {}
    if columns.COUNTERFACTUAL_ID in changed.column_names:
        keys["counterfactual_id"] = canonical(changed[columns.COUNTERFACTUAL_ID])
    for feature in inputs:
        keys[f"content of {feature}"] = canonical(changed[columns.counterfactual(feature)])
    return keys


def sorted_rows(keys: dict[str, pa.Array]) -> np.ndarray:
    """The positions of rows in the order of some keys; of equal ones as they stand."""
    batch = pa.RecordBatch.from_pydict(keys)
    return pc.sort_indices(batch, [(key, "ascending") for key in keys]).to_numpy()


def _duplicate_keys(changed: pa.Table, inputs: list[str]) -> dict[str, pa.Array]:
    """What no two counterfactuals of one original may share: their ID, else their content."""
    keys = content_keys(changed, inputs)
    ids = keys.pop("counterfactual_id", None)
    if ids is None:
        return keys
    if ids.null_count:
        rest = row_strings([*keys.values()])
        ids = pc.coalesce(pc.binary_join_element_wise("id", ids, ":"), rest)
    return {"counterfactual_id": ids}
