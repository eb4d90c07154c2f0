"""What the TFMA metrics over pairs share: arguments, keys, and thresholds to pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from tensorflow_model_analysis.metrics import metric_types, metric_util
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.flips import metric_names
from fairflip.metrics.tfma.pair_combiner import CountPairs, FlipStatistic, PairStatistic
from fairflip.metrics.tfma.pair_reader import PairReader, PredictionKey
from fairflip.protos import errors

#: From the accumulated statistic to {name of a value: value}.
Values = Callable[[Any], Mapping[str, Any]]


class PairMetric(metric_types.Metric):
    """A TFMA metric over pairs, with many values and one that thresholds apply to.

    TFMA looks up the value for `MetricConfig.threshold` (and per slice) by the
    metric's `name`. A metric with many values has none of that name, so `name` is
    here that of the value to validate, such as "flip_rate/overall@0.5", while
    `get_config()["name"]` stays "flip_rate".
    """

    def __init__(
        self,
        create_computations: Callable[..., metric_types.MetricComputations],
        name: str,
        validated_value: str | None,
        default_validated_value: str,
        **arguments: Any,
    ):
        """Initializes the metric.

        Args:
          create_computations: Makes the computations of one model and output from
            `arguments` and TFMA's own.
          name: What the names of all values begin with.
          validated_value: The rest of the name of the value that a
            `MetricConfig.threshold` applies to; None: the default.
          default_validated_value: That default.
          **arguments: The metric's own arguments.
        """
        super().__init__(
            metric_util.merge_per_key_computations(create_computations),
            name=name,
            validated_value=validated_value,
            **arguments,
        )
        self.name = metric_names.value_name(name, validated_value or default_validated_value)


def first_suffix(thresholds: Sequence[float]) -> str:
    """The suffix of the first threshold's values."""
    return metric_names.threshold_suffix(metric_names.distinct_numbers(thresholds))[0]


def pair_computations(
    reader: PairReader,
    statistic: PairStatistic[Any],
    values: Values,
    names: Sequence[str],
    private_name: str,
    validated_value: str | None = None,
    **private_arguments: Any,
) -> metric_types.MetricComputations:
    """One accumulation over pairs and the values derived from it.

    Metrics that accumulate the same share it: TFMA computes equal private keys once.

    Args:
      reader: Reads one model's and output's pairs.
      statistic: What is accumulated.
      values: Derives the values from it.
      names: The values' names, where they are known; they identify the metric.
      private_name: Name of the accumulated statistic.
      validated_value: The user's choice, checked against `names`.
      **private_arguments: What else tells this accumulation from others.

    Returns:
      The computations.

    Raises:
      ConfigurationError: `validated_value` is no value of this metric.
    """
    prefix = reader.metric + "/"
    if validated_value is not None and prefix + validated_value not in names:
        raise errors.ConfigurationError(
            f"{reader.metric}: validated_value {validated_value!r} is none of its values; use one "
            f"of {[name.removeprefix(prefix) for name in names]}"
        )

    def key(name: str) -> metric_types.MetricKey:
        return metric_types.MetricKey(
            name=name,
            model_name=reader.model_name,
            output_name=reader.output_name,
            example_weighted=reader.example_weighted,
        )

    accumulated = key(
        metric_util.generate_private_name_from_arguments(
            "_" + private_name,
            feature=reader.feature_key,
            baseline=reader.baseline_name,
            example_id=reader.id_key,
            legitimate=reader.legitimate_key,
            **private_arguments,
        )
    )

    keys = {name: key(name) for name in names}

    def derive(
        metrics: Mapping[metric_types.MetricKey, Any],
    ) -> dict[metric_types.MetricKey, Any]:
        found = values(metrics[accumulated])
        return {keys.get(name) or key(name): value for name, value in found.items()}

    return [
        metric_types.MetricComputation(
            keys=[accumulated],
            preprocessors=[reader.preprocessor()],
            combiner=CountPairs(accumulated, reader, statistic),
        ),
        metric_types.DerivedMetricComputation(keys=list(keys.values()), result=derive),
    ]


def flip_computations(
    metric: str,
    value_names: Sequence[str],
    values: Callable[..., Mapping[str, Any]],
    counterfactual_prediction_key: PredictionKey,
    thresholds: Sequence[float],
    eval_config: config_pb2.EvalConfig | None,
    model_name: str,
    output_name: str,
    example_weighted: bool,
    flip_is_legitimate_key: str | None,
    validated_value: str | None,
    example_id_key: str | None = None,
    example_ids_count: int = 0,
    seed: int = 0,
) -> metric_types.MetricComputations:
    """The computations of a metric whose values all come from counts of flips.

    Args:
      metric: Name of the metric.
      value_names: [V] names of its values, without metric and threshold.
      values: From a FlipTally to {name of value: [T] values}.
      counterfactual_prediction_key: See `PairReader.create`.
      thresholds: [T] thresholds.
      eval_config: The evaluation's configuration.
      model_name: Model as TFMA keys it.
      output_name: Output as TFMA keys it.
      example_weighted: Whether example weights apply.
      flip_is_legitimate_key: Feature that marks legitimate flips.
      validated_value: The value that thresholds apply to.
      example_id_key: Feature with the example ID.
      example_ids_count: The most IDs sampled per threshold and direction.
      seed: Seed of these samples.

    Returns:
      The computations.
    """
    distinct = metric_names.distinct_numbers(thresholds)
    suffixes = metric_names.threshold_suffix(distinct)
    if example_ids_count < 0:
        raise errors.ConfigurationError(
            f"{metric}: example_ids_count is {example_ids_count}; set it to 0 or more"
        )
    num_ids = example_ids_count if example_id_key is not None else 0
    reader = PairReader.create(
        metric,
        counterfactual_prediction_key,
        eval_config,
        model_name,
        output_name,
        id_key=example_id_key if num_ids else None,
        legitimate_key=flip_is_legitimate_key,
        example_weighted=bool(example_weighted),
    )

    names = [
        (metric_names.value_name(metric, value, suffix), value, i)
        for i, suffix in enumerate(suffixes)
        for value in value_names
    ]

    def named(tally: Any) -> Mapping[str, Any]:
        per_threshold = values(tally)
        return {name: _plain(per_threshold[value][i]) for name, value, i in names}

    return pair_computations(
        reader,
        FlipStatistic(tuple(float(t) for t in distinct), num_ids, seed),
        named,
        [name for name, _, _ in names],
        "flip_counts",
        validated_value=validated_value,
        thresholds=",".join(repr(float(t)) for t in distinct),
        num_ids=num_ids,
        seed=seed,
    )


def _plain(value: Any) -> Any:
    """Arrays as they are, numbers as Python's."""
    return value if isinstance(value, np.ndarray) else float(value)
