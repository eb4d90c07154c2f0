"""One slice's rates of controls and excess, with their intervals, from its sums and rows.

While a slice keeps its rows (`fairflip.metrics.controls.kept_rows`), every number is of these.
Of a larger one, rates and interval A are of sums over hashed buckets. What terms and words
differ in comes from the rows of a sample of its originals, each weighing more; so do all
numbers at a matched threshold, whose intervals then are those of the sample.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from fairflip.metrics.controls.kept_rows import ControlRows
from fairflip.metrics.controls.statistics import CONTROL, ControlStatistics
from fairflip.metrics.flips import decisions
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.intervals.bucket_sums import Floats
from fairflip.metrics.intervals.excess import (
    ExcessEstimate,
    TopTerm,
    excess_mean,
    excess_rate,
    top_term,
)
from fairflip.metrics.intervals.excess_sums import (
    ExcessSums,
    KeyedSums,
    PairsAndControls,
    Words,
)
from fairflip.metrics.intervals.rates_and_means import (
    DifferenceEstimate,
    IntervalEstimate,
    mean_interval,
    rate_difference,
    rate_interval,
)
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.spec import StatisticsSpec

#: Ways to flip: to positive, to negative, and either.
RISES, FALLS, BOTH = 0, 1, 2
# Flips by row and column that are held as numbers at a time: 32 MiB.
_CELLS_AT_ONCE = 1 << 22


class Columns(NamedTuple):
    """Values of the kept pairs and controls, in K columns, such as one for each threshold.

    Attributes:
      identity: [P, K] flips or gaps of the pairs.
      controls: [C, K] of the controls.
      by_bucket: [2, B, K] sums over all pairs and controls, if all rows are not kept; None:
        the sample says all.
    """

    identity: np.ndarray
    controls: np.ndarray
    by_bucket: Floats | None

    def part(self, start: int, stop: int) -> Columns:
        """Some of the columns."""
        sums = None if self.by_bucket is None else self.by_bucket[..., start:stop]
        return Columns(self.identity[:, start:stop], self.controls[:, start:stop], sums)

    @classmethod
    def beside(cls, several: Sequence[Columns]) -> Columns:
        """The columns of all, one after the other, of the same pairs."""
        sums = [columns.by_bucket for columns in several if columns.by_bucket is not None]
        return cls(
            np.concatenate([columns.identity for columns in several], axis=1),
            np.concatenate([columns.controls for columns in several], axis=1),
            np.concatenate(sums, axis=-1) if sums else None,
        )

    def minus(self, other: Columns) -> Columns:
        """These values less others of the same pairs, such as another model's."""
        both = self.by_bucket is not None and other.by_bucket is not None
        return Columns(
            self.identity.astype(np.float64) - other.identity,
            self.controls.astype(np.float64) - other.controls,
            self.by_bucket - other.by_bucket if both else None,  # type: ignore[operator]
        )


class ControlEstimates(NamedTuple):
    """Estimates in K columns.

    Attributes:
      control: Rate (or mean gap) of the controls.
      excess: That of the pairs which have a control, less this one. Interval B is NaN, and
        effective terms are 0, where it is not known of all rows what they edit, or was not asked.
      top: The term that moves the excess most, where that was asked for.
    """

    control: IntervalEstimate
    excess: ExcessEstimate
    top: TopTerm | None = None


def slices_with_controls(
    controls: Mapping[SliceKey, ControlStatistics],
    keys: Sequence[SliceKey],
    num_clusters: Sequence[int],
    spec: StatisticsSpec,
) -> Iterator[tuple[int, SliceControls]]:
    """The slices in which some pair has a control.

    Args:
      controls: The sums of pairs and controls, by slice, with nothing pending.
      keys: Slices.
      num_clusters: Of each of them.
      spec: What was counted.

    Yields:
      The place of each such slice among the keys, and its pairs.
    """
    for place, key in enumerate(keys):
        statistics = controls.get(key)
        if statistics is None or not statistics.num_with_control:
            continue
        size = num_clusters[place] if spec.cluster_column else statistics.num_originals
        yield place, SliceControls(statistics, size, spec)


def same_group_rates(
    statistics: ControlStatistics, num_clusters: int, spec: StatisticsSpec
) -> list[IntervalEstimate]:
    """By model, how often swaps within one group flip at the ascending thresholds of a spec.

    Clusters are drawn, as for the rate of any pairs; those without such a swap say nothing.

    Args:
      statistics: Of a slice in which some pair has such a swap, with nothing pending.
      num_clusters: Clusters of the slice.
      spec: What was counted.
    """
    rows = statistics.kept_swaps.in_order()
    weights, rates = statistics.swaps, []
    own = np.ones(len(rows.originals)) if rows.weights is None else rows.weights
    keys, cluster = np.unique(rows.clusters, return_inverse=True)
    thresholds = np.asarray(spec.ascending_thresholds, np.float64)
    for model in range(spec.num_models):
        flips, num = statistics.swap_flips[model], num_clusters
        if rows.is_complete:
            # One entry more than there are clusters, so that there are two at least.
            weights = np.bincount(cluster, own, len(keys) + 1)
            sides = rows.scores[:, [model, rows.num_models + model]]
            flips = np.zeros((len(weights), len(thresholds)))
            for t, threshold in enumerate(thresholds):
                chosen = own * decisions.flips(sides[:, 0], sides[:, 1], threshold)
                flips[:, t] = np.bincount(cluster, chosen, len(weights))
            num = len(keys)
        flips = np.minimum(flips, weights[:, None])
        is_exact = rows.is_complete
        rates.append(rate_interval(flips, weights, num, spec.confidence_level, False, is_exact))
    return rates


class SliceControls:
    """The pairs of a slice that have a control, ready for any number of columns.

    Attributes:
      statistics: The slice's sums.
      num_originals_sampled: Of how many originals the rows are, where they are not all; 0:
        they are all.
    """

    def __init__(self, statistics: ControlStatistics, num_clusters: int, spec: StatisticsSpec):
        """Takes the sums of a slice in which some pair has a control.

        Args:
          statistics: With nothing pending.
          num_clusters: Clusters of the slice.
          spec: What was counted.
        """
        rows = statistics.kept_rows.in_order()
        self.statistics, self._rows, self._spec = statistics, rows, spec
        self.num_originals_sampled = 0 if rows.is_complete else len(np.unique(rows.originals))
        self._level = spec.confidence_level
        weights = np.ones(len(rows.originals)) if rows.weights is None else rows.weights
        if not rows.is_complete and weights.sum() > 0:
            weights = weights * (statistics.pairs.sum() / weights.sum())
        self._weights = weights
        self._num_clusters = None if rows.is_complete else num_clusters
        self._is_known = bool(rows.num_items.all() and rows.num_words.all())

    def flips(self, model: int, way: int, thresholds: Floats, is_matched: bool = False) -> Columns:
        """Flips of one model, a column for each threshold.

        Args:
          model: Its index.
          way: `RISES`, `FALLS` or `BOTH`.
          thresholds: [K].
          is_matched: Whether these are no thresholds of the spec, ascending.
        """
        rows, limits = self._rows, np.asarray(thresholds, np.float64)
        before = rows.scores[:, model, None] > limits
        after = rows.scores[:, rows.num_models + model, None] > limits
        controls = rows.control_scores[:, model, None] > limits
        own = before[rows.pair_of]
        identity, other = before != after, own != controls
        if way == RISES:
            identity, other = identity & after, other & controls
        elif way == FALLS:
            identity, other = identity & before, other & own
        sums = None
        if not (rows.is_complete or is_matched):
            flips = self.statistics.flips[:, :, model]
            sums = flips.sum(axis=1) if way == BOTH else flips[:, way]
        return Columns(identity, other, sums)

    def gaps(self, model: int) -> Columns:
        """The gaps of one model, in one column."""
        rows = self._rows
        before, after = rows.scores[:, model], rows.scores[:, rows.num_models + model]
        identity = decisions.gaps(before, after)
        controls = decisions.gaps(before[rows.pair_of], rows.control_scores[:, model])
        sums = None if rows.is_complete else self.statistics.gaps[:, model, :, None]
        return Columns(
            tables.exactly_addable(identity)[:, None],
            tables.exactly_addable(controls)[:, None],
            sums,
        )

    def rates(
        self, columns: Columns, over_words: bool = True, with_top: bool = False
    ) -> ControlEstimates:
        """Rates of controls and excess flip rates.

        Args:
          columns: Flips.
          over_words: Whether to find interval B, for which words must be added up; else it is NaN.
          with_top: Whether to find the term that moves the excess most.
        """
        estimates = []
        for part in self._parts(columns):
            sums, num_clusters = self._sums(part, with_top, over_words)
            weights, controls, num = self._by_cluster(sums, num_clusters)
            control = rate_interval(
                np.minimum(controls, weights[:, None]),
                weights,
                num,
                self._level,
                False,
                num_clusters is None,
            )
            excess = excess_rate(sums, self._level, num_clusters)
            top = self._top(sums) if with_top else None
            estimates.append(ControlEstimates(control, self._told(excess, over_words), top))
        return _joined(estimates)

    def mean_gaps(self, model: int, is_bounded: bool) -> ControlEstimates:
        """The mean gap of controls and the excess of gaps, in one column."""
        columns = self.gaps(model)
        sums, num_clusters = self._sums(columns)
        weights, controls, num = self._by_cluster(sums, num_clusters)
        is_bounded = is_bounded and bool((columns.controls <= 1.0).all())
        control = mean_interval(
            controls,
            weights,
            num,
            self._level,
            (0.0, 1.0) if is_bounded else None,
            num_clusters is None,
        )
        bounds = (-1.0, 1.0) if is_bounded else None
        excess = excess_mean(sums, self._level, bounds, num_clusters)
        control = control._replace(lower=np.maximum(control.lower, 0.0))
        return ControlEstimates(control, self._told(excess))

    def differences(
        self, candidate: Columns, baseline: Columns
    ) -> tuple[DifferenceEstimate, ExcessEstimate]:
        """Candidate - baseline on the same pairs: of control rates, and of the excess."""
        estimates = []
        both = zip(self._parts(candidate), self._parts(baseline), strict=True)
        for one, other in both:
            sums, num_clusters = self._sums(one.minus(other))
            weights, controls, num = self._by_cluster(sums, num_clusters)
            control = rate_difference(
                controls,
                np.zeros_like(controls),
                weights,
                num,
                self._level,
                num_clusters is None,
            )
            excess = excess_rate(sums, self._level, num_clusters, is_difference=True)
            estimates.append((control, self._told(excess)))
        return _joined(estimates)

    def _parts(self, columns: Columns) -> list[Columns]:
        """The columns in groups that are small enough to be held as numbers."""
        rows, size = sum(map(len, columns[:2])), columns.identity.shape[1]
        step = max(1, _CELLS_AT_ONCE // max(rows, 1))
        return [columns.part(start, start + step) for start in range(0, size, step)]

    @functools.cached_property
    def _names(self) -> np.ndarray:
        return np.sort(np.array(self._rows.names.cast("string").to_pylist(), dtype=object))

    @functools.cached_property
    def _kept(self) -> PairsAndControls:
        """The pairs and controls that are kept."""
        rows = self._rows
        terms, edits = _items(rows, self._names)
        # Edits of one cluster are no independent draws of a word.
        return PairsAndControls(
            rows.clusters, terms, rows.pair_of, _words(rows), self._weights, edits=edits
        )

    def _sums(
        self, columns: Columns, of_terms: bool = False, of_words: bool = True
    ) -> tuple[ExcessSums, int | None]:
        """The sums, and how many clusters there are where those of the sums are buckets.

        Args:
          columns: What to add up.
          of_terms: Whether the sums of terms are wanted.
          of_words: Whether those of words are.
        """
        sides, by_bucket = columns[:2], columns.by_bucket
        if by_bucket is None:
            return self._kept.sums(*sides, of_terms=of_terms, of_words=of_words), None
        sums = ExcessSums.zero(by_bucket.shape[-1])
        if of_terms or of_words:
            sums = self._kept.sums(*sides, False, of_terms, of_words)
        pairs = self.statistics.pairs
        values = by_bucket.transpose(1, 0, 2)
        clusters = KeyedSums(np.arange(len(pairs)), pairs[:, None], values)
        return dataclasses.replace(sums, clusters=clusters), self._num_clusters

    def _by_cluster(self, sums: ExcessSums, num_clusters: int | None) -> tuple[Floats, Floats, int]:
        """[K] weights, [K, T] sums of controls, and how many clusters there are."""
        weights, controls = sums.clusters.weights[:, 0], sums.clusters.values[:, CONTROL]
        number = int((weights > 0).sum()) if num_clusters is None else num_clusters
        if len(weights) < 2:  # Intervals are of two entries at least.
            weights = np.append(weights, 0.0)
            controls = np.concatenate([controls, np.zeros((1, controls.shape[1]))])
        return weights, controls, number

    def _told(self, excess: ExcessEstimate, over_words: bool = True) -> ExcessEstimate:
        if self._is_known and over_words:
            return excess
        unknown = np.full_like(excess.value, np.nan)
        return excess._replace(
            over_words_lower=unknown, over_words_upper=unknown, effective_terms=0.0
        )

    def _top(self, sums: ExcessSums) -> TopTerm:
        top = top_term(sums)
        names = [self._names[key] if key != "" else "" for key in top.term.tolist()]
        return TopTerm(np.array(names, dtype=object), top.without)


def _items(rows: ControlRows, names: np.ndarray) -> tuple[Words, Words]:
    """Terms of the pairs, as positions in `names`, and edits: each once in a pair."""
    at = np.repeat(np.arange(len(rows.originals)), rows.num_items)
    by_code = dict(
        zip(rows.name_codes.tolist(), rows.names.cast("string").to_pylist(), strict=True)
    )
    place = {name: position for position, name in enumerate(names.tolist())}
    codes, inverse = np.unique(rows.terms, return_inverse=True)
    terms = np.array([place[by_code[code]] for code in codes.tolist()], np.int64)[inverse]
    return _distinct(terms, at), _distinct(rows.edits.astype(np.int64), at)


def _words(rows: ControlRows) -> Words:
    at = np.repeat(np.arange(len(rows.pair_of)), rows.num_words)
    return _distinct(rows.words.astype(np.int64), at)


def _distinct(keys: np.ndarray, at: np.ndarray) -> Words:
    # Rows ascend, and mostly the keys of each do.
    if ((keys[1:] < keys[:-1]) & (at[1:] == at[:-1])).any():
        order = np.lexsort((keys, at))
        keys, at = keys[order], at[order]
    is_first = np.ones(len(at), bool)
    is_first[1:] = (keys[1:] != keys[:-1]) | (at[1:] != at[:-1])
    return Words(keys[is_first], at[is_first])


def _joined(parts: list[Any]) -> Any:
    """Estimates of groups of columns as those of all."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if isinstance(first, tuple):
        fields = [_joined(list(column)) for column in zip(*parts, strict=True)]
        return type(first)(*fields) if hasattr(first, "_fields") else tuple(fields)
    return np.concatenate(parts) if isinstance(first, np.ndarray) else first
