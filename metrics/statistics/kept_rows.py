"""The rows of a slice, kept as they are while they are few.

Rows say more than sums: which cluster each came from, so that an interval depends on no
hash; the scores themselves, so that AUC is exact and a threshold can be matched. So a
slice keeps its rows up to `MAX_CLUSTERS` clusters and `MAX_ROWS` rows. Beyond it keeps a
uniform sample of originals, which serves to place cells of about equal weight.

What is kept is decided by sizes that only grow when parts are merged, so the outcome is
the same in any order and on any number of workers.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import numpy as np

from fairflip.metrics.statistics.columns import ScoredColumns
from fairflip.metrics.sums.stacked import each, even, ragged
from fairflip.metrics.sums.sum_columns import of_each

#: Clusters up to which no number of a slice depends on the seed.
MAX_CLUSTERS = 10_000
#: Rows of one slice: its clusters may have any number of counterfactuals.
MAX_ROWS = 200_000
#: Originals in the sample of a larger slice.
SAMPLE_SIZE = 20_000
_LAST = np.uint64(2**64 - 1)
_ROWS = ("clusters", "originals", "labels", "weights", "scores")
#: Bytes that all slices together may hold, in a worker's sums and in the end.
BUDGET_BYTES = 128 << 20


@dataclasses.dataclass(frozen=True)
class KeptRows:
    """Rows of one slice, all of them or a sample; `+` merges.

    Attributes:
        clusters: [K] uint64, a hash of the cluster that does not depend on the seed.
        originals: [K] uint64, the same of the originals; None: the clusters are these.
        labels: [K] uint8 label classes.
        weights: [K] float64; None: no weights.
        scores: [K, C] float64: by model the scores of the originals, then, of pairs while
            all rows are kept, those of the counterfactuals.
        num_models: M.
        num_rows: Rows of the slice, kept or not.
        limit: Most rows that may be kept.
        weight_range: [2] smallest and largest weight of the slice.
        is_complete: Whether all rows are kept. Else one for each of the originals with
            the smallest hashes.
        one_row_each: Whether rows are distinct originals, of which two are one.
    """

    clusters: np.ndarray
    originals: np.ndarray | None
    labels: np.ndarray
    weights: np.ndarray | None
    scores: np.ndarray
    num_models: int
    num_rows: int
    limit: int
    weight_range: np.ndarray
    is_complete: bool
    one_row_each: bool

    @classmethod
    def zero(cls, num_models: int, is_weighted: bool, one_row_each: bool = False) -> KeptRows:
        """No rows."""
        return cls(
            clusters=np.empty(0, np.uint64),
            originals=None,
            labels=np.empty(0, np.uint8),
            weights=np.empty(0) if is_weighted else None,
            scores=np.empty((0, num_models if one_row_each else 2 * num_models)),
            num_models=num_models,
            num_rows=0,
            limit=MAX_ROWS,
            weight_range=np.array([np.inf, -np.inf]),
            is_complete=True,
            one_row_each=one_row_each,
        )

    @classmethod
    def of(
        cls,
        columns: ScoredColumns,
        members: np.ndarray,
        firsts: np.ndarray,
        one_row_each: bool = False,
        sample: KeptRows | None = None,
    ) -> KeptRows:
        """The rows of one slice of a batch.

        Args:
            columns: The batch.
            members: Positions of the slice's rows; rows of one original are together.
            firsts: Those of them that are the first of an original.
            one_row_each: Keep these alone, and the originals' scores.
            sample: What is kept where rows of the same originals are counted one for each pair.
        """
        zero = cls.zero(len(columns.scores), columns.weights is not None, one_row_each)
        chosen = firsts if one_row_each else members
        is_clustered = columns.clusters is not columns.originals
        num_clusters = len(np.unique(columns.clusters[firsts])) if is_clustered else len(firsts)
        is_complete = num_clusters <= MAX_CLUSTERS and len(chosen) <= MAX_ROWS
        num_rows = len(chosen)
        weights = columns.weights
        weight_range = zero.weight_range
        if num_rows:
            w = np.ones(1) if weights is None else weights[members]
            weight_range = np.array([w.min(), w.max()])
        if not is_complete and sample is not None and not sample.is_complete:
            return dataclasses.replace(
                sample, num_rows=num_rows, weight_range=weight_range, one_row_each=one_row_each
            )
        if not is_complete:
            # In their order, since samples that ascend merge fast.
            ids = columns.originals[firsts]
            in_order = firsts if _ascend(ids) else firsts[np.argsort(ids)]
            chosen = in_order[:SAMPLE_SIZE]
        sides = [columns.scores]
        if is_complete and not one_row_each:
            assert columns.counterfactual_scores is not None
            sides.append(columns.counterfactual_scores)
        return dataclasses.replace(
            zero,
            clusters=columns.clusters[chosen],
            originals=columns.originals[chosen] if is_clustered else None,
            labels=columns.labels[chosen].astype(np.uint8),
            weights=None if weights is None else weights[chosen],
            scores=np.concatenate([side[:, chosen] for side in sides]).T,
            num_rows=num_rows,
            weight_range=weight_range,
            is_complete=is_complete,
        )

    @classmethod
    def of_slices(
        cls,
        columns: ScoredColumns,
        index: np.ndarray,
        sizes: np.ndarray,
        one_row_each: bool = False,
    ) -> KeptRows:
        """The rows of many slices of a batch, of which each keeps all, as a stand-in.

        Args:
            columns: The batch, without weights, where originals are what is drawn.
            index: Positions of the slices' rows, one slice behind the other.
            sizes: [S] rows of each slice, at most `MAX_CLUSTERS`.
            one_row_each: Whether rows are distinct originals, of which the scores are kept.

        Returns:
            What `sums.stacked` makes the rows of S slices of.
        """
        sides = [columns.scores]
        if not one_row_each:
            assert columns.counterfactual_scores is not None
            sides.append(columns.counterfactual_scores)
        scores = np.ascontiguousarray(np.concatenate([side[:, index] for side in sides]).T)
        zero = cls.zero(len(columns.scores), False, one_row_each)
        return dataclasses.replace(
            zero,
            clusters=ragged(columns.clusters[index], sizes),
            labels=ragged(columns.labels[index].astype(np.uint8), sizes),
            scores=ragged(scores, sizes),
            num_rows=each(sizes.tolist()),
            weight_range=even(np.where(sizes[:, None] > 0, np.ones(2), zero.weight_range)),
        )

    def __add__(self, other: KeptRows) -> KeptRows:
        """The rows of both."""
        if not other.num_rows and self.num_rows:
            return self.limited(other.limit)
        if not self.num_rows:
            return other.limited(self.limit)
        limit = min(self.limit, other.limit)
        is_complete = self.is_complete and other.is_complete
        parts, order = [self, other], None
        if not is_complete:
            parts, order = _sample_of_both(self, other, min(SAMPLE_SIZE, limit))

        def joined(name: str) -> Any:
            one, two = (getattr(part, name) for part in parts)
            if one is None or two is None:
                return None
            both = np.concatenate([one, two])
            return both if order is None else both[order]

        least, most = zip(self.weight_range, other.weight_range, strict=True)
        rows = dataclasses.replace(
            self,
            **{name: joined(name) for name in _ROWS},
            num_rows=self.num_rows + other.num_rows,
            limit=limit,
            weight_range=np.array([min(least), max(most)]),
            is_complete=is_complete,
        )
        if not is_complete:
            return rows
        if rows.one_row_each:
            rows = rows._distinct()
            rows = dataclasses.replace(rows, num_rows=len(rows.clusters))
        return rows.limited(limit)

    def limited(self, limit: int) -> KeptRows:
        """The same with at most so many rows, and `MAX_CLUSTERS` where all are kept."""
        limit = min(limit, self.limit)
        fits = self.num_rows <= limit and self.is_complete
        if fits and len(self.clusters) > MAX_CLUSTERS:
            # There are at most as many clusters as stretches of rows of one, which need no sort.
            changes = np.count_nonzero(self.clusters[1:] != self.clusters[:-1])
            fits = changes < MAX_CLUSTERS or self.num_clusters <= MAX_CLUSTERS
        if fits:
            return dataclasses.replace(self, limit=limit)
        return dataclasses.replace(self, limit=limit)._sampled()

    def is_sample_of(self, other: KeptRows) -> bool:
        """Whether both hold the same labels, weights and scores, one for each original."""
        names = ("labels", "weights", "scores")
        return not (self.is_complete or other.is_complete) and all(
            np.array_equal(getattr(self, name), getattr(other, name)) for name in names
        )

    @functools.cached_property
    def num_clusters(self) -> int:
        """Distinct clusters among the rows that are kept."""
        return len(np.unique(self.clusters))

    @property
    def nbytes(self) -> int:
        """Bytes that the rows take."""
        arrays = (self.clusters, self.originals, self.labels, self.weights, self.scores)
        return sum(array.nbytes for array in arrays if array is not None)

    @property
    def bytes_a_row(self) -> int:
        """Bytes of each row while all are kept."""
        columns = self.num_models * (1 if self.one_row_each else 2)
        others = (self.weights is not None) + (self.originals is not None)
        return 8 * (columns + 1 + others) + 1

    def take(self, positions: Any) -> KeptRows:
        """The rows at some positions."""
        return dataclasses.replace(
            self,
            clusters=self.clusters[positions],
            originals=None if self.originals is None else self.originals[positions],
            labels=self.labels[positions],
            weights=None if self.weights is None else self.weights[positions],
            scores=self.scores[positions],
        )

    def in_order(self) -> KeptRows:
        """The rows in an order that depends on nothing but the rows."""
        keys: list[np.ndarray] = []
        if self.weights is not None:
            # Sums of weights depend on their order in the last bits.
            keys = [*self.scores.T[::-1], self.weights]
        if self.originals is not None:
            keys.append(self.originals)
        return self.take(np.lexsort([*keys, self.clusters]))

    @property
    def ids(self) -> np.ndarray:
        """[K] uint64 hashes of the originals."""
        return self.clusters if self.originals is None else self.originals

    def _distinct(self) -> KeptRows:
        """One row for each original, in the order of their hashes."""
        if _ascend(self.ids):
            return self
        return self.take(np.unique(self.ids, return_index=True)[1])

    def _sampled(self) -> KeptRows:
        """The originals with the smallest hashes, one row and the originals' scores each."""
        size = min(SAMPLE_SIZE, self.limit)
        limited = dataclasses.replace(
            self, scores=self.scores[:, : self.num_models], is_complete=False
        )
        return limited._distinct().take(slice(size))


def _sample_of_both(one: KeptRows, other: KeptRows, size: int) -> tuple[list[KeptRows], np.ndarray]:
    """Those rows of both that can be in their sample, and the order in which they are it."""
    last, ascends = _LAST, [_ascend(part.ids) for part in (one, other)]
    for part, is_ascending in zip((one, other), ascends, strict=True):
        # A sample that is full: no row behind it is in that of both.
        if not part.is_complete and len(part.ids) >= size and is_ascending:
            last = min(last, part.ids[size - 1])
    parts = []
    for part, is_ascending in zip((one, other), ascends, strict=True):
        rows = part
        if last != _LAST and is_ascending:
            rows = part.take(slice(int(np.searchsorted(part.ids, last, side="right"))))
        elif last != _LAST:
            rows = part.take(np.flatnonzero(part.ids <= last))
        parts.append(dataclasses.replace(rows, scores=rows.scores[:, : rows.num_models]))
    ids = np.concatenate([part.ids for part in parts])
    if all(ascends):
        order = _merging(*(part.ids for part in parts))
    else:
        order = np.argsort(ids, kind="stable")
    ids = ids[order]
    is_first = np.ones(len(ids), bool)
    np.not_equal(ids[1:], ids[:-1], out=is_first[1:])
    return parts, order[is_first][:size]


def _merging(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """The stable order of two arrays that ascend, one behind the other."""
    places = np.searchsorted(one, other, side="right") + np.arange(len(other))
    is_other = np.zeros(len(one) + len(other), bool)
    is_other[places] = True
    order = np.empty(len(is_other), np.int64)
    order[places] = np.arange(len(one), len(is_other))
    order[~is_other] = np.arange(len(one))
    return order


def _ascend(ids: np.ndarray) -> bool:
    """Whether each is greater than the one before."""
    return bool((ids[1:] > ids[:-1]).all())


class Rows(Protocol):
    """Rows that a slice keeps."""

    @property
    def num_rows(self) -> int:
        """How many the slice has."""

    @property
    def bytes_a_row(self) -> int:
        """How many bytes each takes."""

    def limited(self, limit: int) -> Any:
        """The same with at most so many."""


class HoldsRows(Protocol):
    """Sums with rows beside them."""

    @property
    def kept_rows(self) -> Rows:
        """The rows."""


Sums = TypeVar("Sums", bound=HoldsRows)
Key = TypeVar("Key")


def within_budget(sums: Mapping[Key, Sums]) -> Mapping[Key, Sums]:
    """The sums of all slices, whose rows together take at most `BUDGET_BYTES`.

    The limit is the largest of `MAX_ROWS`, half of it, a quarter … at which the slices,
    each cut there, fit. It only shrinks as slices grow, so that a worker that drops
    the rows of a slice drops none that the whole would have kept.

    Returns:
        The mapping itself where nothing is dropped.
    """
    if not sums:
        return sums
    rows = np.array(of_each(sums, "kept_rows", "num_rows"))
    # Rows of one kind of sums differ in whether they name their originals: 8 bytes.
    most = next(iter(sums.values())).kept_rows.bytes_a_row + 8
    if np.minimum(rows, MAX_ROWS).sum() * most <= BUDGET_BYTES:
        return sums
    bytes_a_row = max(one.kept_rows.bytes_a_row for one in sums.values())
    limit = MAX_ROWS
    while limit > 1 and np.minimum(rows, limit).sum() * bytes_a_row > BUDGET_BYTES:
        limit //= 2
    if limit == MAX_ROWS:
        return sums
    return {
        key: dataclasses.replace(one, kept_rows=one.kept_rows.limited(limit))  # type: ignore[type-var]
        for key, one in sums.items()
    }
