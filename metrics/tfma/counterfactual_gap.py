"""CounterfactualGap: how far scores move between originals and counterfactuals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.flips import metric_names, score_gaps
from fairflip.metrics.flips.kept_pairs import KeptPairs
from fairflip.metrics.tfma.pair_combiner import KeptPairsStatistic
from fairflip.metrics.tfma.pair_metric import PairMetric, pair_computations
from fairflip.metrics.tfma.pair_reader import PairReader, PredictionKey
from fairflip.protos import errors

DEFAULT_QUANTILES = (0.5, 0.9, 0.99)


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
    model; see `fairflip.metrics.flips.kept_pairs`.

    Example: scores 0.4 -> 0.6, 0.9 -> 0.9 and 0.7 -> 0.2 give mean_absolute 0.7 / 3,
    mean_signed -0.1, quantile@0.5 0.2. If the last two were pairs of one original
    whose own score is 0.9 (0.9 -> 0.9 and 0.9 -> 0.2), its range would be 0.7.
    """

    def __init__(
        self,
        counterfactual_prediction_key: PredictionKey = None,
        example_id_key: str | None = None,
        quantiles: Sequence[float] = DEFAULT_QUANTILES,
        name: str = metric_names.COUNTERFACTUAL_GAP,
        flip_is_legitimate_key: str | None = None,
        validated_value: str | None = None,
    ):
        """Initializes the metric.

        Args:
          counterfactual_prediction_key: See `FlipCount`.
          example_id_key: Feature with the original's example ID, by which its
            counterfactuals are grouped; None: no values per original.
          quantiles: Orders of the quantiles of the gap, each in [0, 1]; may be empty.
          name: What the names of all values begin with.
          flip_is_legitimate_key: Feature that is true where a flip would be right.
          validated_value: The value that a `MetricConfig.threshold` applies to; None:
            mean_absolute.
        """
        super().__init__(
            _counterfactual_gap,
            name=name or metric_names.COUNTERFACTUAL_GAP,
            validated_value=validated_value,
            default_validated_value=metric_names.MEAN_ABSOLUTE,
            counterfactual_prediction_key=counterfactual_prediction_key,
            example_id_key=example_id_key,
            quantiles=quantiles,
            flip_is_legitimate_key=flip_is_legitimate_key,
        )


metric_types.register_metric(CounterfactualGap)


def _counterfactual_gap(
    counterfactual_prediction_key: PredictionKey = None,
    example_id_key: str | None = None,
    quantiles: Sequence[float] = DEFAULT_QUANTILES,
    name: str = metric_names.COUNTERFACTUAL_GAP,
    flip_is_legitimate_key: str | None = None,
    validated_value: str | None = None,
    eval_config: config_pb2.EvalConfig | None = None,
    model_name: str = "",
    output_name: str = "",
    example_weighted: bool = False,
) -> metric_types.MetricComputations:
    distinct = metric_names.distinct_numbers(quantiles)
    for quantile in distinct:
        if not 0 <= quantile <= 1:
            raise errors.ConfigurationError(
                f"{name}: quantile {quantile} is outside [0, 1]; give 0.9 for the 90th percentile"
            )
    value_names = [metric_names.MEAN_ABSOLUTE, metric_names.MEAN_SIGNED]
    if distinct:
        suffixes = metric_names.number_suffix(distinct, "quantile")
        value_names += [metric_names.QUANTILE + suffix for suffix in suffixes]
    if example_id_key is not None:
        value_names += [metric_names.MEAN_SCORE_DEVIATION, metric_names.MEAN_SCORE_RANGE]
    reader = PairReader.create(
        name,
        counterfactual_prediction_key,
        eval_config,
        model_name,
        output_name,
        id_key=example_id_key,
        needs_ids=example_id_key is not None,
        legitimate_key=flip_is_legitimate_key,
        example_weighted=bool(example_weighted),
    )
    names = [metric_names.value_name(name, value) for value in value_names]

    def values(pairs: KeptPairs) -> Mapping[str, Any]:
        return dict(
            zip(names, gap_values(pairs, distinct, example_id_key is not None), strict=True)
        )

    return pair_computations(
        reader,
        KeptPairsStatistic(),
        values,
        names,
        "kept_pairs",
        validated_value=validated_value,
    )


def gap_values(pairs: KeptPairs, quantiles: Sequence[float], with_spread: bool) -> list[float]:
    """Mean absolute gap, mean signed gap, each quantile, and, if asked, the two spreads."""
    columns = pairs.columns()
    signed = columns.counterfactual - columns.original
    gaps = np.abs(signed)
    weights = columns.weight_or_one
    values = [
        score_gaps.weighted_mean(gaps, weights),
        score_gaps.weighted_mean(signed, weights),
        *score_gaps.weighted_quantiles(gaps, weights, quantiles),
    ]
    if with_spread:
        hashes = np.zeros(0, np.uint64) if columns.id_hashes is None else columns.id_hashes
        values += score_gaps.score_spread(columns.original, columns.counterfactual, weights, hashes)
    return values
