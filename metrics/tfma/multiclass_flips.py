"""MulticlassFlips: changes of the top class between originals and counterfactuals."""

from __future__ import annotations

import dataclasses
from typing import Any

from tensorflow_model_analysis.metrics import metric_types

from fairflip.metrics.flips import metric_names
from fairflip.metrics.flips.counts import rate
from fairflip.metrics.pairs.class_transitions import ClassTransitions
from fairflip.metrics.tfma.pair_combiner import ClassTransitionStatistic
from fairflip.metrics.tfma.pair_metric import PairMetric
from fairflip.metrics.tfma.pair_reader import PairReader, PredictionKey


@dataclasses.dataclass(eq=False)
class MulticlassFlips(PairMetric):
    """Changes of the top class; for predictions that are vectors of K class scores.

    The top class is the one with the largest score, of equal ones the first. There
    is no threshold.

    Values, as `multiclass_flips/<value>`, with M the matrix below:

    * top_class_change_rate: sum of w [top f(x) != top f(x')] / sum of w.
    * transition_matrix: [K, K] M[i, j] = sum of w over pairs with top f(x) = i and
      top f(x') = j.
    * class_gains, class_losses: [K] weight of pairs that change to (from) class c,
      the column (row) sums of M without its diagonal.
    * class_gain_rate@c, class_loss_rate@c: class_gains[c] and class_losses[c] over
      the weight of all pairs, as numbers, for thresholds and diffs.

    Range: rates in [0, 1]; gains and losses have one sum, that of the changes.
    Ideal: 0 off the diagonal. Empty slice: TFMA has no value for a slice without
    examples; a rate over no weight is NaN. Pairs marked by `flip_is_legitimate_key`
    are left out. With K = 2 and scores that sum to 1 the change rate is FlipRate's
    overall at 0.5, but for ties at 0.5.

    Source: the transition matrix generalises the 2 x 2 table of decisions.

    Example: top classes a -> b, a -> a, c -> b: change rate 2/3, b gains 2, a and c
    lose 1 each.

    Attributes:
      counterfactual_prediction_key: See `FlipCount`; the feature holds K scores. Over
        scored pairs "counterfactual.classes.{model}".
      name: What the names of all values begin with.
      flip_is_legitimate_key: Feature that is true where a change would be right.
      validated_value: The value that a `MetricConfig.threshold` applies to, such
        as "class_gain_rate@2"; None: top_class_change_rate.
    """

    counterfactual_prediction_key: PredictionKey = None
    name: str = metric_names.MULTICLASS_FLIPS
    flip_is_legitimate_key: str | None = None
    validated_value: str | None = None

    # How many classes there are, and so the rates per class, is seen in the data.
    value_names = (
        metric_names.TOP_CLASS_CHANGE_RATE,
        metric_names.TRANSITION_MATRIX,
        metric_names.CLASS_GAINS,
        metric_names.CLASS_LOSSES,
    )
    default_value = metric_names.TOP_CLASS_CHANGE_RATE

    def is_value(self, name: str) -> bool:
        """Whether the metric may have a value of this name, for some number of classes."""
        per_class = (metric_names.CLASS_GAIN_RATE + "@", metric_names.CLASS_LOSS_RATE + "@")
        return name in self.value_names or name.startswith(per_class)

    def reads(self) -> dict[str, Any]:
        """Top classes in place of scores."""
        return {"reads_classes": True}

    def statistic(self) -> ClassTransitionStatistic:
        """Changes of the top class."""
        return ClassTransitionStatistic()

    def values(self, total: ClassTransitions, reader: PairReader) -> dict[str, Any]:
        """The rate and the matrix, and a rate for each class."""
        gains, losses, weight = total.gains, total.losses, total.weights.sum()
        values = {
            metric_names.TOP_CLASS_CHANGE_RATE: total.change_rate,
            metric_names.TRANSITION_MATRIX: total.weights,
            metric_names.CLASS_GAINS: gains,
            metric_names.CLASS_LOSSES: losses,
        }
        rates = zip(rate(gains, weight), rate(losses, weight), strict=True)
        for index, (gain_rate, loss_rate) in enumerate(rates):
            values[f"{metric_names.CLASS_GAIN_RATE}@{index}"] = float(gain_rate)
            values[f"{metric_names.CLASS_LOSS_RATE}@{index}"] = float(loss_rate)
        return values


metric_types.register_metric(MulticlassFlips)
