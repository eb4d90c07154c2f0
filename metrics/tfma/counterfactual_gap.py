"""CounterfactualGap: how far scores move between originals and counterfactuals."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.metrics import metric_types

from fairflip.metrics.flips import metric_names, score_gaps
from fairflip.metrics.pairs.kept_pairs import KeptPairs
from fairflip.metrics.tfma.pair_combiner import KeptPairsStatistic
from fairflip.metrics.tfma.pair_metric import PairMetric
from fairflip.metrics.tfma.pair_reader import PairReader, PredictionKey
from fairflip.protos import errors

DEFAULT_QUANTILES = (0.5, 0.9, 0.99)


@dataclasses.dataclass(eq=False)
class CounterfactualGap(PairMetric):
    """Differences of scores between originals and counterfactuals; no threshold.

    Values, as `counterfactual_gap/<value>`:

    * mean_absolute: sum of w |f(x) - f(x')| / sum of w, the counterfactual token
      fairness (CTF) gap of Garg et al. 2019.
    * mean_signed: sum of w (f(x') - f(x)) / sum of w; above 0 where the change of
      the term raises scores.
    * quantile@q, for each q of `quantiles`: the smallest gap |f(x) - f(x')| with at
      least a share q of the weight at or below it. Exact; always a gap that occurred.
    * mean_score_deviation, mean_score_range, only with `example_id_key`: the
      standard deviation (of the population) and the range of the scores of an
      original and all its counterfactuals, averaged over originals; Prabhakaran et
      al. 2019. The denominator is originals, not pairs; an original weighs as the
      mean of its pairs.

    Range: for scores in [0, 1], [0, 1] and for the signed mean [-1, 1], for the
    deviation [0, 0.5]. Ideal: 0. Ties mean nothing here. Empty slice: NaN. Scores
    must be finite. Pairs marked by `flip_is_legitimate_key` are left out.

    Memory: the scores of all pairs are kept, 16 to 32 bytes per pair, slice and
    model; see `fairflip.metrics.pairs.kept_pairs`.

    Example: scores 0.4 -> 0.6, 0.9 -> 0.9 and 0.7 -> 0.2 give mean_absolute 0.7 / 3,
    mean_signed -0.1, quantile@0.5 0.2. If the last two were pairs of one original
    whose own score is 0.9 (0.9 -> 0.9 and 0.9 -> 0.2), its range would be 0.7.

    Attributes:
      counterfactual_prediction_key: See `FlipCount`.
      example_id_key: Feature with the original's example ID, by which its
        counterfactuals are grouped; None: no values per original.
      quantiles: Orders of the quantiles of the gap, each in [0, 1]; may be empty.
      name: What the names of all values begin with.
      flip_is_legitimate_key: Feature that is true where a flip would be right.
      validated_value: The value that a `MetricConfig.threshold` applies to; None:
        mean_absolute.
    """

    counterfactual_prediction_key: PredictionKey = None
    example_id_key: str | None = None
    quantiles: Sequence[float] = DEFAULT_QUANTILES
    name: str = metric_names.COUNTERFACTUAL_GAP
    flip_is_legitimate_key: str | None = None
    validated_value: str | None = None

    default_value = metric_names.MEAN_ABSOLUTE

    @functools.cached_property
    def distinct_quantiles(self) -> tuple[float, ...]:
        """Orders of the quantiles, none twice."""
        return metric_names.distinct_numbers(self.quantiles)

    @functools.cached_property
    def value_names(self) -> list[str]:
        """Means, quantiles and, with IDs, the spreads."""
        names = [metric_names.MEAN_ABSOLUTE, metric_names.MEAN_SIGNED]
        if self.distinct_quantiles:
            suffixes = metric_names.number_suffix(self.distinct_quantiles, "quantile")
            names += [metric_names.QUANTILE + suffix for suffix in suffixes]
        if self.example_id_key is not None:
            names += [metric_names.MEAN_SCORE_DEVIATION, metric_names.MEAN_SCORE_RANGE]
        return names

    def reads(self) -> dict[str, Any]:
        """The original's ID, where pairs are grouped by it."""
        for quantile in self.distinct_quantiles:
            if not 0 <= quantile <= 1:
                raise errors.ConfigurationError(
                    f"{self.prefix}: quantile {quantile} is outside [0, 1]; give 0.9 for the 90th "
                    "percentile"
                )
        return {"id_key": self.example_id_key, "needs_ids": self.example_id_key is not None}

    def statistic(self) -> KeptPairsStatistic:
        """The scores of all pairs."""
        return KeptPairsStatistic()

    def values(self, total: KeptPairs, reader: PairReader) -> dict[str, float]:
        """The values in the order of their names."""
        columns = total.columns()
        signed = columns.counterfactual - columns.original
        gaps, weights = np.abs(signed), columns.weight_or_one
        numbers = [
            score_gaps.weighted_mean(gaps, weights),
            score_gaps.weighted_mean(signed, weights),
            *score_gaps.weighted_quantiles(gaps, weights, self.distinct_quantiles),
        ]
        if self.example_id_key is not None:
            hashes = np.zeros(0, np.uint64) if columns.id_hashes is None else columns.id_hashes
            numbers += score_gaps.score_spread(
                columns.original, columns.counterfactual, weights, hashes
            )
        return dict(zip(self.value_names, numbers, strict=True))


metric_types.register_metric(CounterfactualGap)
