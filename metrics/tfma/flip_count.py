"""FlipCount: how many decisions change between originals and counterfactuals."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from tensorflow_model_analysis.metrics import metric_types

from fairflip.metrics.flips import metric_names
from fairflip.metrics.pairs.examples import id_array
from fairflip.metrics.tfma.pair_combiner import FlipTally
from fairflip.metrics.tfma.pair_metric import FlipMetric
from fairflip.metrics.tfma.pair_reader import PredictionKey


@dataclasses.dataclass(eq=False)
class FlipCount(FlipMetric):
    """Counts of flips between originals and their counterfactuals, per threshold.

    Compares a model's decision on an original with the *same* model's decision on
    its counterfactual, not two models on one text (that is what TFMA's
    BooleanFlipRates does; it is also what happens here if no feature is named and
    the counterfactual's prediction comes from the model marked is_baseline).

    Values, each once per threshold T as `flip_count/<value>@T`:

    * negative_to_positive: sum of w over pairs with f(x) <= T < f(x').
    * positive_to_negative: sum of w over pairs with f(x') <= T < f(x).
    * negative_examples_count: sum of w over pairs with f(x) <= T.
    * positive_examples_count: sum of w over pairs with f(x) > T.
    * negative_to_positive_examples_ids, positive_to_negative_examples_ids: [n, 1]
      up to `example_ids_count` distinct IDs of such originals, a uniform sample
      by seeded hash, in alphabetical order.

    w is the example weight, else 1, so that unweighted counts are whole numbers.
    Range: 0 to the total weight. Ideal: no flips. Ties: a score equal to T is
    negative. Empty slice: counts of 0 and no IDs. A pair is one example; an
    original with five counterfactuals is five pairs. A vector prediction counts
    once per element.

    With `flip_is_legitimate_key`, pairs so marked are in none of these but in
    legitimate_examples_count, legitimate_negative_to_positive and
    legitimate_positive_to_negative.

    Source: TFMA 0.46's FlipCount, whose names and values these are, as removed in
    TFMA 0.47.

    Example: scores 0.4 -> 0.6, 0.9 -> 0.9 and 0.7 -> 0.2 at T = 0.5 give
    negative_to_positive 1, positive_to_negative 1, negative_examples_count 1,
    positive_examples_count 2.

    Attributes:
      counterfactual_prediction_key: Feature with the counterfactual's prediction
        by the same model. "{model}" and "{output}" in it stand for the names of
        model and output ("counterfactual.score.{model}"); or a mapping from
        model name to feature. None: the prediction of the model marked
        is_baseline is taken as the counterfactual's.
      example_id_key: Feature with the original's example ID; None: no IDs.
      example_ids_count: The most IDs kept per threshold and direction.
      name: What the names of all values begin with.
      thresholds: Decision thresholds.
      flip_is_legitimate_key: Feature that is true where a flip would be right,
        as when the changed term matters to the label.
      seed: Seed of the sample of IDs.
      validated_value: The value that a `MetricConfig.threshold` applies to, such
        as "positive_to_negative@0.5"; None: negative_to_positive at the first
        threshold.
    """

    counterfactual_prediction_key: PredictionKey = None
    example_id_key: str | None = None
    example_ids_count: int = metric_names.DEFAULT_EXAMPLE_IDS_COUNT
    name: str = metric_names.FLIP_COUNT
    thresholds: Sequence[float] = metric_names.DEFAULT_THRESHOLDS
    flip_is_legitimate_key: str | None = None
    seed: int = 0
    validated_value: str | None = None

    @property
    def kinds(self) -> Sequence[str]:  # type: ignore[override]
        """Names of the values; with marks, of those of marked pairs too."""
        if self.flip_is_legitimate_key is None:
            return metric_names.FLIP_COUNT_VALUES
        return metric_names.FLIP_COUNT_VALUES + metric_names.FLIP_COUNT_LEGITIMATE_VALUES

    def by_threshold(self, tally: FlipTally) -> Mapping[str, Any]:
        """[T] values of each kind from counted flips."""
        counts, examples = tally.counts, tally.examples
        legitimate = counts.legitimate_weights
        return {
            metric_names.NEGATIVE_TO_POSITIVE: counts.negative_to_positive,
            metric_names.POSITIVE_TO_NEGATIVE: counts.positive_to_negative,
            metric_names.NEGATIVE_EXAMPLES_COUNT: counts.negative,
            metric_names.POSITIVE_EXAMPLES_COUNT: counts.positive,
            metric_names.NEGATIVE_TO_POSITIVE_EXAMPLES_IDS: [
                id_array(sample) for sample in examples.negative_to_positive
            ],
            metric_names.POSITIVE_TO_NEGATIVE_EXAMPLES_IDS: [
                id_array(sample) for sample in examples.positive_to_negative
            ],
            metric_names.LEGITIMATE_EXAMPLES_COUNT: legitimate.sum(axis=(1, 2)),
            metric_names.LEGITIMATE_NEGATIVE_TO_POSITIVE: legitimate[:, 0, 1],
            metric_names.LEGITIMATE_POSITIVE_TO_NEGATIVE: legitimate[:, 1, 0],
        }


metric_types.register_metric(FlipCount)
