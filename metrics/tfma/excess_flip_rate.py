"""ExcessFlipRate: how much more often identity edits change decisions than other edits do."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
from tensorflow_model_analysis.metrics import metric_types

from fairflip.metrics.flips import metric_names
from fairflip.metrics.tfma.control_metric import ControlMetric
from fairflip.metrics.tfma.pair_reader import PredictionKey


@dataclasses.dataclass(eq=False)
class ExcessFlipRate(ControlMetric):
    """Flip rates of the pairs that have a control, less those of their controls.

    Values, each once per threshold T as `excess_flip_rate/<value>@T`; see
    `ControlFlipRate` for the controls, and the pairs that count here:

    * overall: sum of w [f(x) > T] != [f(x') > T] / sum of w - control_flip_rate/overall.
    * negative_to_positive, positive_to_negative: the same by direction.

    Range: [-1, 1]. An excess of 0 or less is no evidence of fairness: a model that cannot
    see identity words has minus the control rate. Ties: a score equal to T is negative.
    Without a control: NaN. Pairs marked by `flip_is_legitimate_key` are left out.

    Intervals: in a result that fairflip writes, interval A of its report, which is about
    these terms; see `docs/intervals.md` for the one that takes terms as a sample of words.
    TFMA's own intervals take controls from their pairs: do not use them.

    Example: of two pairs of weight 1 one flips; its controls flip and do not, that of the
    other does not: 1 / 2 - 0.5 / 2 = 0.25.

    Attributes:
      counterfactual_prediction_key: See `FlipCount`.
      example_id_key: Feature with the original's example ID.
      name: What the names of all values begin with.
      thresholds: Decision thresholds.
      flip_is_legitimate_key: Feature that is true where a flip would be right.
      validated_value: The value that a `MetricConfig.threshold` applies to; None: overall
        at the first threshold.
    """

    counterfactual_prediction_key: PredictionKey = None
    example_id_key: str | None = None
    name: str = metric_names.EXCESS_FLIP_RATE
    thresholds: Sequence[float] = metric_names.DEFAULT_THRESHOLDS
    flip_is_legitimate_key: str | None = None
    validated_value: str | None = None

    def of(self, control: npt.NDArray[Any], excess: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The excess."""
        return excess


metric_types.register_metric(ExcessFlipRate)
