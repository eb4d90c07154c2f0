"""ConditionalFlipRate: flips in one direction among the pairs that could flip that way."""

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
class ConditionalFlipRate(FlipMetric):
    """Directional flips over the originals predicted negative, or positive.

    `FlipRate` divides each direction by all pairs, so a direction looks small where
    few originals are on its side. Here the denominator is that side. The original's
    *prediction* decides, not its label.

    Values, each once per threshold T as `conditional_flip_rate/<value>@T`:

    * negative_to_positive_given_negative: sum of w over f(x) <= T < f(x') / sum of
      w over f(x) <= T.
    * positive_to_negative_given_positive: sum of w over f(x') <= T < f(x) / sum of
      w over f(x) > T.

    Range: [0, 1]. Ideal: 0. Ties: a score equal to T is negative. NaN where no
    original is on that side, and on an empty slice. Pairs marked by
    `flip_is_legitimate_key` are left out.

    Source: the two off-diagonal cells of the decision table, by row; Fairness
    Indicators and TFMA have no such rate between counterfactuals.

    Example: scores 0.4 -> 0.6, 0.9 -> 0.9, 0.7 -> 0.2, 0.1 -> 0.2 at T = 0.5: one of
    two negatives rises (0.5), one of two positives falls (0.5).

    Attributes:
      counterfactual_prediction_key: See `FlipCount`.
      name: What the names of all values begin with.
      thresholds: Decision thresholds.
      flip_is_legitimate_key: Feature that is true where a flip would be right.
      validated_value: The value that a `MetricConfig.threshold` applies to; None:
        negative_to_positive_given_negative at the first threshold.
    """

    counterfactual_prediction_key: PredictionKey = None
    name: str = metric_names.CONDITIONAL_FLIP_RATE
    thresholds: Sequence[float] = metric_names.DEFAULT_THRESHOLDS
    flip_is_legitimate_key: str | None = None
    validated_value: str | None = None

    kinds = metric_names.CONDITIONAL_FLIP_RATE_VALUES

    def by_threshold(self, tally: FlipTally) -> Mapping[str, Any]:
        """[T] values of each kind from counted flips."""
        counts = tally.counts
        return {
            metric_names.NEGATIVE_TO_POSITIVE_GIVEN_NEGATIVE: (
                counts.negative_to_positive_given_negative
            ),
            metric_names.POSITIVE_TO_NEGATIVE_GIVEN_POSITIVE: (
                counts.positive_to_negative_given_positive
            ),
        }


metric_types.register_metric(ConditionalFlipRate)
