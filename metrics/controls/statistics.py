"""Sums over the pairs of a slice that have a control, beside those of their controls."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from fairflip.metrics.controls.kept_rows import ControlRows
from fairflip.metrics.statistics.spec import StatisticsSpec

#: The two sides of an excess, in the order of the sums.
IDENTITY, CONTROL = 0, 1


@dataclasses.dataclass(frozen=True)
class ControlStatistics:
    """Sums over the pairs of one slice; `zero` and `+` make it mergeable.

    Axes: M models, B resampling buckets, T thresholds ascending. Each pair's controls count
    as one together: of a pair of weight w with n controls, each has the weight w / n.

    Attributes:
        num_pairs: Identity pairs that are not marked as legitimate flips.
        num_with_control: Those of them that have a control.
        num_control_pairs: Controls of these.
        num_originals: Originals of pairs that have a control.
        pairs: [B] weight of pairs that have a control.
        flips: [2, 2, M, B, T] weight of flips of these pairs and of their controls, each by
            direction, that to positive first.
        gaps: [2, M, B] weighted sums of |f(x') - f(x)| of both.
        kept_rows: The rows themselves, while they are few.
        swaps: [B] weight of the pairs' swaps within one group.
        swap_flips: [M, B, T] weight of flips of these, in both directions.
        kept_swaps: Their rows, as pairs without a control.
        pending: Batches of Arrow rows, as bytes: originals at the edges of batches, whose
            other rows may be elsewhere. Of Overall alone; see `counting.settled`.
    """

    num_pairs: int
    num_with_control: int
    num_control_pairs: int
    num_originals: int
    pairs: np.ndarray
    flips: np.ndarray
    gaps: np.ndarray
    kept_rows: ControlRows
    swaps: np.ndarray
    swap_flips: np.ndarray
    kept_swaps: ControlRows
    pending: pa.Array

    @classmethod
    def zero(cls, spec: StatisticsSpec) -> ControlStatistics:
        """The sums over no pairs."""
        m, b, t = spec.num_models, spec.num_buckets, spec.num_thresholds
        return cls(
            num_pairs=0,
            num_with_control=0,
            num_control_pairs=0,
            num_originals=0,
            pairs=np.zeros(b),
            flips=np.zeros((2, 2, m, b, t)),
            gaps=np.zeros((2, m, b)),
            kept_rows=ControlRows.zero(m, spec.weight_column is not None),
            swaps=np.zeros(b),
            swap_flips=np.zeros((m, b, t)),
            kept_swaps=ControlRows.zero(m, spec.weight_column is not None),
            pending=pa.array([], pa.large_binary()),
        )

    def __add__(self, other: ControlStatistics) -> ControlStatistics:
        """The sums over the pairs of both."""
        return ControlStatistics(
            num_pairs=self.num_pairs + other.num_pairs,
            num_with_control=self.num_with_control + other.num_with_control,
            num_control_pairs=self.num_control_pairs + other.num_control_pairs,
            num_originals=self.num_originals + other.num_originals,
            pairs=self.pairs + other.pairs,
            flips=self.flips + other.flips,
            gaps=self.gaps + other.gaps,
            kept_rows=self.kept_rows + other.kept_rows,
            swaps=self.swaps + other.swaps,
            swap_flips=self.swap_flips + other.swap_flips,
            kept_swaps=self.kept_swaps + other.kept_swaps,
            pending=pa.concat_arrays([self.pending, other.pending]),
        )

    @property
    def num_swaps(self) -> int:
        """Swaps within one group."""
        return self.kept_swaps.num_rows

    @property
    def num_without_control(self) -> int:
        """Pairs that have none."""
        return self.num_pairs - self.num_with_control
