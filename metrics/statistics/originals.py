"""Distinct originals, counted exactly without a set of all IDs, and how far their scores spread."""

from __future__ import annotations

import dataclasses

import numpy as np

from fairflip.metrics.statistics.tables import exactly_addable


@dataclasses.dataclass(frozen=True)
class Originals:
    """Distinct originals, and how far their scores spread over counterfactuals.

    An original whose rows may go on in another batch stays *open*, keyed by the
    hash of its ID, until everything is merged. So the count of originals is
    exact although no set of all IDs is kept: only the two edges of each batch.

    Attributes:
        num_closed: Originals that are complete.
        num_weightless: Those of them whose weight is 0.
        closed: [1 + 2 M] sums over these: weight, weighted standard deviation
            by model, weighted range by model.
        open_hashes: [K] uint64, ascending.
        open_values: [K, 2 + 4 M] weight, number of counterfactuals, and by model
            the sum, sum of squares, least and greatest of f(x') - f(x) over
            them, the least at most and the greatest at least 0.
    """

    num_closed: int
    num_weightless: int
    closed: np.ndarray
    open_hashes: np.ndarray
    open_values: np.ndarray

    @classmethod
    def zero(cls, num_models: int) -> Originals:
        """No originals."""
        return cls(
            0,
            0,
            np.zeros(1 + 2 * num_models),
            np.empty(0, np.uint64),
            np.empty((0, 2 + 4 * num_models)),
        )

    @classmethod
    def of(
        cls,
        hashes: np.ndarray,
        weights: np.ndarray | None,
        sizes: np.ndarray,
        changes: np.ndarray,
        spreads: np.ndarray,
        is_open: np.ndarray,
    ) -> Originals:
        """K originals.

        Args:
            hashes: [K] uint64.
            weights: [K]; None: all 1.
            sizes: [K] numbers of counterfactuals.
            changes: [M, 4, K] by model what `open_values` hold of f(x') - f(x).
            spreads: [2, M, K] from `spreads_of`.
            is_open: [K] bool; the others are closed.
        """
        closed, left = np.flatnonzero(~is_open), np.flatnonzero(is_open)
        values = cls.values_of(
            None if weights is None else weights[left], sizes[left], changes[..., left]
        )
        some = None if weights is None else weights[closed]
        return cls(
            len(closed),
            0 if some is None else len(some) - int(np.count_nonzero(some)),
            _summed(some, spreads[..., closed]),
            *_merge_open(hashes[left], values),
        )

    @classmethod
    def with_open(
        cls, num_closed: int, closed: np.ndarray, hashes: np.ndarray, values: np.ndarray
    ) -> Originals:
        """Of originals without weights: sums over those that are complete, and K open ones.

        Args:
            num_closed: How many are complete.
            closed: [1 + 2 M].
            hashes: [K] of the open ones, of which some may be the same.
            values: [K, 2 + 4 M] from `values_of`.
        """
        return cls(num_closed, 0, closed, *_merge_open(hashes, values))

    @staticmethod
    def values_of(weights: np.ndarray | None, sizes: np.ndarray, changes: np.ndarray) -> np.ndarray:
        """[K, 2 + 4 M] what `open_values` holds of K originals; arguments as those of `of`."""
        values = np.empty((len(sizes), 2 + 4 * len(changes)))
        values[:, 0] = 1.0 if weights is None else weights
        values[:, 1] = sizes
        values[:, 2:] = changes.reshape(4 * len(changes), len(sizes)).T
        return values

    def __add__(self, other: Originals) -> Originals:
        """The sum over both; open originals of the same ID become one."""
        if not len(other.open_hashes):
            hashes, values = self.open_hashes, self.open_values
        elif not len(self.open_hashes):
            hashes, values = other.open_hashes, other.open_values
        else:
            hashes, values = _merge_open(
                np.concatenate([self.open_hashes, other.open_hashes]),
                np.concatenate([self.open_values, other.open_values]),
            )
        return Originals(
            self.num_closed + other.num_closed,
            self.num_weightless + other.num_weightless,
            self.closed + other.closed,
            hashes,
            values,
        )

    @property
    def count(self) -> int:
        """Number of distinct originals."""
        return self.num_closed + len(self.open_hashes)

    @property
    def num_weighted(self) -> int:
        """Those of them that have a weight: one of weight 0 is no draw."""
        return self.count - self.num_weightless - _num_weightless(self.open_values)

    def spread(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean standard deviation and mean range of an original's scores.

        Over the set of its own score and those of its counterfactuals, with
        the population's standard deviation, weighted by the original's weight
        (Prabhakaran, Hutchinson and Mitchell 2019, "Perturbation Sensitivity
        Analysis to Detect Unintended Model Biases").

        Returns:
            [M] deviations and [M] ranges, at least 0, ideally 0; NaN without
            originals.
        """
        sums = self.closed
        if len(self.open_hashes):
            sums = sums + _spread(self.open_values)
        with np.errstate(invalid="ignore"):
            means = sums[1:] / sums[0] if sums[0] > 0 else np.full(len(sums) - 1, np.nan)
        half = len(means) // 2
        return means[:half], means[half:]


def spreads_of(sizes: np.ndarray, changes: np.ndarray) -> np.ndarray:
    """[2, M, K] standard deviation and range of each original's scores, to 2^-32.

    Args:
        sizes: [K] numbers of counterfactuals.
        changes: [M, 4, K] sum, sum of squares, least and greatest of f(x') - f(x).
    """
    number = sizes + 1.0
    mean = changes[:, 0] / number
    variance = np.maximum(changes[:, 1] / number - mean**2, 0.0)
    return exactly_addable(np.stack([np.sqrt(variance), changes[:, 3] - changes[:, 2]]))


def _summed(weights: np.ndarray | None, spreads: np.ndarray) -> np.ndarray:
    """Sums of weight, weighted deviation and weighted range."""
    if weights is None:
        # Exact, in any order.
        return np.concatenate([[spreads.shape[-1]], spreads.sum(axis=-1).reshape(-1)])
    return np.concatenate([[weights.sum()], (spreads @ weights).reshape(-1)])


def _spread(values: np.ndarray) -> np.ndarray:
    """The same of rows of `open_values`."""
    changes = values[:, 2:].T.reshape((values.shape[1] - 2) // 4, 4, len(values))
    return _summed(values[:, 0], spreads_of(values[:, 1], changes))


def _num_weightless(values: np.ndarray) -> int:
    return len(values) - int(np.count_nonzero(values[:, 0])) if len(values) else 0


def _merge_open(hashes: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Open originals by ascending hash, of which those of one ID are one."""
    if len(hashes) < 2:
        return hashes, values
    order = np.argsort(hashes, kind="stable")
    hashes, values = hashes[order], values[order]
    starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]]))
    if len(starts) == len(hashes):
        return hashes, values
    merged = values[starts].copy()  # keeps the weight, which all rows share
    merged[:, 1] = np.add.reduceat(values[:, 1], starts)
    for column in range(2, values.shape[1], 4):
        merged[:, column : column + 2] = np.add.reduceat(
            values[:, column : column + 2], starts, axis=0
        )
        merged[:, column + 2] = np.minimum.reduceat(values[:, column + 2], starts)
        merged[:, column + 3] = np.maximum.reduceat(values[:, column + 3], starts)
    return hashes[starts], merged
