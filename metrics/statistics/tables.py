"""The mergeable arrays that pair statistics are made of.

Every class here has a `zero`, adds with `+` and gives the same sum in any
order, exactly for counts and to rounding for sums of weights.

Axes: M models, L label classes (negative, positive, unlabelled), B resampling
buckets, T thresholds in ascending order. A *cell* in [0, T] is the number of
thresholds below a score; the score is positive at threshold j exactly when its
cell is greater than j. So one cell holds the decisions at all thresholds.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import numpy as np

from fairflip.metrics.statistics.columns import NEGATIVE, POSITIVE
from fairflip.metrics.sums.stacked import ragged

NUM_LABEL_CLASSES = 3
#: Bins of the score histogram: TFMA's 10,000 over [0, 1] and one beyond each end.
NUM_SCORE_BINS = 10_002
#: Bins of the histogram that is kept per bucket, for intervals of AUC.
NUM_COARSE_BINS = 128
# Up to so many thresholds, comparing all scores with each is faster than looking scores up.
_FEW_THRESHOLDS = 12
# |gap| in [2^-30, 4), 128 bins per power of two: a relative width of 0.8 %.
_GAP_BITS = 7
_GAP_LOWEST_EXPONENT = -30
_GAP_HIGHEST_EXPONENT = 2
NUM_GAP_BINS = 2 + ((_GAP_HIGHEST_EXPONENT - _GAP_LOWEST_EXPONENT) << _GAP_BITS)


def score_bins(scores: np.ndarray) -> np.ndarray:
    """Bin of each score, in [0, NUM_SCORE_BINS), by TFMA's calibration histogram.

    Bin i holds [(i - 1) / 10000, i / 10000); bin 0 all below and the last all above.
    """
    return np.clip(scores * 10_000.0 + 1.0, 0.0, NUM_SCORE_BINS - 1.0).astype(np.int64)


def threshold_cells(scores: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """How many thresholds lie below each score, in [0, T]: it is positive at exactly these.

    Args:
        scores: [...] none of them NaN.
        thresholds: [T] finite, ascending.

    Returns:
        [...] int64.
    """
    if len(thresholds) <= _FEW_THRESHOLDS:
        counted = np.zeros(scores.shape, np.uint8)
        for threshold in thresholds:
            counted += scores > threshold
        return counted.astype(np.int64)
    # Bins ascend with scores, so that only thresholds in a score's own bin are compared with it.
    bins, bins_of_thresholds = score_bins(scores), score_bins(thresholds)
    starts = np.searchsorted(bins_of_thresholds, np.arange(NUM_SCORE_BINS))
    numbers = np.arange(len(thresholds)) - starts[bins_of_thresholds]
    if numbers.max() >= _FEW_THRESHOLDS:
        return np.searchsorted(thresholds, scores, side="left")
    cells = starts[bins]
    for number in range(int(numbers.max()) + 1):
        chosen = numbers == number
        borders = np.full(NUM_SCORE_BINS, np.inf)
        borders[bins_of_thresholds[chosen]] = thresholds[chosen]
        cells += scores > borders[bins]
    return cells


def coarse_bins(bins: np.ndarray) -> np.ndarray:
    """The coarse bin of each score bin: even steps of log-odds, monotone."""
    return _COARSE_OF_FINE[bins]


def _coarse_of_fine() -> np.ndarray:
    middle = np.clip((np.arange(NUM_SCORE_BINS) - 0.5) / 10_000.0, 1e-5, 1.0 - 1e-5)
    position = (np.log(middle / (1.0 - middle)) + 10.0) / 20.0
    inner = np.clip((position * (NUM_COARSE_BINS - 2)).astype(np.int64) + 1, 1, NUM_COARSE_BINS - 2)
    inner[0], inner[-1] = 0, NUM_COARSE_BINS - 1
    return inner


_COARSE_OF_FINE = _coarse_of_fine()


def exactly_addable(values: np.ndarray) -> np.ndarray:
    """The values to the nearest multiple of 2^-32.

    Sums of such numbers are exact in float64, so that they are the same in any
    order, as long as they stay below 2^21: some 100 million pairs of probabilities
    in 64 buckets. The error of a mean is below 1.2e-10.
    """
    return np.round(values * 2.0**32) * 2.0**-32


def gap_bins(absolute_gaps: np.ndarray) -> np.ndarray:
    """Bin of each |gap|, in [0, NUM_GAP_BINS), evenly fine relative to its size."""
    bits = absolute_gaps.view(np.int64) >> (52 - _GAP_BITS)
    first = (1023 + _GAP_LOWEST_EXPONENT) << _GAP_BITS
    return np.clip(bits - first + 1, 0, NUM_GAP_BINS - 1)


def gap_bin_value(bins: np.ndarray) -> np.ndarray:
    """The middle of each |gap| bin; 0 for the lowest, within 0.4 % of all others."""
    first = (1023 + _GAP_LOWEST_EXPONENT) << _GAP_BITS
    lower = ((np.asarray(bins, dtype=np.int64) - 1 + first) << (52 - _GAP_BITS)).view(np.float64)
    upper = ((np.asarray(bins, dtype=np.int64) + first) << (52 - _GAP_BITS)).view(np.float64)
    return np.where(np.asarray(bins) == 0, 0.0, (lower + upper) / 2.0)


def pieces(slices: np.ndarray, num: int) -> list[slice]:
    """Where the entries of each of `num` slices stand among ascending numbers of slices."""
    bounds = np.searchsorted(slices, np.arange(num + 1)).tolist()
    return [slice(start, end) for start, end in itertools.pairwise(bounds)]


def positives(cells: np.ndarray) -> np.ndarray:
    """From cells to positives: [..., T + 1] summed to [..., T], by threshold."""
    return np.cumsum(cells[..., ::-1], axis=-1)[..., ::-1][..., 1:]


def negatives(cells: np.ndarray) -> np.ndarray:
    """From cells to negatives, [..., T]: summed, since a difference of weights is not exact."""
    return np.cumsum(cells, axis=-1)[..., :-1]


@dataclasses.dataclass(frozen=True)
class ScoreCells:
    """Decisions of the originals, counted.

    Attributes:
        rows: [B] rows counted.
        cells: [M, L, B, T + 1] rows by label and cell of the score.
    """

    rows: np.ndarray
    cells: np.ndarray

    @classmethod
    def zero(cls, shape: tuple[int, int, int], dtype: Any) -> ScoreCells:
        """No rows, for `shape` (M, B, T)."""
        m, b, t = shape
        return cls(np.zeros(b, dtype), np.zeros((m, NUM_LABEL_CLASSES, b, t + 1), dtype))

    def __add__(self, other: ScoreCells) -> ScoreCells:
        """The sum over both."""
        return ScoreCells(self.rows + other.rows, self.cells + other.cells)


@dataclasses.dataclass(frozen=True)
class ScoreKeys:
    """Where each of N originals counts by its scores: flat positions, each [M, N].

    Attributes:
        cells: In one model's [L, B, T + 1] cells of `ScoreCells`.
        scores: In a histogram of shape [M, L, NUM_SCORE_BINS].
        coarse: In one of shape [M, L, B, NUM_COARSE_BINS].
    """

    cells: np.ndarray
    scores: np.ndarray
    coarse: np.ndarray

    @classmethod
    def of(
        cls,
        scores: np.ndarray,
        in_cell: np.ndarray,
        labels: np.ndarray,
        buckets: np.ndarray,
        shape: tuple[int, int],
    ) -> ScoreKeys:
        """Places [M, N] scores.

        Args:
            scores: Of the originals.
            in_cell: [M, N] their `threshold_cells`.
            labels: [N] int64 label classes.
            buckets: [N] int64.
            shape: B and T.
        """
        num_buckets, num_thresholds = shape
        bins = score_bins(scores)
        model_labels = np.arange(len(scores))[:, None] * NUM_LABEL_CLASSES + labels
        return cls(
            (labels * num_buckets + buckets) * (num_thresholds + 1) + in_cell,
            model_labels * NUM_SCORE_BINS + bins,
            (model_labels * num_buckets + buckets) * NUM_COARSE_BINS + coarse_bins(bins),
        )

    def take(self, chosen: np.ndarray) -> ScoreKeys:
        """Those of some originals."""
        return ScoreKeys(
            *(getattr(self, field.name).take(chosen, axis=1) for field in dataclasses.fields(self))
        )


@dataclasses.dataclass(frozen=True)
class PairCells:
    """Decisions of both sides of the pairs, counted.

    Attributes:
        originals: The originals' side, one row for each pair.
        counterfactual: [M, B, T + 1] pairs by cell of the counterfactual's score.
        negative_to_positive: [M, B, T] pairs whose original is negative and
            whose counterfactual is positive.
        positive_to_negative: [M, B, T] the other direction.
    """

    originals: ScoreCells
    counterfactual: np.ndarray
    negative_to_positive: np.ndarray
    positive_to_negative: np.ndarray

    @classmethod
    def zero(cls, shape: tuple[int, int, int], dtype: Any) -> PairCells:
        """No pairs, for `shape` (M, B, T)."""
        m, b, t = shape
        return cls(
            ScoreCells.zero(shape, dtype),
            np.zeros((m, b, t + 1), dtype),
            np.zeros((m, b, t), dtype),
            np.zeros((m, b, t), dtype),
        )

    def __add__(self, other: PairCells) -> PairCells:
        """The sum over both."""
        return PairCells(
            self.originals + other.originals,
            self.counterfactual + other.counterfactual,
            self.negative_to_positive + other.negative_to_positive,
            self.positive_to_negative + other.positive_to_negative,
        )


@dataclasses.dataclass(frozen=True)
class Histogram:
    """Sums over the cells of an array that is mostly empty in small slices.

    Attributes:
        shape: Of the whole array.
        keys: Flat positions that are not zero, ascending; None: `values` has
            all positions.
        values: float64.
    """

    shape: tuple[int, ...]
    keys: np.ndarray | None
    values: np.ndarray

    @classmethod
    def zero(cls, shape: tuple[int, ...]) -> Histogram:
        """All cells empty."""
        return cls(shape, np.empty(0, np.int64), np.empty(0, np.float64))

    @classmethod
    def count(
        cls, positions: np.ndarray, weights: np.ndarray | None, shape: tuple[int, ...]
    ) -> Histogram:
        """Sums `weights` (default 1) over flat `positions`."""
        size = math.prod(shape)
        if len(positions) * 8 < size:
            if weights is None:  # Sorted, which costs less than finding each one's place.
                keys, counted = np.unique(positions, return_counts=True)
                return cls(shape, keys.astype(np.int64), counted.astype(np.float64))
            keys, inverse = np.unique(positions, return_inverse=True)
            sums = np.bincount(inverse.reshape(-1), weights, len(keys)).astype(np.float64)
            return cls(shape, keys.astype(np.int64), sums)
        return cls(shape, None, np.bincount(positions, weights, size).astype(np.float64))

    @classmethod
    def count_by_slice(
        cls, positions: np.ndarray, slice_of: np.ndarray, num: int, shape: tuple[int, ...]
    ) -> Histogram:
        """The numbers of flat `positions` of each of `num` small slices, as a stand-in.

        Args:
            positions: [..., N].
            slice_of: [N] which slice.
            num: S.
            shape: Of the whole array of each slice.

        Returns:
            What `sums.stacked` makes S histograms of.
        """
        size = math.prod(shape)
        keys, sums = np.unique((slice_of * size + positions).reshape(-1), return_counts=True)
        slices, keys = np.divmod(keys, size)
        sizes = np.bincount(slices, minlength=num)
        return cls(shape, ragged(keys, sizes), ragged(sums.astype(np.float64), sizes))

    def __add__(self, other: Histogram) -> Histogram:
        """The sum over both."""
        if self.keys is not None and other.keys is not None:
            if (len(self.keys) + len(other.keys)) * 8 < math.prod(self.shape):
                positions = np.concatenate([self.keys, other.keys])
                values = np.concatenate([self.values, other.values])
                keys, inverse = np.unique(positions, return_inverse=True)
                return Histogram(
                    self.shape, keys, np.bincount(inverse.reshape(-1), values, len(keys))
                )
            first, second = self._flat(), other
        elif self.keys is None and other.keys is None:
            return Histogram(self.shape, None, self.values + other.values)
        elif self.keys is None:
            first, second = self.values.copy(), other
        else:
            first, second = other.values.copy(), self
        first[second.keys] += second.values
        return Histogram(self.shape, None, first)

    def _flat(self) -> np.ndarray:
        if self.keys is None:
            return self.values
        flat = np.zeros(math.prod(self.shape), np.float64)
        flat[self.keys] = self.values
        return flat

    def row(self, first: int) -> tuple[np.ndarray, np.ndarray]:
        """The cells with a sum at one position of the first axis, ascending, and their sums."""
        size = math.prod(self.shape[1:])
        if self.keys is None:
            values = self.values[first * size : (first + 1) * size]
            keys = np.flatnonzero(values != 0)  # Of truth values, which are looked through faster.
            return keys, values[keys]
        start, end = np.searchsorted(self.keys, [first * size, (first + 1) * size])
        return self.keys[start:end] - first * size, self.values[start:end]

    def to_array(self) -> np.ndarray:
        """The whole array, of `shape`."""
        return self._flat().reshape(self.shape)


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Counts or weights by label and decision, all of one shape.

    A rate is NaN where nothing is in its denominator.

    Attributes:
        true_positives: Label 1, score > threshold.
        false_positives: Label 0, score > threshold.
        true_negatives: Label 0, score <= threshold.
        false_negatives: Label 1, score <= threshold.
    """

    true_positives: np.ndarray
    false_positives: np.ndarray
    true_negatives: np.ndarray
    false_negatives: np.ndarray

    @classmethod
    def of_cells(cls, cells: np.ndarray) -> Confusion:
        """From [L, ..., T + 1] cells to shape [..., T], thresholds ascending."""
        positive = positives(cells)
        negative = np.cumsum(cells, axis=-1)[..., :-1]
        return cls(positive[POSITIVE], positive[NEGATIVE], negative[NEGATIVE], negative[POSITIVE])

    @property
    def accuracy(self) -> np.ndarray:
        """(TP + TN) / all, in [0, 1], ideally 1."""
        right = self.true_positives + self.true_negatives
        return ratio(right, right + self.false_positives + self.false_negatives)

    @property
    def true_positive_rate(self) -> np.ndarray:
        """TP / (TP + FN), in [0, 1], ideally 1."""
        return ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def false_negative_rate(self) -> np.ndarray:
        """FN / (TP + FN), in [0, 1], ideally 0."""
        return ratio(self.false_negatives, self.true_positives + self.false_negatives)

    @property
    def false_positive_rate(self) -> np.ndarray:
        """FP / (FP + TN), in [0, 1], ideally 0."""
        return ratio(self.false_positives, self.false_positives + self.true_negatives)

    @property
    def true_negative_rate(self) -> np.ndarray:
        """TN / (FP + TN), in [0, 1], ideally 1."""
        return ratio(self.true_negatives, self.false_positives + self.true_negatives)


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part / whole; NaN where the whole is nothing."""
    result = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=result, where=np.asarray(whole) > 0)
    return result
