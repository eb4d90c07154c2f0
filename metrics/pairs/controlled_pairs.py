"""Pairs and controls kept until they are together, for rates of controls and excess.

A control may come before its pair, on another worker, so that the scores of all are kept:
33 bytes a row, for each slice, model and output.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from fairflip.metrics.flips.counts import check_pairs
from fairflip.metrics.pairs.pair_rows import PairRows
from fairflip.protos import errors

Floats = npt.NDArray[np.float64]

#: Rows of the rates: any flip, and by direction.
ANY, TO_POSITIVE, TO_NEGATIVE = 0, 1, 2


@dataclasses.dataclass(frozen=True)
class ControlledPairs:
    """N rows, pairs and controls; `+` puts rows together. Legitimate flips are left out.

    Attributes:
      keys: [N] uint64 hashes of the original's ID and the pair's number in it.
      is_control: [N] bool.
      original: [N] scores of originals.
      counterfactual: [N] scores of counterfactuals, or of controls.
      weights: [N] weights of the pairs; those of controls mean nothing.
    """

    keys: npt.NDArray[np.uint64]
    is_control: npt.NDArray[np.bool_]
    original: Floats
    counterfactual: Floats
    weights: Floats

    @classmethod
    def zero(cls) -> ControlledPairs:
        """No rows."""
        nothing = np.zeros(0)
        return cls(np.zeros(0, np.uint64), np.zeros(0, bool), nothing, nothing, nothing)

    @classmethod
    def of(cls, rows: PairRows) -> ControlledPairs:
        """Keeps N rows.

        Raises:
          InputError: A score is NaN, or a weight is negative or not finite.
        """
        if rows.pair_keys is None or rows.is_control is None:
            raise errors.InputError("rows do not say which pair a control belongs to")
        check_pairs(rows.original, rows.counterfactual, rows.weights, rows.legitimate)
        # A control of a marked pair is left out with it, since that one is not there.
        is_counted = np.ones(rows.size, bool)
        if rows.legitimate is not None:
            is_counted = rows.is_control | ~rows.legitimate
        weights = np.ones(rows.size) if rows.weights is None else rows.weights
        return cls(
            rows.pair_keys[is_counted],
            rows.is_control[is_counted],
            rows.original[is_counted],
            rows.counterfactual[is_counted],
            weights[is_counted],
        )

    def __add__(self, other: ControlledPairs) -> ControlledPairs:
        if not isinstance(other, ControlledPairs):
            return NotImplemented
        fields = [field.name for field in dataclasses.fields(self)]
        return ControlledPairs(
            *(np.concatenate([getattr(self, name), getattr(other, name)]) for name in fields)
        )

    def rates(self, thresholds: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Rates over the pairs that have a control, each pair's controls as one together.

        Args:
          thresholds: [T].

        Returns:
          [3, T] control flip rates, and [3, T] the pairs' own rates less these: any flip, to
          positive, to negative. NaN where no pair has a control.
        """
        limits = np.asarray(thresholds, np.float64)
        # Float sums are the same in any order of the rows.
        columns = (self.counterfactual, self.original, self.weights, self.is_control, self.keys)
        order = np.lexsort(columns)
        keys, is_control = self.keys[order], self.is_control[order]
        weights, original = self.weights[order], self.original[order]
        pairs, controls = np.flatnonzero(~is_control), np.flatnonzero(is_control)
        known = keys[pairs]
        place = np.searchsorted(known, keys[controls])
        there = place < len(known)
        there[there] = known[place[there]] == keys[controls][there]
        controls, place = controls[there], place[there]
        number = np.bincount(place, minlength=len(pairs))
        total = weights[pairs][number > 0].sum()
        if not total > 0:
            nothing = np.full((3, len(limits)), np.nan)
            return nothing, nothing
        other = self.counterfactual[order]
        # A control is an edit of its pair's original.
        flips = _flips(original[pairs], other[pairs], limits)
        control_flips = _flips(original[pairs][place], other[controls], limits)
        own = np.where(number > 0, weights[pairs], 0.0) @ flips / total
        control = (weights[pairs][place] / number[place]) @ control_flips / total
        return control, own - control


def _flips(before: Floats, after: Floats, limits: Floats) -> Floats:
    """[3, N, T] any flip, to positive, to negative."""
    first, second = before[:, None] > limits, after[:, None] > limits
    return np.stack([first != second, ~first & second, first & ~second]).astype(np.float64)
