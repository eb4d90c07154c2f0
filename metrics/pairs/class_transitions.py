"""Changes of the top class between originals and counterfactuals, in NumPy."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from fairflip.metrics.flips.counts import rate
from fairflip.metrics.pairs.pair_rows import PairRows
from fairflip.protos import errors


@dataclasses.dataclass(frozen=True, eq=False)
class ClassTransitions:
    """Pairs by the original's top class and the counterfactual's.

    `zero` is the identity of `+`, which is associative and commutative.

    Attributes:
      weights: [K, K] float64 weight of pairs by top class of the original (row)
        and of the counterfactual (column); [0, 0] until a pair is seen.
      num_pairs: Pairs in `weights`.
      num_legitimate_pairs: Pairs marked flip_is_legitimate, in nothing else here.
    """

    weights: npt.NDArray[np.float64]
    num_pairs: int = 0
    num_legitimate_pairs: int = 0

    @classmethod
    def zero(cls) -> ClassTransitions:
        """No pairs, of no known number of classes."""
        return cls(np.zeros((0, 0)))

    @classmethod
    def count(cls, rows: PairRows) -> ClassTransitions:
        """Counts N pairs whose columns are top classes in [0, num_classes)."""
        num_classes = rows.num_classes
        is_counted = np.ones(rows.size, bool) if rows.legitimate is None else ~rows.legitimate
        cells = (rows.original * num_classes + rows.counterfactual)[is_counted]
        weights = None if rows.weights is None else rows.weights[is_counted]
        table = np.bincount(cells, weights, num_classes**2).astype(np.float64)
        return cls(
            table.reshape(num_classes, num_classes),
            int(is_counted.sum()),
            rows.size - int(is_counted.sum()),
        )

    def __add__(self, other: ClassTransitions) -> ClassTransitions:
        if not isinstance(other, ClassTransitions):
            return NotImplemented
        if not other.weights.size:
            weights = self.weights
        elif not self.weights.size:
            weights = other.weights
        elif self.weights.shape == other.weights.shape:
            weights = self.weights + other.weights
        else:
            raise errors.InputError(
                f"predictions have {self.weights.shape[0]} classes in some examples and "
                f"{other.weights.shape[0]} in others; give vectors of one length"
            )
        return ClassTransitions(
            weights,
            self.num_pairs + other.num_pairs,
            self.num_legitimate_pairs + other.num_legitimate_pairs,
        )

    @property
    def gains(self) -> npt.NDArray[np.float64]:
        """[K] weight of pairs that change to each class."""
        return self._changed.sum(axis=0)

    @property
    def losses(self) -> npt.NDArray[np.float64]:
        """[K] weight of pairs that change from each class."""
        return self._changed.sum(axis=1)

    @property
    def change_rate(self) -> float:
        """Pairs whose top class changes / pairs, in [0, 1]; NaN without pairs."""
        return float(rate(self._changed.sum(), self.weights.sum()))

    @property
    def _changed(self) -> npt.NDArray[np.float64]:
        """[K, K] the table without its diagonal."""
        return np.where(np.eye(self.weights.shape[0], dtype=bool), 0.0, self.weights)
