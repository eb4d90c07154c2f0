"""What ControlFlipRate and ExcessFlipRate share: they read pairs together with controls."""

from __future__ import annotations

import abc
import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from fairflip.metrics.flips import metric_names
from fairflip.metrics.pairs.controlled_pairs import ControlledPairs
from fairflip.metrics.pairs.pair_rows import PairRows
from fairflip.metrics.tfma.pair_metric import ThresholdMetric
from fairflip.metrics.tfma.pair_reader import PairReader
from fairflip.protos import errors


@dataclasses.dataclass(frozen=True)
class ControlledStatistic:
    """Keeps pairs and controls."""

    def zero(self) -> ControlledPairs:
        """No rows."""
        return ControlledPairs.zero()

    def count(self, rows: PairRows) -> ControlledPairs:
        """Keeps these rows."""
        return ControlledPairs.of(rows)


class ControlMetric(ThresholdMetric):
    """A metric of the pairs that have a control and of these controls, by threshold."""

    example_id_key: str | None

    kinds = metric_names.CONTROL_RATE_VALUES

    @abc.abstractmethod
    def of(self, control: npt.NDArray[Any], excess: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """[3, T] values of the kinds, from rates of controls and the excess over them."""

    def reads(self) -> dict[str, Any]:
        """The original's ID, by which controls find their pair."""
        if self.example_id_key is None:
            raise errors.ConfigurationError(
                f"{self.prefix}: example_id_key is not set; name the feature with the original's "
                "ID, by which a control finds its pair"
            )
        return {"id_key": self.example_id_key, "needs_ids": True, "with_controls": True}

    def statistic(self) -> ControlledStatistic:
        """Pairs and controls."""
        return ControlledStatistic()

    def values(self, total: ControlledPairs, reader: PairReader) -> dict[str, float]:
        """The values of all thresholds."""
        rates = self.of(*total.rates(np.array(self.distinct_thresholds)))
        return {
            kind + suffix: float(rates[k, t])
            for t, suffix in enumerate(self.suffixes)
            for k, kind in enumerate(self.kinds)
        }
