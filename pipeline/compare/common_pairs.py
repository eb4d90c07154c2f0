"""The pairs that two runs share, row beside row, by what is in them.

Two pairs are the same where the pair set takes them for one: the original's ID, the inputs on
both sides, and whether a flip is legitimate (`records.pairing_audit.pair_rows`). Where a run
left its texts out, pairs are matched by ID and number, if the fingerprints of both pair sets
agree.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.compare.finished_runs import FinishedRun
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.records.pairing_audit import canonical, pair_rows, row_strings
from fairflip.protos import columns
from fairflip.protos.comparison_pb2 import CommonPairs
from fairflip.protos.edits import control_mask
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import quote
from fairflip.protos.id_hash import hash_texts


@dataclasses.dataclass(frozen=True)
class JoinedPairs:
    """The common rows of two runs: N pairs, controls among them.

    Attributes:
        reference: The rows of the reference, with all that the run read.
        other: The same pairs in the other run, row by row.
        overlap: What is common and what is not.
    """

    reference: pa.Table
    other: pa.Table
    overlap: CommonPairs


def join_pairs(reference: FinishedRun, other: FinishedRun) -> JoinedPairs:
    """Brings the same pairs of two runs side by side.

    Raises:
        InputError: They have no pair in common, or cannot tell: a run without texts whose
            pair set is another.
    """
    tables = [run.scored_pairs() for run in (reference, other)]
    keys = _keys(tables, (reference, other))
    rows, other_rows = _matched(*keys)
    controls = [control_mask(table) for table in tables]
    num_pairs = [int((~mask).sum()) for mask in controls]
    num_controls = [int(mask.sum()) for mask in controls]
    num_common = int((~controls[0][rows]).sum())
    if not num_common:
        raise InputError(
            f"{quote(reference.folder)} and {quote(other.folder)} have no pair in common; "
            "evaluate both models on the same pairs (--pairs OUT/pairs/*.parquet)"
        )
    joined = [
        table.take(pa.array(chosen)).combine_chunks()
        for table, chosen in zip(tables, (rows, other_rows), strict=True)
    ]
    num_common_controls = len(rows) - num_common
    names = PairColumns.of(reference.config.data)
    overlap = CommonPairs(
        is_same_set=num_common == num_pairs[0] == num_pairs[1],
        num_common=num_common,
        num_only_in_reference=num_pairs[0] - num_common,
        num_only_in_run=num_pairs[1] - num_common,
        has_same_controls=num_common_controls == num_controls[0] == num_controls[1],
        num_common_controls=num_common_controls,
        num_differing_labels=_num_differing(joined[0], joined[1], names.label, names.id),
        num_differing_weights=_num_differing(joined[0], joined[1], names.weight, names.id),
    )
    return JoinedPairs(joined[0], joined[1], overlap)


def _keys(tables: list[pa.Table], runs: tuple[FinishedRun, FinishedRun]) -> list[np.ndarray]:
    """[N] uint64 of the rows of each table: equal where the pairs are."""
    reference = runs[0]
    names = PairColumns.of(reference.config.data)
    ids = [PairColumns.of(run.config.data).id for run in runs]
    for table, run, name in zip(tables, runs, ids, strict=True):
        if name not in table.column_names:
            raise InputError(f"{quote(run.folder)}: its scored pairs have no column {name!r}")
    inputs = list(names.inputs or (names.text,))
    both = [name for feature in inputs for name in (feature, columns.counterfactual(feature))]
    if all(set(both) <= set(table.column_names) for table in tables):
        strings = [pair_rows(table, name, inputs) for table, name in zip(tables, ids, strict=True)]
    elif _same_sets(*runs):
        strings = [_numbered(table, name) for table, name in zip(tables, ids, strict=True)]
    else:
        raise InputError(
            f"the pairs of {quote(runs[0].folder)} and {quote(runs[1].folder)} cannot be matched: "
            "a run left its texts out, and their pair sets differ; evaluate both on one pair set, "
            "or without no_text"
        )
    return [
        hash_texts(_with_edit(table, rows).cast(pa.binary()).to_numpy(zero_copy_only=False))
        for table, rows in zip(tables, strings, strict=True)
    ]


def _same_sets(one: FinishedRun, other: FinishedRun) -> bool:
    first, second = one.report.pairing, other.report.pairing
    same = first.pair_set_sha256 == second.pair_set_sha256
    return bool(first.pair_set_sha256) and same


def _numbered(table: pa.Table, id_feature: str) -> pa.Array:
    """The ID and the number of each pair among those of its original."""
    if columns.COUNTERFACTUAL_INDEX not in table.column_names:
        raise InputError(f"scored pairs have no column {columns.COUNTERFACTUAL_INDEX!r}; run again")
    return row_strings(
        [canonical(table[id_feature]), canonical(table[columns.COUNTERFACTUAL_INDEX])]
    )


def _with_edit(table: pa.Table, rows: pa.Array) -> pa.Array:
    """A control is never taken for a pair that reads the same."""
    mark = np.where(control_mask(table), "c", "i")
    return pc.binary_join_element_wise(pa.array(mark), rows, "")


def _matched(keys: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of equal keys in both, in the order of the first.

    A key that stands n times in one and m times in the other is matched min(n, m) times.
    """
    _, rows, other_rows = np.intersect1d(
        _told_apart(keys), _told_apart(other), assume_unique=True, return_indices=True
    )
    order = np.argsort(rows)
    return rows[order], other_rows[order]


def _told_apart(keys: np.ndarray) -> np.ndarray:
    """Keys of which those that stand several times are numbered."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    is_first = np.ones(len(keys), bool)
    is_first[1:] = ordered[1:] != ordered[:-1]
    starts = np.flatnonzero(is_first)
    rank = np.empty(len(keys), np.uint64)
    rank[order] = np.arange(len(keys)) - starts[np.cumsum(is_first) - 1]
    # An odd factor spreads ranks over all bits: sums meet by chance once in 2**64.
    return keys + rank * np.uint64(0x9E3779B97F4A7C15)


def _num_differing(reference: pa.Table, other: pa.Table, feature: str, id_feature: str) -> int:
    """How many common originals have another value of a feature; 0 where one run has none."""
    if not feature or not all(feature in table.column_names for table in (reference, other)):
        return 0
    one, two = canonical(reference[feature]), canonical(other[feature])
    differs = pc.fill_null(pc.not_equal(one, two), False)
    differs = pc.or_(differs, pc.xor(pc.is_null(one), pc.is_null(two)))
    return len(pc.unique(canonical(reference[id_feature]).filter(differs)))
