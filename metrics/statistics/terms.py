"""Flips and gaps by the term that a pair was made with: sums that merge.

A pair belongs to every term that was changed in it. The terms of a report are those of
the pairs, so that they need no slicing feature and no list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from fairflip.metrics.flips import decisions
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import ScoredColumns, read_columns
from fairflip.metrics.statistics.kept_rows import KeptRows
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns

_FEATURE = next(name for name, column in columns.PAIR_SLICES.items() if column == columns.TERM)


@dataclasses.dataclass(frozen=True)
class TermStatistics:
    """Sums over the pairs made with one term; `zero` and `+` make it mergeable.

    Axes: M models, B resampling buckets. Pairs marked as legitimate flips are left out.

    Attributes:
        num_pairs: Pairs, unweighted.
        pairs: [B] their weights; their number where the data has no weights.
        flips: [M, B] weights of those that flip at the first threshold.
        gaps: [M, B] weighted sums of |f(x) - f(x')|, each gap to 2^-32.
        largest_gaps: [M] the largest |f(x) - f(x')|.
        kept_rows: The rows themselves, while they are few.
        num_closed: Originals whose pairs are all counted here.
        open_hashes: [K] uint64, ascending: originals that may have pairs elsewhere.
    """

    num_pairs: int
    pairs: np.ndarray
    flips: np.ndarray
    gaps: np.ndarray
    largest_gaps: np.ndarray
    kept_rows: KeptRows
    num_closed: int
    open_hashes: np.ndarray

    @classmethod
    def zero(cls, spec: StatisticsSpec) -> TermStatistics:
        """The sums over no pairs."""
        m, b = spec.num_models, spec.num_buckets
        return cls(
            num_pairs=0,
            pairs=np.zeros(b),
            flips=np.zeros((m, b)),
            gaps=np.zeros((m, b)),
            largest_gaps=np.zeros(m),
            kept_rows=KeptRows.zero(m, spec.weight_column is not None),
            num_closed=0,
            open_hashes=np.empty(0, np.uint64),
        )

    def __add__(self, other: TermStatistics) -> TermStatistics:
        """The sums over the pairs of both."""
        return TermStatistics(
            num_pairs=self.num_pairs + other.num_pairs,
            pairs=self.pairs + other.pairs,
            flips=self.flips + other.flips,
            gaps=self.gaps + other.gaps,
            largest_gaps=np.maximum(self.largest_gaps, other.largest_gaps),
            kept_rows=self.kept_rows + other.kept_rows,
            num_closed=self.num_closed + other.num_closed,
            open_hashes=np.union1d(self.open_hashes, other.open_hashes),
        )

    @property
    def num_originals(self) -> int:
        """Distinct originals of these pairs."""
        return self.num_closed + len(self.open_hashes)


def term_spec(spec: StatisticsSpec) -> StatisticsSpec:
    """What of a spec counting by term needs."""
    return spec.of_feature(_FEATURE)


def accumulate_terms(
    batches: Sequence[pa.RecordBatch | pa.Table], spec: StatisticsSpec
) -> dict[str, TermStatistics]:
    """Sums over the pairs of some batches by term.

    The pairs of one original must be together, as for `pair_counting.accumulate`.

    Args:
        batches: Scored pairs. Those without a column of terms count for none.
        spec: What to count.

    Returns:
        The sums by term, for every term with at least one pair that counts.

    Raises:
        InputError: The batches do not hold what `spec` says.
    """
    batches = [batch for batch in batches if columns.TERM in batch.schema.names]
    if not batches:
        return {}
    rows = read_columns(batches, term_spec(spec))
    sums_of_terms = {}
    for member in rows.members:
        if member.key.features:
            sums = _sums(rows, member.rows, spec)
            if sums.num_pairs:
                sums_of_terms[member.key.features[0][1]] = sums
    return sums_of_terms


def _sums(rows: ScoredColumns, members: np.ndarray, spec: StatisticsSpec) -> TermStatistics:
    if rows.legitimate is not None:
        members = members[~rows.legitimate[members]]
    if not len(members):
        return TermStatistics.zero(spec)
    assert rows.counterfactual_scores is not None
    before, after = rows.scores[:, members], rows.counterfactual_scores[:, members]
    buckets, threshold = rows.buckets[members], spec.thresholds[0]
    weights = None if rows.weights is None else rows.weights[members]
    gaps = decisions.gaps(before, after)
    flips = decisions.flips(before, after, threshold)

    def by_bucket(values: np.ndarray) -> np.ndarray:
        weighted = values if weights is None else values * weights
        return np.bincount(buckets, weighted, spec.num_buckets)

    firsts = members[np.unique(rows.runs[members], return_index=True)[1]]
    is_open = rows.is_open[firsts]
    return TermStatistics(
        num_pairs=len(members),
        pairs=by_bucket(np.ones(len(members))),
        flips=np.stack([by_bucket(flip.astype(np.float64)) for flip in flips]),
        gaps=np.stack([by_bucket(tables.exactly_addable(gap)) for gap in gaps]),
        largest_gaps=gaps.max(axis=1),
        kept_rows=KeptRows.of(rows, members, firsts),
        num_closed=int((~is_open).sum()),
        open_hashes=np.unique(rows.hashes[firsts[is_open]]),
    )
