"""PositiveRate: how often the model says "yes" to originals and to counterfactuals."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tensorflow_model_analysis.metrics import metric_types

from fairflip.metrics.flips import metric_names
from fairflip.metrics.tfma.pair_combiner import FlipTally
from fairflip.metrics.tfma.pair_metric import FlipMetric
from fairflip.metrics.tfma.pair_reader import PredictionKey


@dataclasses.dataclass(eq=False)
class PositiveRate(FlipMetric):
    """Shares of pairs whose original, and whose counterfactual, is predicted positive.

    To be read beside every flip rate: a flip rate of 0 with a positive rate of 0 is
    a model that answers "no" to everything.

    Values, each once per threshold T as `positive_rate/<value>@T`:

    * original: sum of w over f(x) > T / sum of w.
    * counterfactual: sum of w over f(x') > T / sum of w.

    counterfactual - original = FlipRate's negative_to_positive less its
    positive_to_negative. Both are over pairs: an original counts once for each of
    its counterfactuals, so this is not the positive rate over examples.

    Range: [0, 1]. Ideal: the share that deserves "yes", and the same on both sides.
    Ties: a score equal to T is negative. Empty slice: NaN. Pairs marked by
    `flip_is_legitimate_key` are left out.

    Source: the selection rate of the fairness literature, on both sides of pairs.

    Example: scores 0.4 -> 0.6, 0.9 -> 0.9, 0.7 -> 0.6 at T = 0.5 give original 2/3
    and counterfactual 1.

    Attributes:
      counterfactual_prediction_key: See `FlipCount`.
      name: What the names of all values begin with.
      thresholds: Decision thresholds.
      flip_is_legitimate_key: Feature that is true where a flip would be right.
      validated_value: The value that a `MetricConfig.threshold` applies to; None:
        original at the first threshold.
    """

    counterfactual_prediction_key: PredictionKey = None
    name: str = metric_names.POSITIVE_RATE
    thresholds: Sequence[float] = metric_names.DEFAULT_THRESHOLDS
    flip_is_legitimate_key: str | None = None
    validated_value: str | None = None

    kinds = metric_names.POSITIVE_RATE_VALUES

    def by_threshold(self, tally: FlipTally) -> Mapping[str, Any]:
        """[T] values of each kind from counted flips."""
        return {
            metric_names.ORIGINAL: tally.counts.positive_rate,
            metric_names.COUNTERFACTUAL: tally.counts.counterfactual_positive_rate,
        }


metric_types.register_metric(PositiveRate)
