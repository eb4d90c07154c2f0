"""What a metric of TFMA is made of: which of its combiners can be supplied from sums.

TFMA splits a metric in two: combiners that count, and derived computations that
turn counts into values. What is supplied for each kind of combiner is named here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from tensorflow_model_analysis.metrics import (
    binary_confusion_matrices,
    calibration_histogram,
    confusion_matrix_metrics,
    example_count,
    metric_types,
    metric_util,
)
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.evaluator.areas import NUM_AUC_THRESHOLDS
from fairflip.metrics.evaluator.counts import FAIRNESS_RATES
from fairflip.metrics.evaluator.plan import ConfusionRate, Counted
from fairflip.metrics.evaluator.vector_metrics import model_index, reads_columns
from fairflip.metrics.flips import metric_names
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.tfma.control_metric import ControlledStatistic
from fairflip.metrics.tfma.pair_combiner import CountPairs, FlipStatistic


@dataclasses.dataclass
class MetricParts:
    """What one metric consists of.

    Attributes:
        counted: What to supply for its combiners.
        derived: What turns these counts into values.
        cross_slice: What compares values of slices.
    """

    counted: list[Counted]
    derived: list[metric_types.DerivedMetricComputation]
    cross_slice: list[metric_types.CrossSliceMetricComputation]

    @property
    def kinds(self) -> set[str]:
        """The kinds of what is counted."""
        return {part.kind for part in self.counted}

    @property
    def values(self) -> Iterator[tuple[metric_types.MetricKey, Any, Counted]]:
        """Key of each value, the computation that gives it, and the counts of its model."""
        of_owner: dict[tuple[str, bool], Counted] = {}
        for computation in self.derived:
            for key in computation.keys:
                if not key.name.startswith("_"):
                    own = (key.model_name, bool(key.example_weighted))
                    if own not in of_owner:
                        (of_owner[own],) = (part for part in self.counted if part.owner == own)
                    yield key, computation, of_owner[own]


def metric_parts(
    computations: metric_types.MetricComputations,
    instance: Any,
    whole: config_pb2.EvalConfig,
    spec: StatisticsSpec,
) -> MetricParts | None:
    """What to supply for a metric's combiners.

    Args:
        computations: The metric's.
        instance: The metric.
        whole: The EvalConfig.
        spec: What the statistics hold.

    Returns:
        The parts; None where a combiner is unknown.
    """
    parts = MetricParts([], [], [])
    has_labels = spec.label_column is not None
    for computation in computations:
        if isinstance(computation, metric_types.CIDerivedMetricComputation):
            return None
        if isinstance(computation, metric_types.DerivedMetricComputation):
            parts.derived.append(computation)
        elif isinstance(computation, metric_types.CrossSliceMetricComputation):
            parts.cross_slice.append(computation)
        else:
            counted = _counted(computation, instance, whole, spec)
            if counted is None or (counted.kind in ("confusion", "scores") and not has_labels):
                return None
            parts.counted.append(counted)
    # Matrices from the score histogram are supplied, and need not be derived.
    supplied = {key for part in parts.counted if part.kind == "scores" for key in part.keys}
    derived = [d for d in parts.derived if not supplied.intersection(d.keys)]
    if supplied and len(derived) == len(parts.derived):
        return None  # Matrices at other thresholds than TFMA's own for AUC.
    parts.derived = derived
    return parts


def _counted(
    computation: metric_types.MetricComputation,
    instance: Any,
    whole: config_pb2.EvalConfig,
    spec: StatisticsSpec,
) -> Counted | None:
    key = computation.keys[0]
    model = model_index(key.model_name, whole, spec)
    if model is None or key.sub_key or key.aggregation_type or key.output_name:
        return None
    weighted = bool(key.example_weighted)
    combiner = computation.combiner
    if isinstance(combiner, CountPairs):
        statistic, reader = combiner.statistic, combiner.reader
        if isinstance(statistic, ControlledStatistic):
            # Their sums have the weights of the pairs.
            if not reads_columns(reader, whole, spec) or (spec.weight_column and not weighted):
                return None
            limits = tuple(instance.distinct_thresholds)
            return Counted("controls", tuple(computation.keys), model, weighted, limits)
        if not isinstance(statistic, FlipStatistic):
            return None
        is_same_sample = statistic.num_ids == 0 or statistic.seed == spec.seed
        if not is_same_sample or not reads_columns(reader, whole, spec):
            return None
        return Counted(
            "flips",
            tuple(computation.keys),
            model,
            weighted,
            statistic.thresholds,
            statistic.num_ids,
            reader.legitimate_key is not None,
        )
    if isinstance(instance, example_count.ExampleCount):
        return Counted("rows", tuple(computation.keys), model, weighted)
    is_confusion = isinstance(instance, confusion_matrix_metrics.ConfusionMatrixMetricBase) or type(
        instance
    ).__name__ in ("FairnessIndicators", "ConfusionMatrixAtThresholds")
    if not is_confusion:
        return None
    named = {"model_name": key.model_name, "example_weighted": key.example_weighted}
    if key == calibration_histogram.calibration_histogram(**named)[-1].keys[-1]:
        if spec.weight_column and not weighted:
            return None  # The score histograms have weights only.
        matrices = binary_confusion_matrices.binary_confusion_matrices(
            num_thresholds=NUM_AUC_THRESHOLDS, **named
        )
        return Counted("scores", tuple(matrices[-1].keys), model, weighted)
    plain_name = metric_util.generate_private_name_from_arguments(
        binary_confusion_matrices.BINARY_CONFUSION_MATRICES_NAME
    ).rstrip(":")
    settings = key.name.removeprefix(plain_name)
    if settings == key.name or "=" in settings.replace("thresholds=", "", 1):
        return None
    # An empty accumulator has an entry for each threshold.
    empty = combiner.extract_output(combiner.create_accumulator())[key]
    thresholds = tuple(float(t) for t in empty)
    return Counted("confusion", (key,), model, weighted, thresholds, empty=empty)


def flip_values(
    parts: MetricParts,
) -> Iterator[tuple[metric_types.MetricKey, str, float, Counted]]:
    """(key, name of the value, threshold, what it is counted from) of flip metrics."""
    by_suffix = {
        part.keys: dict(
            zip(metric_names.threshold_suffix(part.thresholds), part.thresholds, strict=True)
        )
        for part in parts.counted
    }
    for key, _, counted in parts.values:
        value, suffix = _value_of(key)
        yield key, value, by_suffix[counted.keys]["@" + suffix], counted


def fairness_rates(
    parts: MetricParts, instance: Any
) -> dict[metric_types.MetricKey, ConfusionRate] | None:
    """What each value of FairnessIndicators is read from; None for values unknown here."""
    thresholds = [float(threshold) for threshold in instance.kwargs["thresholds"]]
    rates = {}
    # The keys of one threshold stand together.
    threshold_of = {
        key: thresholds[place * len(thresholds) // len(computation.keys)]
        for computation in parts.derived
        for place, key in enumerate(computation.keys)
    }
    for key, _, counted in parts.values:
        rate, _ = _value_of(key)
        threshold = threshold_of[key]
        if rate not in FAIRNESS_RATES or threshold not in counted.thresholds:
            return None
        rates[key] = ConfusionRate(rate, threshold, counted)
    return rates


def accuracy_values(
    parts: MetricParts, instance: Any
) -> Iterator[tuple[metric_types.MetricKey, Counted]]:
    """The value of a BinaryAccuracy, and the matrix at its threshold; none of other metrics."""
    if type(instance) is confusion_matrix_metrics.BinaryAccuracy:
        for key, _, counted in parts.values:
            if counted.kind == "confusion" and len(counted.thresholds) == 1:
                yield key, counted


def _value_of(key: metric_types.MetricKey) -> tuple[str, str]:
    """Name and threshold of a value called "metric/value@threshold"."""
    value, _, threshold = key.name.rpartition("/")[2].partition("@")
    return value, threshold


def interpolated_curve(instance: Any) -> str | None:
    """The curve of a metric that is an area through TFMA's thresholds, interpolated."""
    if not isinstance(instance, confusion_matrix_metrics.AUC):
        return None
    settings = instance.kwargs
    is_plain = settings["summation_method"].lower() == "interpolation"
    return str(settings["curve"]).upper() if is_plain else None
