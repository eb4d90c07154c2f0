"""TFMA's evaluation at the speed of inference: metrics from batches, results by TFMA.

`BatchedEvaluator` is a TFMA `Evaluator` that takes batched extracts. It gives the
keys and values of TFMA's own path for flips, counts, confusion-matrix metrics, AUC
and the Fairness Indicators rates, with intervals, small slices, comparisons of
slices and models and threshold validation; any other metric of the EvalConfig is
computed by TFMA's path in the same run. `WriteTfmaResults` writes the same from
statistics that are already there.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from tensorflow_model_analysis import constants
from tensorflow_model_analysis.evaluators import (
    evaluator,
    metrics_plots_and_validations_evaluator,
)
from tensorflow_model_analysis.extractors import slice_key_extractor
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.writers import (
    eval_config_writer,
    metrics_plots_and_validations_writer,
)

from fairflip.metrics.batched_evaluator_extracts import scored_batch, unbatched_extracts
from fairflip.metrics.batched_evaluator_plan import (
    EvaluationPlan,
    default_eval_config,
    plan_evaluation,
    required_spec,
)
from fairflip.metrics.batched_evaluator_slices import (
    cross_slices,
    finish_slice,
    is_asked_for,
    validate,
)
from fairflip.metrics.batched_evaluator_values import SliceValues, slice_values
from fairflip.metrics.pair_statistics import SliceStatistics
from fairflip.metrics.pair_statistics_spec import StatisticsSpec
from fairflip.metrics.pair_statistics_transforms import ComputePairStatistics
from fairflip.metrics.slicing import SliceKey
from fairflip.protos.errors import ConfigurationError

__all__ = [
    "BatchedEvaluator",
    "EvaluateStatistics",
    "WriteTfmaResults",
    "default_eval_config",
    "required_spec",
]


class EvaluateStatistics(beam.PTransform):
    """(SliceKey, SliceStatistics) to TFMA's (slice key, metrics) of an EvalConfig.

    Only the metrics that the plan counts; see `BatchedEvaluator` for all.
    """

    def __init__(self, plan: EvaluationPlan, spec: StatisticsSpec):
        super().__init__()
        self._plan, self._spec = plan, spec

    def expand(self, statistics: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        plan, spec = self._plan, self._spec
        with_intervals = plan.eval_config.options.compute_confidence_intervals.value

        def compute(key: SliceKey, value: SliceStatistics) -> tuple[SliceKey, SliceValues]:
            return key, slice_values(value, plan, spec, with_intervals)

        def finish(key: SliceKey, values: SliceValues) -> tuple[Any, dict[Any, Any]]:
            return finish_slice(key, values, plan, spec.confidence_level)

        def compare(
            slices: Iterable[tuple[SliceKey, SliceValues]],
        ) -> Iterable[tuple[Any, dict[Any, Any]]]:
            return cross_slices(dict(slices), plan, spec.confidence_level)

        values = (
            statistics
            | "ChooseSlices" >> beam.Filter(lambda kv: is_asked_for(kv[0], plan.eval_config))
            | "ComputeValues" >> beam.MapTuple(compute)
        )
        single = values | "FinishSlices" >> beam.MapTuple(finish)
        if not plan.eval_config.cross_slicing_specs:
            return single
        crossed = (
            values
            | "GatherSlices" >> beam.combiners.ToList()
            | "CompareSlices" >> beam.FlatMap(compare)
        )
        return (single, crossed) | "JoinSlices" >> beam.Flatten()


class _Evaluate(beam.PTransform):
    """Batched extracts to TFMA's evaluation: metrics, plots, attributions, validations."""

    def __init__(self, eval_config: config_pb2.EvalConfig, spec: StatisticsSpec):
        super().__init__()
        self._spec = required_spec(eval_config, spec)
        self._plan = plan_evaluation(eval_config, self._spec)

    def expand(self, extracts: beam.PCollection) -> evaluator.Evaluation:
        """Adds the transform to the graph."""
        plan, spec = self._plan, self._spec
        statistics = (
            extracts
            | "ReadScoredPairs" >> beam.Map(scored_batch, spec, plan.eval_config)
            | "ComputePairStatistics" >> ComputePairStatistics(spec)
        )
        metrics = statistics | "EvaluateStatistics" >> EvaluateStatistics(plan, spec)
        rest = None
        if plan.has_rest:
            rest = _evaluate_rest(
                extracts
                | "SplitBatches" >> beam.FlatMap(unbatched_extracts, spec, plan.eval_config),
                plan,
            )
        return _joined(metrics, rest, plan)


def _evaluate_rest(examples: beam.PCollection, plan: EvaluationPlan) -> evaluator.Evaluation:
    """TFMA's own path for the metrics that are not counted in batches."""
    own = metrics_plots_and_validations_evaluator.MetricsPlotsAndValidationsEvaluator(
        eval_config=plan.rest_config
    )
    return (
        examples
        | slice_key_extractor.SLICE_KEY_EXTRACTOR_STAGE_NAME
        >> slice_key_extractor.SliceKeyExtractor(
            eval_config=plan.rest_config, materialize=False
        ).ptransform
        | own.stage_name >> own.ptransform
    )


def _merge(values: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
    merged: dict[Any, Any] = {}
    for value in values:
        merged.update(value)
    return merged


def _joined(
    metrics: beam.PCollection, rest: evaluator.Evaluation | None, plan: EvaluationPlan
) -> evaluator.Evaluation:
    """One evaluation of both parts, validated as a whole."""
    result = dict(rest or {})
    if rest is not None:
        metrics = (
            (metrics, rest[constants.METRICS_KEY])
            | "FlattenMetrics" >> beam.Flatten()
            | "GroupBySlice" >> beam.GroupByKey()
            | "MergeMetrics" >> beam.MapTuple(lambda key, values: (key, _merge(values)))
        )
    result[constants.METRICS_KEY] = metrics
    result[constants.VALIDATIONS_KEY] = metrics | "ValidateMetrics" >> beam.Map(validate, plan)
    return result


def BatchedEvaluator(
    eval_config: config_pb2.EvalConfig,
    spec: StatisticsSpec,
    run_after: str | None = None,
) -> evaluator.Evaluator:
    """An evaluator of batched extracts, in place of TFMA's own.

    For `tfma.ExtractEvaluateAndWriteResults(evaluators=[...])`, alone: metrics that it
    cannot count in batches it gives to TFMA's evaluator itself.

    Args:
        eval_config: The evaluation; its models are among those of `spec`.
        spec: Where IDs, labels, weights and scores are, and how to resample.
            Thresholds and slices of the EvalConfig are added to it.
        run_after: Name of the batched extractor to follow; None: run on the
            input, which then holds scored pairs as Arrow record batches.

    Returns:
        The evaluator.
    """
    return evaluator.Evaluator(
        stage_name="EvaluateBatches",
        run_after=run_after or "",
        ptransform=_Evaluate(eval_config, spec),
    )


class WriteTfmaResults(beam.PTransform):
    """Pair statistics to TFMA's result files of one model, for `tfma.load_eval_result`.

    Apply to the output of `ComputePairStatistics`. Where the EvalConfig has metrics
    that cannot be counted in batches, give the scored pairs too: they go through
    TFMA's own path; without, a run that needs them is refused when it is built.
    """

    def __init__(
        self,
        spec: StatisticsSpec,
        eval_config: config_pb2.EvalConfig,
        output_path: str,
        model_name: str = "",
        batches: beam.PCollection | None = None,
        data_location: str = "",
    ):
        """Initializes the transform.

        Args:
            spec: What the statistics were counted with.
            eval_config: What to write; `default_eval_config` makes one.
            output_path: Folder of the result; made where it does not exist.
            model_name: Model shown as the result's; default: the EvalConfig's.
            batches: Scored pairs, for metrics of TFMA's own path.
            data_location: Shown as where the data is.

        Raises:
            ConfigurationError: A metric needs `batches` and there are none.
        """
        super().__init__()
        self._spec, self._plan = spec, plan_evaluation(eval_config, spec)
        self._output_path, self._batches = output_path, batches
        self._model_name = model_name
        self._data_location = data_location
        if self._plan.has_rest and batches is None:
            names = [m.class_name for s in self._plan.rest_config.metrics_specs for m in s.metrics]
            raise ConfigurationError(
                f"evaluation.eval_config: metrics {names} cannot be computed from pair "
                "statistics; give their thresholds to the statistics, or the scored pairs here"
            )

    def expand(self, statistics: beam.PCollection) -> dict[str, Any]:
        """Adds the transform to the graph."""
        plan = self._plan
        metrics = statistics | "EvaluateStatistics" >> EvaluateStatistics(plan, self._spec)
        rest = None
        if plan.has_rest:
            rest = _evaluate_rest(
                self._batches
                | "SplitBatches" >> beam.FlatMap(unbatched_extracts, self._spec, plan.eval_config),
                plan,
            )
        evaluation = _joined(metrics, rest, plan)
        # Plots and attributions come from TFMA's own path alone; its readers do
        # without their files.
        paths = {key: os.path.join(self._output_path, key) for key in evaluation}
        names = [self._model_name or (s.name or "") for s in plan.eval_config.model_specs]
        writers = [
            eval_config_writer.EvalConfigWriter(
                self._output_path,
                eval_config=plan.eval_config,
                data_location=self._data_location,
                data_file_format="",
                model_locations=dict.fromkeys(names, "") or {"": ""},
            ),
            metrics_plots_and_validations_writer.MetricsPlotsAndValidationsWriter(
                output_paths=paths,
                eval_config=plan.eval_config,
                output_file_format="tfrecord",
            ),
        ]
        return {w.stage_name: evaluation | w.stage_name >> w.ptransform for w in writers}
