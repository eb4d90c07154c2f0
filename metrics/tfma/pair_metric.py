"""What the TFMA metrics over pairs share: their arguments, their keys, and what they compute.

A metric says what it reads and accumulates, and how its values follow from that. The rest,
from TFMA's arguments to its computations, stands here once.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from tensorflow_model_analysis.metrics import metric_types, metric_util
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.flips import metric_names
from fairflip.metrics.tfma.pair_combiner import (
    CountPairs,
    FlipStatistic,
    FlipTally,
    PairStatistic,
)
from fairflip.metrics.tfma.pair_reader import PairReader, PredictionKey
from fairflip.protos import errors


class PairMetric(metric_types.Metric, abc.ABC):
    """A TFMA metric over pairs, with many values and one that thresholds apply to.

    A metric is a dataclass whose fields are its arguments; TFMA makes it from the JSON of
    `MetricConfig.config`. The fields below are those of every metric.

    TFMA looks up the value for `MetricConfig.threshold` (and per slice) by the
    metric's `name`. A metric with many values has none of that name, so once it is made
    `name` is that of the value to validate, such as "flip_rate/overall@0.5", while
    `get_config()["name"]` stays "flip_rate".
    """

    counterfactual_prediction_key: PredictionKey
    name: str
    flip_is_legitimate_key: str | None
    validated_value: str | None

    def __post_init__(self) -> None:
        """Hands the arguments to TFMA, which keeps them and gives them back to `_create`."""
        fields = dataclasses.fields(cast(Any, self))
        arguments = {field.name: getattr(self, field.name) for field in fields}
        #: What the names of all values begin with.
        self.prefix = arguments["name"] = self.name or type(self).name
        super().__init__(metric_util.merge_per_key_computations(self._create), **arguments)
        chosen = self.validated_value or self.default_value
        self.name = metric_names.value_name(self.prefix, chosen)

    def __reduce__(self) -> Any:
        """Workers get the arguments and make the metric anew."""
        return type(self).from_config, (self.get_config(),)

    @property
    @abc.abstractmethod
    def value_names(self) -> Sequence[str]:
        """Names of the values without the prefix, as far as they are known without data."""

    @property
    @abc.abstractmethod
    def default_value(self) -> str:
        """The value that a `MetricConfig.threshold` applies to if none is named."""

    @abc.abstractmethod
    def statistic(self) -> PairStatistic[Any]:
        """What is accumulated over the pairs."""

    @abc.abstractmethod
    def values(self, total: Any, reader: PairReader) -> Mapping[str, Any]:
        """The values, by names without the prefix, of what was accumulated."""

    def reads(self) -> dict[str, Any]:
        """What of a pair is read beside its scores: fields of `PairReader`.

        Raises:
          ConfigurationError: An argument makes no sense.
        """
        return {}

    def is_value(self, name: str) -> bool:
        """Whether the metric has a value of this name."""
        return name in self.value_names

    def _create(
        self,
        eval_config: config_pb2.EvalConfig | None = None,
        model_name: str = "",
        output_name: str = "",
        example_weighted: bool = False,
        **arguments: Any,
    ) -> metric_types.MetricComputations:
        """The computations of one model and output: TFMA passes what it finds named here.

        Metrics that accumulate the same share it: TFMA computes equal private keys once.
        """
        del arguments  # They are the fields.
        reader = PairReader.create(
            self.prefix,
            self.counterfactual_prediction_key,
            eval_config,
            model_name,
            output_name,
            legitimate_key=self.flip_is_legitimate_key,
            example_weighted=bool(example_weighted),
            **self.reads(),
        )
        if self.validated_value is not None and not self.is_value(self.validated_value):
            raise errors.ConfigurationError(
                f"{self.prefix}: validated_value {self.validated_value!r} is none of its values; "
                f"use one of {list(self.value_names)}"
            )

        def key(name: str) -> metric_types.MetricKey:
            return metric_types.MetricKey(
                name=name,
                model_name=model_name,
                output_name=output_name,
                example_weighted=reader.example_weighted,
            )

        statistic = self.statistic()
        accumulated = key(
            metric_util.generate_private_name_from_arguments(
                f"_{type(statistic).__name__}",
                feature=reader.feature_key,
                baseline=reader.baseline_name,
                reads_baseline=reader.reads_baseline,
                example_id=reader.id_key,
                legitimate=reader.legitimate_key,
                **dataclasses.asdict(cast(Any, statistic)),
            )
        )
        keys = {name: key(metric_names.value_name(self.prefix, name)) for name in self.value_names}

        def derive(
            metrics: Mapping[metric_types.MetricKey, Any],
        ) -> dict[metric_types.MetricKey, Any]:
            return {
                keys.get(name) or key(metric_names.value_name(self.prefix, name)): value
                for name, value in self.values(metrics[accumulated], reader).items()
            }

        return [
            metric_types.MetricComputation(
                keys=[accumulated],
                preprocessors=[reader.preprocessor()],
                combiner=CountPairs(accumulated, reader, statistic),
            ),
            metric_types.DerivedMetricComputation(keys=list(keys.values()), result=derive),
        ]


class ThresholdMetric(PairMetric):
    """A metric with the same values at each threshold, as "<value>@T"."""

    thresholds: Sequence[float]
    #: Names of the values without the threshold; the first is the one to validate.
    kinds: Sequence[str]

    @functools.cached_property
    def distinct_thresholds(self) -> tuple[float, ...]:
        """[T] the thresholds, none twice."""
        return tuple(float(t) for t in metric_names.distinct_numbers(self.thresholds))

    @functools.cached_property
    def suffixes(self) -> list[str]:
        """[T] "@T" of each threshold."""
        return metric_names.threshold_suffix(self.distinct_thresholds)

    @functools.cached_property
    def value_names(self) -> list[str]:
        """[T * V] names, those of one threshold together."""
        return [kind + suffix for suffix in self.suffixes for kind in self.kinds]

    @property
    def default_value(self) -> str:
        """The first kind at the first threshold."""
        # Not `value_names[0]`: TFMA makes each metric several times, and asks most for no more.
        return self.kinds[0] + self.suffixes[0]


class FlipMetric(ThresholdMetric):
    """A metric whose values all come from counts of flips."""

    # Arguments of those metrics alone that name IDs.
    example_id_key: str | None = None
    example_ids_count: int = 0
    seed: int = 0

    @property
    def num_ids(self) -> int:
        """The most IDs per threshold and direction."""
        return 0 if self.example_id_key is None else self.example_ids_count

    @abc.abstractmethod
    def by_threshold(self, tally: FlipTally) -> Mapping[str, Any]:
        """[T] values of each kind."""

    def reads(self) -> dict[str, Any]:
        """The IDs, where they are named."""
        if self.example_ids_count < 0:
            raise errors.ConfigurationError(
                f"{self.prefix}: example_ids_count is {self.example_ids_count}; set it to 0 or more"
            )
        return {"id_key": self.example_id_key if self.num_ids else None}

    def statistic(self) -> FlipStatistic:
        """Flips by threshold, and a sample of who flipped."""
        return FlipStatistic(self.distinct_thresholds, self.num_ids, self.seed)

    def values(self, total: FlipTally, reader: PairReader) -> dict[str, Any]:
        """The values of all thresholds; arrays as they are, numbers as Python's."""
        of_kind = self.by_threshold(total)
        values = {
            kind + suffix: of_kind[kind][i]
            for i, suffix in enumerate(self.suffixes)
            for kind in self.kinds
        }
        return {n: v if isinstance(v, np.ndarray) else float(v) for n, v in values.items()}
