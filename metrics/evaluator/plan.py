"""What an evaluation computes from pair statistics: values that are counted, and then derived.

TFMA splits a metric in two: combiners that count, and derived computations that
turn counts into values. The batched evaluator replaces only the counting; see
`fairflip.metrics.evaluator.planning` for how an EvalConfig is split.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import config_pb2


@dataclasses.dataclass(frozen=True)
class Counted:
    """One value that TFMA would have a combiner count.

    Attributes:
        kind: "rows", "confusion", "scores", "flips" or "controls".
        keys: The keys that the combiner fills, or for "scores" those of the
            matrices that TFMA derives from it.
        model: Index of the model in the statistics.
        example_weighted: Whether example weights apply.
        thresholds: Of "confusion", "flips" and "controls".
        num_ids: Of "flips": the most IDs in a sample.
        leaves_out_marked: Of "flips": whether marked pairs stay apart.
        empty: Of "confusion": what the combiner gives for no examples.
    """

    kind: str
    keys: tuple[metric_types.MetricKey, ...]
    model: int
    example_weighted: bool
    thresholds: tuple[float, ...] = ()
    num_ids: int = 0
    leaves_out_marked: bool = True
    empty: Any = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def owner(self) -> tuple[str, bool]:
        """The model as TFMA keys it, and whether weighted: as in the keys of its values."""
        return self.keys[0].model_name, self.example_weighted


@dataclasses.dataclass(frozen=True)
class PairRate:
    """Where the interval of one value comes from; names of `ClusterSums`."""

    numerator: str
    denominator: str
    threshold: float
    counted: Counted


@dataclasses.dataclass(frozen=True)
class ControlRate:
    """A value of ControlFlipRate or ExcessFlipRate: whether of the latter, its way, and where."""

    is_excess: bool
    value: str
    threshold: float
    counted: Counted


@dataclasses.dataclass(frozen=True)
class IdValue:
    """A value that is a sample of IDs: which of `metric_names.EXAMPLES_IDS_VALUES`, and where."""

    value: str
    threshold: float
    counted: Counted


@dataclasses.dataclass(frozen=True)
class ConfusionRate:
    """A rate of Fairness Indicators: which of `counts.fairness_rates`, and where."""

    rate: str
    threshold: float
    counted: Counted


@dataclasses.dataclass(frozen=True)
class Area:
    """An area under a curve through TFMA's own thresholds, interpolated.

    Attributes:
        curve: "ROC" or "PR".
        computation: Gives the area from the matrices.
        counted: The matrices.
    """

    curve: str
    computation: metric_types.DerivedMetricComputation
    counted: Counted


@dataclasses.dataclass(frozen=True)
class Derivation:
    """Derived computations, in order, and what they are supplied with."""

    counted: tuple[Counted, ...]
    derived: tuple[metric_types.DerivedMetricComputation, ...]


@dataclasses.dataclass(frozen=True)
class EvaluationPlan:
    """The split of an EvalConfig into what is counted in batches and the rest.

    Attributes:
        eval_config: The whole, with TFMA's defaults filled in.
        rest_config: The metrics that only TFMA's own path computes, one example at a time.
        vector_config: The metrics that TFMA's own path computes from vectors; see
            `fairflip.metrics.evaluator.vectors`.
        class_config: Those that it computes from vectors of class scores.
        rows: Counts of rows, which are values as they are.
        flips: What gives the values of this project's metrics, from counts of flips; it
            takes arrays for numbers.
        rates: Keys of the rates of Fairness Indicators.
        areas: Keys of areas under curves.
        others: What gives all other values; it takes numbers alone.
        accuracies: Those of their keys that are BinaryAccuracy, and what each is counted from.
        cross_slice: TFMA's computations across slices.
        without_interval: Keys that never have an interval.
        unit_interval: Keys of values in [0, 1].
        pair_rates: Keys whose interval is that of the report.
        id_values: Keys of samples of IDs.
        control_rates: Keys of rates of controls and of the excess over them.
        has_thresholds: Whether there is anything to validate.
    """

    eval_config: config_pb2.EvalConfig
    rest_config: config_pb2.EvalConfig
    vector_config: config_pb2.EvalConfig
    class_config: config_pb2.EvalConfig
    rows: tuple[Counted, ...]
    flips: Derivation
    rates: dict[metric_types.MetricKey, ConfusionRate]
    areas: dict[metric_types.MetricKey, Area]
    others: Derivation
    accuracies: dict[metric_types.MetricKey, Counted]
    cross_slice: tuple[metric_types.CrossSliceMetricComputation, ...]
    without_interval: frozenset[metric_types.MetricKey]
    unit_interval: frozenset[metric_types.MetricKey]
    pair_rates: dict[metric_types.MetricKey, PairRate]
    id_values: dict[metric_types.MetricKey, IdValue]
    control_rates: dict[metric_types.MetricKey, ControlRate]
    has_thresholds: bool

    @property
    def not_counted(self) -> tuple[str, ...]:
        """Names of the metrics that need the scored pairs themselves."""
        return tuple(
            metric.class_name
            for config in (self.vector_config, self.class_config, self.rest_config)
            for metrics_spec in config.metrics_specs
            for metric in metrics_spec.metrics
        )

    @property
    def num_values(self) -> int:
        """About how many numbers a slice has."""
        derived = (*self.flips.derived, *self.others.derived)
        return len(self.rates) + len(self.areas) + sum(len(one.keys) for one in derived)

    @property
    def has_rest(self) -> bool:
        """Whether some metric needs the scored pairs themselves."""
        return bool(self.not_counted)

    def reads_scores(self, model: int, name: str) -> bool:
        """Whether any value depends on a model's scores; counts of rows do not.

        Args:
            model: Its index in the statistics.
            name: Its name in the statistics.
        """
        counted = (
            *self.flips.counted,
            *self.others.counted,
            *(rate.counted for rate in self.rates.values()),
            *(area.counted for area in self.areas.values()),
            *(rate.counted for rate in self.control_rates.values()),
        )
        if any(part.model == model for part in counted):
            return True
        # A single model may be named in the statistics alone; a candidate's matched
        # threshold depends on the baseline's scores.
        is_read_anyway = len(self.eval_config.model_specs) < 2 or name == self.baseline
        return any(
            is_read_anyway or not metrics_spec.model_names or name in metrics_spec.model_names
            for metrics_spec in self.vector_config.metrics_specs
        )

    @property
    def baseline(self) -> str | None:
        """Name of the model that others are compared with, if any."""
        names = [spec.name for spec in self.eval_config.model_specs if spec.is_baseline]
        return names[0] if names else None
