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
    def from_values(cls, hashes: np.ndarray, values: np.ndarray, is_open: np.ndarray) -> Originals:
        """Originals given as rows of `open_values`; those not open are closed."""
        closed = ~is_open
        spread, num_weightless = _spread(values[closed]), _num_weightless(values[closed])
        hashes, values = _merge_open(hashes[is_open], values[is_open])
        return cls(int(closed.sum()), num_weightless, spread, hashes, values)

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
        sums = self.closed + _spread(self.open_values)
        with np.errstate(invalid="ignore"):
            means = sums[1:] / sums[0] if sums[0] > 0 else np.full(len(sums) - 1, np.nan)
        half = len(means) // 2
        return means[:half], means[half:]


def _spread(values: np.ndarray) -> np.ndarray:
    """Sums of weight, weighted deviation and weighted range over rows of values."""
    weight, size = values[:, 0], values[:, 1] + 1.0
    by_model = values[:, 2:].reshape(len(values), (values.shape[1] - 2) // 4, 4)
    mean = by_model[..., 0] / size[:, None]
    variance = np.maximum(by_model[..., 1] / size[:, None] - mean**2, 0.0)
    deviation = weight @ exactly_addable(np.sqrt(variance))
    score_range = weight @ exactly_addable(by_model[..., 3] - by_model[..., 2])
    return np.concatenate([[weight.sum()], deviation, score_range])


def _num_weightless(values: np.ndarray) -> int:
    return len(values) - int(np.count_nonzero(values[:, 0]))


def _merge_open(hashes: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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
