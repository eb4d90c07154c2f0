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
from collections.abc import Iterable, Iterator, Mapping, Sequence
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

from fairflip.metrics.batches.transforms import ComputePairStatistics
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.controls.transforms import ComputeControlStatistics
from fairflip.metrics.evaluator.eval_configs import default_eval_config
from fairflip.metrics.evaluator.extracts import counted_batch, unbatched_extracts
from fairflip.metrics.evaluator.plan import EvaluationPlan
from fairflip.metrics.evaluator.planning import plan_evaluation, required_spec
from fairflip.metrics.evaluator.result_files import write_result_files
from fairflip.metrics.evaluator.slices import ERROR, as_metrics, finished_tables, validate
from fairflip.metrics.evaluator.vectors import SplitBySlice
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos.errors import ConfigurationError

__all__ = [
    "BatchedEvaluator",
    "EvaluateStatistics",
    "WriteTfmaResults",
    "default_eval_config",
    "required_spec",
]


class EvaluateStatistics(beam.PTransform):
    """Gathered statistics to TFMA's (slice key, metrics) of an EvalConfig.

    Only the metrics that the plan counts; see `BatchedEvaluator` for all.
    """

    def __init__(self, eval_config: config_pb2.EvalConfig, spec: StatisticsSpec):
        super().__init__()
        self._eval_config, self._spec = eval_config, spec

    def expand(self, inputs: Any) -> beam.PCollection:
        """Adds the transform to the graph.

        Args:
            inputs: The statistics; or these and what `ComputeControlStatistics` makes, for
                ControlFlipRate and ExcessFlipRate.
        """
        gathered, controls = inputs if isinstance(inputs, tuple) else (inputs, None)
        return gathered | "EvaluateSlices" >> beam.FlatMap(
            _evaluated, _or_nothing(controls), self._eval_config, self._spec
        )


def _or_nothing(controls: beam.PCollection | None) -> Any:
    return {} if controls is None else beam.pvalue.AsSingleton(controls, default_value={})


def _evaluated(
    statistics: Mapping[SliceKey, SliceStatistics],
    controls: Mapping[SliceKey, ControlStatistics],
    eval_config: config_pb2.EvalConfig,
    spec: StatisticsSpec,
) -> Iterator[tuple[Any, dict[Any, Any]]]:
    plan = plan_evaluation(eval_config, spec)
    for table in finished_tables(statistics, plan, spec, controls):
        yield from as_metrics(table, plan)


class _Evaluate(beam.PTransform):
    """Batched extracts to TFMA's evaluation: metrics, plots, attributions, validations."""

    def __init__(self, eval_config: config_pb2.EvalConfig, spec: StatisticsSpec):
        super().__init__()
        self._eval_config, self._spec = eval_config, required_spec(eval_config, spec)
        self._plan = plan_evaluation(eval_config, self._spec)

    def expand(self, extracts: beam.PCollection) -> evaluator.Evaluation:
        """Adds the transform to the graph."""
        plan, spec = self._plan, self._spec
        pairs = extracts | "ReadScoredPairs" >> beam.Map(counted_batch, spec, plan)
        gathered = pairs | "ComputePairStatistics" >> ComputePairStatistics(spec)
        inputs: Any = gathered
        if plan.control_rates:
            inputs = gathered, pairs | "ComputeControls" >> ComputeControlStatistics(spec)
        metrics = inputs | "EvaluateStatistics" >> EvaluateStatistics(self._eval_config, spec)
        return _joined(metrics, _evaluate_rest(extracts, plan, spec), plan)


def _evaluate_rest(
    batches: beam.PCollection, plan: EvaluationPlan, spec: StatisticsSpec
) -> list[evaluator.Evaluation]:
    """TFMA's own path for the metrics that are not counted in batches."""
    evaluations = []
    for config, reads_classes, label in (
        (plan.vector_config, False, "Vectors"),
        (plan.class_config, True, "Classes"),
    ):
        if not config.metrics_specs:
            continue
        own = metrics_plots_and_validations_evaluator.MetricsPlotsAndValidationsEvaluator(
            eval_config=config
        )
        evaluations.append(
            batches
            | f"Split{label}BySlice" >> beam.ParDo(SplitBySlice(spec, plan, reads_classes))
            | f"Evaluate{label}" >> own.ptransform
        )
    if plan.rest_config.metrics_specs:
        own = metrics_plots_and_validations_evaluator.MetricsPlotsAndValidationsEvaluator(
            eval_config=plan.rest_config
        )
        evaluations.append(
            batches
            | "SplitBatches" >> beam.FlatMap(unbatched_extracts, spec, plan.eval_config)
            | slice_key_extractor.SLICE_KEY_EXTRACTOR_STAGE_NAME
            >> slice_key_extractor.SliceKeyExtractor(
                eval_config=plan.rest_config, materialize=False
            ).ptransform
            | own.stage_name >> own.ptransform
        )
    return evaluations


def _merge(values: Iterable[dict[Any, Any]]) -> dict[Any, Any]:
    merged: dict[Any, Any] = {}
    for value in values:
        merged.update(value)
    if ERROR in merged:
        # A slice that is too small has its error and no metrics, wherever these come from.
        for key in [key for key in merged if key != ERROR]:
            del merged[key]
    return merged


def _joined(
    metrics: beam.PCollection, rest: Sequence[evaluator.Evaluation], plan: EvaluationPlan
) -> evaluator.Evaluation:
    """One evaluation of all parts, validated as a whole."""
    # Plots come from the last part alone: no metric over vectors makes any.
    result = dict(rest[-1]) if rest else {}
    if rest:
        metrics = (
            (metrics, *(part[constants.METRICS_KEY] for part in rest))
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

    Apply to the output of `ComputePairStatistics`.
    Where the EvalConfig has metrics that cannot be counted in batches, give the scored
    pairs too: they go through TFMA's own path; without, a run that needs them is
    refused when it is built.
    """

    def __init__(
        self,
        spec: StatisticsSpec,
        eval_config: config_pb2.EvalConfig,
        output_path: str,
        model_name: str = "",
        batches: beam.PCollection | None = None,
        data_location: str = "",
        controls: beam.PCollection | None = None,
    ):
        """Initializes the transform.

        Args:
            spec: What the statistics were counted with.
            eval_config: What to write; `default_eval_config` makes one.
            output_path: Folder of the result; made where it does not exist.
            model_name: Model shown as the result's; default: the EvalConfig's.
            batches: Scored pairs, for metrics of TFMA's own path.
            data_location: Shown as where the data is.
            controls: What `ComputeControlStatistics` makes of the scored pairs; without it
                ControlFlipRate and ExcessFlipRate are NaN.

        Raises:
            ConfigurationError: A metric needs `batches` and there are none.
        """
        super().__init__()
        self._eval_config, self._spec = eval_config, spec
        self._plan = plan_evaluation(eval_config, spec)
        self._output_path, self._batches = output_path, batches
        self._model_name = model_name
        self._data_location = data_location
        self._controls = controls
        if self._plan.has_rest and batches is None:
            names = list(self._plan.not_counted)
            raise ConfigurationError(
                f"evaluation.eval_config: metrics {names} cannot be computed from pair "
                "statistics; give their thresholds to the statistics, or the scored pairs here"
            )

    def expand(self, gathered: beam.PCollection) -> Any:
        """Adds the transform to the graph."""
        plan = self._plan
        names = [self._model_name or (s.name or "") for s in plan.eval_config.model_specs]
        if not plan.has_rest:
            return gathered | "WriteResultFiles" >> beam.Map(
                write_statistics,
                self._eval_config,
                self._spec,
                self._output_path,
                names,
                self._data_location,
                _or_nothing(self._controls),
            )
        inputs = gathered if self._controls is None else (gathered, self._controls)
        metrics = inputs | "EvaluateStatistics" >> EvaluateStatistics(self._eval_config, self._spec)
        assert self._batches is not None  # or else this was not made
        evaluation = _joined(metrics, _evaluate_rest(self._batches, plan, self._spec), plan)
        # Plots and attributions come from TFMA's own path alone; its readers do
        # without their files.
        paths = {key: os.path.join(self._output_path, key) for key in evaluation}
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


def write_statistics(
    statistics: Mapping[SliceKey, SliceStatistics],
    eval_config: config_pb2.EvalConfig,
    spec: StatisticsSpec,
    output_path: str,
    names: Sequence[str],
    data_location: str = "",
    controls: Mapping[SliceKey, ControlStatistics] | None = None,
) -> list[str]:
    """Writes the metrics that can be counted in batches; see `write_result_files`."""
    plan = plan_evaluation(eval_config, spec)
    return write_result_files(statistics, plan, spec, output_path, names, data_location, controls)
