"""Counts of decisions on originals and counterfactuals: what every flip rate is made of.

One 2 x 2 table per threshold holds all of it: the decision on the original
against the decision of the same model on the counterfactual. Tables add, so they
can be counted in any batches, on any number of workers, in any order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fairflip.protos import errors

_NEGATIVE, _POSITIVE = 0, 1


@dataclasses.dataclass(frozen=True, eq=False)
class FlipCounts:
    """Pairs by decision on the original and on the counterfactual, per threshold.

    Positive means score > threshold, compared in float64; a score equal to the
    threshold is negative. A flip is a pair with two different decisions. Pairs
    marked as legitimate flips are in tables of their own and in no rate.

    `zero` is the identity of `+`, which is associative and commutative: exactly
    for counts, up to float rounding for weights that are no integers.

    Attributes:
      thresholds: [T] distinct thresholds.
      counts: [T, 2, 2] int64 pairs, by decision on the original (0 negative,
        1 positive) and on the counterfactual.
      weights: [T, 2, 2] float64, the same pairs' example weights; equal to
        `counts` without weights.
      legitimate_counts: [T, 2, 2] int64, like `counts`, of pairs so marked.
      legitimate_weights: [T, 2, 2] float64, like `weights`, of pairs so marked.
    """

    thresholds: tuple[float, ...]
    counts: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    legitimate_counts: npt.NDArray[np.int64]
    legitimate_weights: npt.NDArray[np.float64]

    @classmethod
    def zero(cls, thresholds: Sequence[float]) -> FlipCounts:
        """No pairs at all."""
        shape = (len(thresholds), 2, 2)
        return cls(
            tuple(float(t) for t in thresholds),
            np.zeros(shape, np.int64),
            np.zeros(shape, np.float64),
            np.zeros(shape, np.int64),
            np.zeros(shape, np.float64),
        )

    @classmethod
    def count(
        cls,
        original: npt.ArrayLike,
        counterfactual: npt.ArrayLike,
        thresholds: Sequence[float],
        weights: npt.ArrayLike | None = None,
        legitimate: npt.ArrayLike | None = None,
    ) -> FlipCounts:
        """Counts the decisions on N pairs in O(N log T + T).

        Args:
          original: [N] scores of the originals, one per pair.
          counterfactual: [N] the same model's scores of the counterfactuals.
          thresholds: [T] distinct thresholds, in any order.
          weights: [N] example weights, each at least 0; all 1 if None.
          legitimate: [N] bool, pairs whose flip would be right; none if None.

        Returns:
          The counts.

        Raises:
          InputError: Sizes differ, a score is NaN, or a weight is negative or
            not finite.
        """
        originals = np.asarray(original, np.float64)
        counterfactuals = np.asarray(counterfactual, np.float64)
        check_pairs(originals, counterfactuals, weights, legitimate)
        levels, order = np.unique(np.asarray(thresholds, np.float64), return_inverse=True)
        # How many thresholds lie below a score: it is positive at exactly those.
        below = np.searchsorted(levels, originals, side="left")
        below_counterfactual = np.searchsorted(levels, counterfactuals, side="left")

        def tables(rows: Any) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
            sides = below[rows], below_counterfactual[rows]
            counts = _tables(*sides, levels.size, None)[order]
            if weights is None:
                return counts.astype(np.int64), counts
            weighted = _tables(*sides, levels.size, np.asarray(weights, np.float64)[rows])[order]
            # Differences of sums leave rounding where nothing was counted.
            weighted = np.where(counts == 0, 0.0, np.maximum(weighted, 0.0))
            return counts.astype(np.int64), weighted

        if legitimate is None:
            none = cls.zero(thresholds)
            counts, weighted = tables(slice(None))
            return dataclasses.replace(none, counts=counts, weights=weighted)
        marked = np.asarray(legitimate, bool)
        return cls(tuple(float(t) for t in thresholds), *tables(~marked), *tables(marked))

    def __add__(self, other: FlipCounts) -> FlipCounts:
        if not isinstance(other, FlipCounts):
            return NotImplemented
        if self.thresholds != other.thresholds:
            raise ValueError(
                f"cannot add counts at thresholds {self.thresholds} and {other.thresholds}"
            )
        return FlipCounts(
            self.thresholds,
            self.counts + other.counts,
            self.weights + other.weights,
            self.legitimate_counts + other.legitimate_counts,
            self.legitimate_weights + other.legitimate_weights,
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, FlipCounts):
            return NotImplemented
        return self.thresholds == other.thresholds and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("counts", "weights", "legitimate_counts", "legitimate_weights")
        )

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def sum(cls, parts: Iterable[FlipCounts], thresholds: Sequence[float]) -> FlipCounts:
        """Adds any number of counts, from none on; `parts` may be an iterator."""
        total = cls.zero(thresholds)
        for part in parts:
            total = total + part
        return total

    @property
    def num_pairs(self) -> int:
        """Pairs in the rates: all that are not marked legitimate."""
        return int(self.counts[0].sum()) if len(self.thresholds) else 0

    @property
    def weight(self) -> npt.NDArray[np.float64]:
        """[T] total weight of the pairs in the rates: every rate's denominator."""
        return self.weights.sum(axis=(1, 2))

    @property
    def negative_to_positive(self) -> npt.NDArray[np.float64]:
        """[T] weight of pairs with the original negative, the counterfactual positive."""
        return self.weights[:, _NEGATIVE, _POSITIVE]

    @property
    def positive_to_negative(self) -> npt.NDArray[np.float64]:
        """[T] weight of pairs with the original positive, the counterfactual negative."""
        return self.weights[:, _POSITIVE, _NEGATIVE]

    @property
    def negative(self) -> npt.NDArray[np.float64]:
        """[T] weight of pairs whose original is negative."""
        return self.weights[:, _NEGATIVE, :].sum(axis=1)

    @property
    def positive(self) -> npt.NDArray[np.float64]:
        """[T] weight of pairs whose original is positive."""
        return self.weights[:, _POSITIVE, :].sum(axis=1)

    @property
    def counterfactual_positive(self) -> npt.NDArray[np.float64]:
        """[T] weight of pairs whose counterfactual is positive."""
        return self.weights[:, :, _POSITIVE].sum(axis=1)

    @property
    def flip_rate(self) -> npt.NDArray[np.float64]:
        """[T] flips / pairs, in [0, 1]; ideal 0; NaN without pairs."""
        return rate(self.negative_to_positive + self.positive_to_negative, self.weight)

    @property
    def negative_to_positive_rate(self) -> npt.NDArray[np.float64]:
        """[T] negative-to-positive flips / all pairs."""
        return rate(self.negative_to_positive, self.weight)

    @property
    def positive_to_negative_rate(self) -> npt.NDArray[np.float64]:
        """[T] positive-to-negative flips / all pairs."""
        return rate(self.positive_to_negative, self.weight)

    @property
    def negative_to_positive_given_negative(self) -> npt.NDArray[np.float64]:
        """[T] negative-to-positive flips / pairs whose original is negative."""
        return rate(self.negative_to_positive, self.negative)

    @property
    def positive_to_negative_given_positive(self) -> npt.NDArray[np.float64]:
        """[T] positive-to-negative flips / pairs whose original is positive."""
        return rate(self.positive_to_negative, self.positive)

    @property
    def positive_rate(self) -> npt.NDArray[np.float64]:
        """[T] pairs whose original is positive / all pairs."""
        return rate(self.positive, self.weight)

    @property
    def counterfactual_positive_rate(self) -> npt.NDArray[np.float64]:
        """[T] pairs whose counterfactual is positive / all pairs."""
        return rate(self.counterfactual_positive, self.weight)


def rate(part: npt.ArrayLike, whole: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Part / whole in [0, 1], NaN where whole is 0: nothing seen is not "fair".

    Sums of float weights in two orders may differ in the last bit; the limit to
    1 removes only that.
    """
    parts, wholes = np.broadcast_arrays(np.asarray(part, np.float64), np.asarray(whole, np.float64))
    result = np.full(parts.shape, np.nan)
    np.divide(parts, wholes, out=result, where=wholes > 0)
    return np.minimum(result, 1.0)


def check_pairs(
    original: npt.NDArray[np.float64],
    counterfactual: npt.NDArray[np.float64],
    weights: npt.ArrayLike | None = None,
    legitimate: npt.ArrayLike | None = None,
) -> None:
    """Refuses pairs that no metric can count.

    Raises:
      InputError: Sizes differ, a score is NaN, or a weight is negative or not
        finite. The message says where, and shows no data.
    """
    for name, values in (
        ("counterfactual scores", counterfactual),
        ("weights", weights),
        ("marks of legitimate flips", legitimate),
    ):
        if values is not None and np.shape(values) != original.shape:
            raise errors.InputError(
                f"{name} have shape {np.shape(values)} and original scores {original.shape}; "
                "give one for each pair"
            )
    for name, values in (("original", original), ("counterfactual", counterfactual)):
        wrong = np.isnan(values)
        if wrong.any():
            raise errors.InputError(
                f"the {name} score of pair {int(np.argmax(wrong))} is NaN; a NaN is neither "
                "positive nor negative, so leave such pairs out or mend the model"
            )
    if weights is not None:
        weight = np.asarray(weights, np.float64)
        wrong = ~(np.isfinite(weight) & (weight >= 0))
        if wrong.any():
            first = int(np.argmax(wrong))
            raise errors.InputError(
                f"the weight of pair {first} is {weight[first]}; give finite weights of at least 0"
            )


def _tables(
    below: npt.NDArray[np.intp],
    below_counterfactual: npt.NDArray[np.intp],
    num_levels: int,
    weights: npt.NDArray[np.float64] | None,
) -> npt.NDArray[np.float64]:
    """[T, 2, 2] sums over pairs, for T thresholds in increasing order.

    A pair is positive at the thresholds before its `below`. So it is on the same
    side twice before the lower and from the higher of its two, and flips between.
    """

    def ending_at(position: npt.NDArray[np.intp], rows: Any) -> npt.NDArray[np.float64]:
        chosen = None if weights is None else weights[rows]
        return np.bincount(position[rows], chosen, num_levels + 1).astype(np.float64)

    every = slice(None)
    lower = np.minimum(below, below_counterfactual)
    upper = np.maximum(below, below_counterfactual)
    result = np.empty((num_levels, 2, 2))
    result[:, _NEGATIVE, _NEGATIVE] = np.cumsum(ending_at(upper, every))[:num_levels]
    result[:, _POSITIVE, _POSITIVE] = np.cumsum(ending_at(lower, every)[::-1])[::-1][1:]
    rises = below_counterfactual > below
    falls = below_counterfactual < below
    for rows, cell in ((rises, (_NEGATIVE, _POSITIVE)), (falls, (_POSITIVE, _NEGATIVE))):
        starts_less_ends = ending_at(lower, rows) - ending_at(upper, rows)
        result[(slice(None), *cell)] = np.cumsum(starts_less_ends)[:num_levels]
    return result
