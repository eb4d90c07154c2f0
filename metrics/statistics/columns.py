"""From a batch of scored pairs to the NumPy arrays that counting needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.metrics.flips import buckets, slicing
from fairflip.metrics.statistics.slice_sets import SlicesOfSets, slice_groups
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs, legitimate_mask
from fairflip.protos.errors import InputError

__all__ = [
    "NEGATIVE",
    "POSITIVE",
    "UNLABELLED",
    "ScoredColumns",
    "SlicesOfSets",
    "project",
    "read_columns",
]

#: Classes of the label axis.
NEGATIVE = 0
POSITIVE = 1
UNLABELLED = 2
# First bits of hashes that tell N of them apart mostly: log2(N), and so many more.
_MORE_BITS = 3


@dataclasses.dataclass(frozen=True)
class ScoredColumns:
    """N rows of scored originals, with their counterfactuals unless absent.

    Attributes:
        ids: [N] Arrow array of the originals' IDs.
        hashes: [N] uint64 hashes of the IDs.
        originals: [N] uint64 hashes of the same that do not depend on the seed.
        clusters: [N] uint64 hashes of what is drawn together: the originals, or what
            `spec.cluster_column` says.
        buckets: [N] int32 resampling buckets, of whole clusters.
        runs: [N] int64, ascending: rows of one original in this batch share one.
        is_open: [N] bool: the original stands at an edge of its batch, so that
            its rows may go on in another batch.
        labels: [N] int8 label classes, all UNLABELLED without a label column.
        weights: [N] float64, or None when all are 1.
        scores: [M, N] float64 scores of the originals.
        counterfactual_scores: [M, N] float64, or None.
        legitimate: [N] bool, or None when no pair is marked.
        members: The slices and their rows.
        features: The values of the features that these slices ask for, by name.
        table: The rows as they were read.
    """

    ids: pa.Array
    hashes: np.ndarray
    originals: np.ndarray
    clusters: np.ndarray
    buckets: np.ndarray
    runs: np.ndarray
    is_open: np.ndarray
    labels: np.ndarray
    weights: np.ndarray | None
    scores: np.ndarray
    counterfactual_scores: np.ndarray | None
    legitimate: np.ndarray | None
    members: list[slicing.Membership]
    features: dict[str, slicing.FeatureValues]
    table: pa.Table

    @property
    def num_rows(self) -> int:
        """Number of rows, N."""
        return len(self.hashes)

    def slice_groups(
        self, places: Sequence[int], most_sets: int
    ) -> tuple[list[SlicesOfSets], list[int]]:
        """Some of the slices by sets of rows, see `slice_sets.slice_groups`."""
        return slice_groups(self.members, places, self.features, self.runs, most_sets)

    def of_originals(self, slices: Sequence[Sequence[str]]) -> ScoredColumns:
        """The same without counterfactuals, as `read_columns` reads it without them.

        Args:
            slices: Some of those that were read.
        """
        wanted = {(), *map(tuple, slices)}
        members = [
            member
            for member in self.members
            if tuple(name for name, _ in member.key.features) in wanted
        ]
        return dataclasses.replace(
            self, counterfactual_scores=None, legitimate=None, members=members
        )


def read_columns(
    batches: Sequence[pa.RecordBatch | pa.Table],
    spec: StatisticsSpec,
    slices: Sequence[Sequence[str]] | None = None,
    counterfactuals: bool = True,
    must_be_together: bool = False,
) -> ScoredColumns:
    """Reads what counting needs from batches of scored pairs.

    Args:
        batches: Scored pair batches, see `fairflip.protos.columns`. Their rows that are
            controls (`fairflip.protos.edits`) are left out, unless `spec.with_controls`.
        spec: Which columns hold what.
        slices: The slices to find; default: those of `spec`.
        counterfactuals: Whether to read the counterfactuals' scores.
        must_be_together: Whether to refuse rows of one original that do not stand together.

    Returns:
        The rows of all batches, in order; sorted where those of an original were scattered.

    Raises:
        InputError: A column is missing, or holds a missing or NaN score, a
            label other than 0 and 1, or a negative or missing weight; or rows of one
            original are scattered and must not be.
    """
    if not spec.with_controls:
        batches = [identity_pairs(batch) for batch in batches]
    table = _join(batches, spec)
    hashes = buckets.hash_ids(table[spec.id_column], spec.seed)
    is_open = _open_rows(hashes, [batch.num_rows for batch in batches])
    starts_run = np.ones(len(hashes), dtype=bool)
    starts_run[1:] = hashes[1:] != hashes[:-1]
    if _has_repeats(hashes[starts_run & ~is_open]):
        if must_be_together:
            raise InputError(
                f"rows of one original (column {spec.id_column!r}) do not stand together; sort "
                "the pairs by this column"
            )
        order = np.argsort(hashes, kind="stable")
        table = table.take(pa.array(order))
        hashes, is_open = hashes[order], is_open[order]
        starts_run[1:] = hashes[1:] != hashes[:-1]
    ids = _one_chunk(table[spec.id_column])
    originals = buckets.hash_ids(ids) if spec.seed else hashes
    runs = np.cumsum(starts_run, dtype=np.int64) - 1
    clusters = originals
    if spec.cluster_column:
        drawn = _clusters(table, spec.cluster_column, ids)
        clusters = buckets.hash_ids(drawn)
        bucket_of_row = buckets.bucket_of(drawn, spec.num_buckets, spec.seed)
    else:
        of_runs = ids.take(pa.array(np.flatnonzero(starts_run)))
        bucket_of_row = buckets.bucket_of(of_runs, spec.num_buckets, spec.seed)[runs]
    members, features = slicing.memberships_and_values(
        table, spec.slices if slices is None else slices
    )
    return ScoredColumns(
        ids=ids,
        hashes=hashes,
        originals=originals,
        clusters=clusters,
        buckets=bucket_of_row,
        runs=runs,
        is_open=is_open,
        labels=_labels(table, spec.label_column),
        weights=_weights(table, spec.weight_column),
        scores=np.stack([_scores(table, columns.score(m)) for m in spec.models]),
        counterfactual_scores=(
            np.stack([_scores(table, columns.counterfactual_score(m)) for m in spec.models])
            if counterfactuals
            else None
        ),
        legitimate=_legitimate(table) if counterfactuals else None,
        members=members,
        features=features,
        table=table,
    )


def project(batch: pa.RecordBatch | pa.Table, spec: StatisticsSpec) -> pa.RecordBatch | pa.Table:
    """The batch with only the columns that counting reads."""
    present = set(batch.schema.names)
    return batch.select([name for name in spec.needed_columns if name in present])


def _join(batches: Sequence[pa.RecordBatch | pa.Table], spec: StatisticsSpec) -> pa.Table:
    if not batches:
        raise ValueError("no batches to count")
    tables = [
        pa.Table.from_batches([batch]) if isinstance(batch, pa.RecordBatch) else batch
        for batch in (project(batch, spec) for batch in batches)
    ]
    for name in (spec.id_column, spec.label_column, spec.weight_column):
        if name and any(name not in table.schema.names for table in tables):
            raise InputError(f"column {name!r} is not in the scored pairs; check the data's fields")
    if all(table.schema.equals(tables[0].schema) for table in tables[1:]):
        return pa.concat_tables(tables)
    return pa.concat_tables(tables, promote_options="permissive")


def _open_rows(hashes: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Marks the rows of originals that touch the first or last row of a batch."""
    ends = np.cumsum(np.array(sizes, dtype=np.int64))
    ends = ends[np.array(sizes) > 0]
    if not len(ends):
        return np.zeros(0, dtype=bool)
    starts = np.concatenate([[0], ends[:-1]])
    edges = np.union1d(hashes[starts], hashes[ends - 1])
    # Rows whose first bits are those of an edge are few, and only these are compared.
    first_bits = np.uint64(48)
    may_be = np.zeros(1 << 16, dtype=bool)
    may_be[edges >> first_bits] = True
    rows = np.flatnonzero(may_be[hashes >> first_bits])
    is_open = np.zeros(len(hashes), dtype=bool)
    is_open[rows[np.isin(hashes[rows], edges)]] = True
    return is_open


def _has_repeats(hashes: np.ndarray) -> bool:
    """Whether two of [N] uint64 hashes are the same, found without sorting them all."""
    bits = len(hashes).bit_length() + _MORE_BITS
    slots = (hashes >> np.uint64(64 - bits)).astype(np.int64)
    # Of those in one slot one is its owner; most are alone in theirs.
    numbers, owners = np.arange(len(hashes), dtype=np.int32), np.empty(1 << bits, np.int32)
    owners[slots] = numbers
    own = owners[slots]
    others = np.flatnonzero(own != numbers)
    suspects = hashes[np.concatenate([others, np.unique(own[others])])]
    return len(np.unique(suspects)) != len(suspects)


def _clusters(table: pa.Table, name: str, ids: pa.Array) -> pa.Array:
    """What each row is drawn with, as text; an original without one is drawn by itself."""
    if name not in table.schema.names:
        raise InputError(
            f"column {name!r} is not in the scored pairs; evaluation.cluster_feature must name a "
            "column of the data"
        )
    column = _one_chunk(table[name])
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
        if (lengths <= 1).all():
            at = np.where(lengths > 0, np.cumsum(lengths) - 1, -1)
            column = pc.list_flatten(column).take(pa.array(at, mask=at < 0))
            kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_floating(kind):
        raise InputError(
            f"column {name!r} is of type {kind}; evaluation.cluster_feature must name a column "
            "with one text or whole number in each row"
        )
    # Told from IDs, so that no original joins a cluster of its name.
    given = pc.binary_join_element_wise("cluster", column.cast(pa.string()), ":")
    return pc.coalesce(given, pc.binary_join_element_wise("id", ids.cast(pa.string()), ":"))


def _one_chunk(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    joined = column.combine_chunks()
    if isinstance(joined, pa.ChunkedArray):
        joined = pa.concat_arrays(joined.chunks) if joined.num_chunks else pa.array([], joined.type)
    return joined


def _floats(table: pa.Table, name: str) -> np.ndarray:
    """The column as float64 with NaN for null."""
    if name not in table.schema.names:
        raise InputError(f"column {name!r} is not in the scored pairs; check the data's fields")
    column = _one_chunk(table[name])
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        flat = pc.list_flatten(column)
        if len(flat) != len(column):
            raise InputError(f"column {name!r} must hold one number in each row, not a list")
        column = flat
    try:
        return column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"column {name!r} is of type {column.type}; it must hold numbers"
        ) from error


def _refuse(name: str, wrong: np.ndarray, what: str, cure: str) -> None:
    if wrong.any():
        raise InputError(
            f"column {name!r} holds {what} in {int(wrong.sum())} of {len(wrong)} rows, first in "
            f"row {int(np.argmax(wrong))} of its batch; {cure}"
        )


def _scores(table: pa.Table, name: str) -> np.ndarray:
    values = _floats(table, name)
    _refuse(name, np.isnan(values), "a missing or NaN score", "score these rows or leave them out")
    return values


def _labels(table: pa.Table, name: str | None) -> np.ndarray:
    if name is None:
        return np.full(table.num_rows, UNLABELLED, dtype=np.int8)
    values = _floats(table, name)
    missing = np.isnan(values)
    wrong = ~missing & (values != 0.0) & (values != 1.0)
    _refuse(name, wrong, "a label other than 0 and 1", "set data.label_threshold or mend them")
    return np.where(missing, UNLABELLED, values == 1.0).astype(np.int8)


def _weights(table: pa.Table, name: str | None) -> np.ndarray | None:
    if name is None:
        return None
    values = _floats(table, name)
    wrong = ~(np.isfinite(values) & (values >= 0.0))
    _refuse(name, wrong, "a weight that is missing, infinite or negative", "give each a weight")
    return values


def _legitimate(table: pa.Table) -> np.ndarray | None:
    marked = legitimate_mask(table)
    return marked if marked.any() else None
