"""Which originals flipped: a uniform sample of their IDs per threshold and direction."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fairflip.metrics.flips import buckets
from fairflip.metrics.pairs.id_sample import IdSample


@dataclasses.dataclass(frozen=True)
class FlipExamples:
    """Samples of the distinct example IDs of originals with a flip.

    An original with several counterfactuals may be in both directions, and is
    once in each. Pairs marked as legitimate flips are left out.

    Attributes:
      thresholds: [T] distinct thresholds.
      negative_to_positive: [T] samples.
      positive_to_negative: [T] samples.
    """

    thresholds: tuple[float, ...]
    negative_to_positive: tuple[IdSample, ...]
    positive_to_negative: tuple[IdSample, ...]

    @classmethod
    def zero(cls, thresholds: Sequence[float], size: int, seed: int = 0) -> FlipExamples:
        """No flips; samples of up to `size` IDs each."""
        none = (IdSample.zero(size, seed),) * len(thresholds)
        return cls(tuple(float(t) for t in thresholds), none, none)

    @classmethod
    def sample(
        cls,
        original: npt.NDArray[np.float64],
        counterfactual: npt.NDArray[np.float64],
        ids: Any,
        thresholds: Sequence[float],
        size: int,
        seed: int = 0,
        legitimate: npt.NDArray[np.bool_] | None = None,
    ) -> FlipExamples:
        """Samples from N pairs.

        Args:
          original: [N] scores of originals, without NaN.
          counterfactual: [N] scores of counterfactuals, without NaN.
          ids: [N] example IDs of the originals; a pair whose ID is None is left out.
          thresholds: [T] distinct thresholds.
          size: The most IDs kept per threshold and direction.
          seed: Seed of the sample.
          legitimate: [N] bool, pairs to leave out.

        Returns:
          The samples.
        """
        empty = cls.zero(thresholds, size, seed)
        values = np.empty(len(ids), object)
        values[:] = ids
        lowest, highest = min(empty.thresholds), max(empty.thresholds)
        # Only a pair on two sides of some threshold can matter; few do.
        lower, upper = np.minimum(original, counterfactual), np.maximum(original, counterfactual)
        moved = (lower < upper) & (lower <= highest) & (upper > lowest)
        moved &= np.array([value is not None for value in values], bool)
        if legitimate is not None:
            moved &= ~legitimate
        rows = np.flatnonzero(moved)
        if size == 0 or not rows.size:
            return empty
        values = values[rows]
        hashes = buckets.hash_ids(values, seed)
        before, after = original[rows], counterfactual[rows]

        def samples(start: npt.NDArray[np.float64], end: npt.NDArray[np.float64]) -> Any:
            for threshold in empty.thresholds:
                flipped = (start <= threshold) & (end > threshold)
                yield IdSample.of(values[flipped], size, seed, hashes[flipped])

        return cls(empty.thresholds, tuple(samples(before, after)), tuple(samples(after, before)))

    def __add__(self, other: FlipExamples) -> FlipExamples:
        if not isinstance(other, FlipExamples):
            return NotImplemented
        if self.thresholds != other.thresholds:
            raise ValueError(
                f"cannot add samples at thresholds {self.thresholds} and {other.thresholds}"
            )

        def added(ours: tuple[IdSample, ...], theirs: tuple[IdSample, ...]) -> Any:
            return tuple(ours_of + two for ours_of, two in zip(ours, theirs, strict=True))

        return FlipExamples(
            self.thresholds,
            added(self.negative_to_positive, other.negative_to_positive),
            added(self.positive_to_negative, other.positive_to_negative),
        )

    @property
    def any_direction(self) -> tuple[IdSample, ...]:
        """[T] samples of the IDs with a flip in either direction."""
        return tuple(
            rises + falls
            for rises, falls in zip(
                self.negative_to_positive, self.positive_to_negative, strict=True
            )
        )


class ExampleIds(np.ndarray):
    """An array of example IDs as the value of a metric.

    TFMA's cross-slice comparison subtracts every metric of two slices, text too.
    A difference of samples of IDs means nothing; it is an empty array here, where
    plain text would end the run.
    """

    def __sub__(self, other: object) -> ExampleIds:  # type: ignore[override]
        del other
        return np.asarray(self)[:0].view(ExampleIds)

    __rsub__ = __sub__  # type: ignore[assignment]


def id_array(sample: IdSample) -> ExampleIds:
    """[n, 1] IDs in alphabetical order, one row each as TFMA 0.46 wrote them."""
    ids = sample.sorted_ids()
    return np.array(ids, dtype=np.str_).reshape(-1, 1).view(ExampleIds)


def flat_id_array(sample: IdSample) -> ExampleIds:
    """[n] IDs in alphabetical order."""
    return np.array(sample.sorted_ids(), dtype=np.str_).view(ExampleIds)
