"""FlipRate: the share of decisions that change between originals and counterfactuals."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tensorflow_model_analysis.metrics import metric_types

from fairflip.metrics.flips import metric_names
from fairflip.metrics.pairs.examples import flat_id_array, id_array
from fairflip.metrics.tfma.pair_combiner import FlipTally
from fairflip.metrics.tfma.pair_metric import FlipMetric
from fairflip.metrics.tfma.pair_reader import PredictionKey


@dataclasses.dataclass(eq=False)
class FlipRate(FlipMetric):
    """Shares of flips among all pairs of originals and counterfactuals, per threshold.

    Compares a model's decision on an original with the *same* model's decision on
    its counterfactual; see `FlipCount` for where the latter comes from.

    Values, each once per threshold T as `flip_rate/<value>@T`; the denominator is
    the weight of *all* pairs, also for one direction (`ConditionalFlipRate` divides
    by the pairs that could flip in that direction):

    * overall: sum of w [f(x) > T] != [f(x') > T] / sum of w.
    * negative_to_positive: sum of w over f(x) <= T < f(x') / sum of w.
    * positive_to_negative: sum of w over f(x') <= T < f(x) / sum of w.
    * negative_to_positive_examples_ids, positive_to_negative_examples_ids: [n, 1]
      as in FlipCount; sample_examples_ids: [n] the same over both directions.

    Range: [0, 1]; overall is the sum of the directions. Ideal: 0, at an unchanged
    positive rate (`PositiveRate`, `MatchedFlipRate`): a model that says "no" to
    everything has 0 too. Ties: a score equal to T is negative. Empty slice: NaN.
    Pairs marked by `flip_is_legitimate_key` are left out.

    Intervals: with `Options.compute_confidence_intervals`, TFMA's jackknife or
    Poisson bootstrap. These resample single examples: with several counterfactuals
    per original they are too narrow (`fairflip.metrics.intervals` is not).

    Source: TFMA 0.46's FlipRate, whose names and values these are; Garg et al. 2019
    for the notion of a counterfactual pair.

    Example: scores 0.4 -> 0.6, 0.9 -> 0.9, 0.7 -> 0.2 and 0.1 -> 0.2 at T = 0.5 give
    overall 0.5, negative_to_positive 0.25, positive_to_negative 0.25; with weights
    2, 1, 1, 0 they give 0.75, 0.5, 0.25.

    Attributes:
      counterfactual_prediction_key: See `FlipCount`.
      example_id_key: Feature with the original's example ID; None: no IDs.
      example_ids_count: The most IDs kept per threshold and direction.
      name: What the names of all values begin with.
      thresholds: Decision thresholds.
      flip_is_legitimate_key: Feature that is true where a flip would be right.
      seed: Seed of the sample of IDs.
      validated_value: The value that a `MetricConfig.threshold` applies to, such
        as "positive_to_negative@0.5"; None: overall at the first threshold.
    """

    counterfactual_prediction_key: PredictionKey = None
    example_id_key: str | None = None
    example_ids_count: int = metric_names.DEFAULT_EXAMPLE_IDS_COUNT
    name: str = metric_names.FLIP_RATE
    thresholds: Sequence[float] = metric_names.DEFAULT_THRESHOLDS
    flip_is_legitimate_key: str | None = None
    seed: int = 0
    validated_value: str | None = None

    kinds = metric_names.FLIP_RATE_VALUES

    def by_threshold(self, tally: FlipTally) -> Mapping[str, Any]:
        """[T] values of each kind from counted flips."""
        counts, examples = tally.counts, tally.examples
        return {
            metric_names.OVERALL: counts.flip_rate,
            metric_names.NEGATIVE_TO_POSITIVE: counts.negative_to_positive_rate,
            metric_names.POSITIVE_TO_NEGATIVE: counts.positive_to_negative_rate,
            metric_names.NEGATIVE_TO_POSITIVE_EXAMPLES_IDS: [
                id_array(sample) for sample in examples.negative_to_positive
            ],
            metric_names.POSITIVE_TO_NEGATIVE_EXAMPLES_IDS: [
                id_array(sample) for sample in examples.positive_to_negative
            ],
            metric_names.SAMPLE_EXAMPLES_IDS: [
                flat_id_array(sample) for sample in examples.any_direction
            ],
        }


metric_types.register_metric(FlipRate)
