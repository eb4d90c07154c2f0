"""MatchedFlipRate: flips at the threshold where a model says "yes" as often as the baseline."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.metrics import metric_types

from fairflip.metrics.flips import metric_names
from fairflip.metrics.flips.counts import FlipCounts, rate
from fairflip.metrics.flips.decisions import is_positive
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.pairs.kept_pairs import KeptPairs
from fairflip.metrics.tfma.pair_combiner import KeptPairsStatistic
from fairflip.metrics.tfma.pair_metric import ThresholdMetric
from fairflip.metrics.tfma.pair_reader import PairReader, PredictionKey
from fairflip.protos import errors


@dataclasses.dataclass(eq=False)
class MatchedFlipRate(ThresholdMetric):
    """Shares of flips at a threshold of each model's own, at one positive rate.

    At a fixed threshold a model can reach no flips by predicting all negative. Here
    the candidate's threshold is chosen, per slice, so that its positive rate on the
    slice's originals is the baseline's at T: T itself where the candidate's share of
    scores > T equals the baseline's, otherwise the middle between the two neighbouring
    scores of originals at which the share of scores > t is as near as possible to the
    baseline's (of two equally near shares, the one not above it). The baseline's own
    threshold is T.

    Values, each once per threshold T of the baseline, as
    `matched_flip_rate/<value>@T`:

    * overall, negative_to_positive, positive_to_negative: as in FlipRate, at t, over
      all pairs.
    * threshold: t.
    * positive_rate: the share of pairs whose original scores > t.
    * baseline_positive_rate: the share that was to be reached. Where many scores are
      equal the two can differ: look at both.

    Range: [0, 1], and t between the scores. Ideal: 0. Ties: a score equal to t is
    negative. Empty slice: NaN. All are over pairs: an original counts once per
    counterfactual. Pairs marked by `flip_is_legitimate_key` are left out.

    Needs a ModelSpec marked is_baseline that scored the same originals, and the
    counterfactuals' predictions in a feature per model.

    Memory: the scores of all pairs are kept, 24 to 32 bytes per pair, slice and
    model; see `fairflip.metrics.pairs.kept_pairs`.

    Source: comparing classifiers at equal selection rate, as is usual for scores.

    Example: the baseline calls 1 of 4 originals positive at 0.5. The candidate scores
    them 0.1, 0.2, 0.3 and 0.4: none is positive at 0.5, and t = 0.35 makes one so.

    Attributes:
      counterfactual_prediction_key: Feature with the counterfactual's prediction
        for each model, with "{model}" in it or as a mapping; see `FlipCount`.
        Required: the baseline model is what is compared with.
      name: What the names of all values begin with.
      thresholds: The baseline's decision thresholds.
      flip_is_legitimate_key: Feature that is true where a flip would be right.
      validated_value: The value that a `MetricConfig.threshold` applies to; None:
        overall at the first threshold.
    """

    counterfactual_prediction_key: PredictionKey = None
    name: str = metric_names.MATCHED_FLIP_RATE
    thresholds: Sequence[float] = metric_names.DEFAULT_THRESHOLDS
    flip_is_legitimate_key: str | None = None
    validated_value: str | None = None

    kinds = metric_names.MATCHED_FLIP_RATE_VALUES

    def reads(self) -> dict[str, Any]:
        """The baseline's scores of the originals."""
        if self.counterfactual_prediction_key is None:
            raise errors.ConfigurationError(
                f"{self.prefix} has no counterfactual_prediction_key; name the feature that holds "
                'each model\'s counterfactual prediction, such as "counterfactual.score.{model}"'
            )
        return {"reads_baseline": True}

    def statistic(self) -> KeptPairsStatistic:
        """The scores of all pairs."""
        return KeptPairsStatistic()

    def values(self, total: KeptPairs, reader: PairReader) -> dict[str, float]:
        """The values at each threshold of the baseline."""
        return {
            kind + suffix: number
            for threshold, suffix in zip(self.distinct_thresholds, self.suffixes, strict=True)
            for kind, number in _matched_values(total, threshold, reader.is_baseline).items()
        }


metric_types.register_metric(MatchedFlipRate)


def _matched_values(pairs: KeptPairs, threshold: float, is_baseline: bool) -> dict[str, float]:
    """Values by name at the baseline's `threshold`; the baseline keeps its own."""
    columns = pairs.columns()
    baseline = np.zeros(0) if columns.baseline is None else columns.baseline
    weights = columns.weight_or_one
    target = float(rate(weights[is_positive(baseline, threshold)].sum(), weights.sum()))
    matched = float("nan")
    if weights.sum() > 0:
        matched = (
            float(threshold)
            if is_baseline
            else matched_threshold(columns.original, columns.weights, target, threshold)
        )
    counts = FlipCounts.count(columns.original, columns.counterfactual, [matched], columns.weights)
    return {
        metric_names.OVERALL: float(counts.flip_rate[0]),
        metric_names.NEGATIVE_TO_POSITIVE: float(counts.negative_to_positive_rate[0]),
        metric_names.POSITIVE_TO_NEGATIVE: float(counts.positive_to_negative_rate[0]),
        metric_names.THRESHOLD: matched,
        metric_names.POSITIVE_RATE: float(counts.positive_rate[0]),
        metric_names.BASELINE_POSITIVE_RATE: target,
    }
