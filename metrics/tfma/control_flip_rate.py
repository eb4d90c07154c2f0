"""ControlFlipRate: how often decisions change when other words are edited."""

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
class ControlFlipRate(ControlMetric):
    """Shares of controls that flip, per threshold: what any edit of this kind does.

    A control is an example with `edit` = "control": its pair's original, with other words
    edited in place of identity terms. `control_of` holds the `counterfactual_index` of its
    pair, `example_id_key` the ID that both share.

    Values, each once per threshold T as `control_flip_rate/<value>@T`, over the pairs that
    have a control, each pair's n controls x'' as one together:

    * overall: sum of w mean([f(x) > T] != [f(x'') > T]) / sum of w.
    * negative_to_positive: the same of f(x) <= T < f(x'').
    * positive_to_negative: the same of f(x'') <= T < f(x).

    Range: [0, 1]. No value is ideal: it is what flip rates are read against. Ties: a score
    equal to T is negative. Without a control: NaN. Pairs marked by
    `flip_is_legitimate_key` are left out with their controls.

    Intervals: in a result that fairflip writes, as in its report; else TFMA's. These
    resample single examples and take controls from their pairs: do not use them.

    Example: a pair of weight 1 has controls that flip and do not, another of weight 3 has
    one that does not: 1 * 0.5 / 4 = 0.125.

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
    name: str = metric_names.CONTROL_FLIP_RATE
    thresholds: Sequence[float] = metric_names.DEFAULT_THRESHOLDS
    flip_is_legitimate_key: str | None = None
    validated_value: str | None = None

    def of(self, control: npt.NDArray[Any], excess: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The rates of controls."""
        return control


metric_types.register_metric(ControlFlipRate)
