"""Runs the evaluation graph and hands back the `RunReport` that it wrote."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable

import apache_beam as beam
import pyarrow.parquet as pq
from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.metrics.batches.bundle_sums import Part
from fairflip.metrics.batches.transforms import PairStatisticsOfParts
from fairflip.metrics.classes.measures import CHANGE
from fairflip.metrics.controls.transforms import ControlStatisticsOfParts
from fairflip.pipeline.beam.job import COUNTERS, run_graph
from fairflip.pipeline.evaluate import graph
from fairflip.pipeline.evaluate.counting.class_reports import ClassMeasures
from fairflip.pipeline.evaluate.evaluation import prepare
from fairflip.pipeline.evaluate.inputs import EvaluationInputs
from fairflip.pipeline.evaluate.refusals import refuse_misleading
from fairflip.pipeline.evaluate.summarize import (
    merge_terms,
    write_summary_file,
    write_tfma_results,
)
from fairflip.pipeline.pair.shard_files import shard_folder
from fairflip.pipeline.records.reject_files import clear_rejects
from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.pipeline.storage.manifest import shard_paths
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.report_pb2 import RunReport


def evaluate_files(
    config: PipelineConfig, inputs: EvaluationInputs, options: PipelineOptions
) -> RunReport:
    """Pairs, scores and counts what the configuration names.

    Returns:
        The report without provenance; all files but the report's are written.
    """
    submit_files(config, inputs, options)
    return finished_report(config)


def submit_files(
    config: PipelineConfig, inputs: EvaluationInputs, options: PipelineOptions
) -> None:
    """The job of `evaluate_files` alone: until its end, or of a template until it is submitted."""
    evaluation = prepare(config, inputs.columns, inputs.has_labels)
    _remove_results(config.output.output_dir)

    def count(paired: graph.PairedData) -> None:
        graph.score_and_count(paired, evaluation)

    _run_on_files(config, inputs, options, count)


def pair_files(
    config: PipelineConfig, inputs: EvaluationInputs, options: PipelineOptions
) -> RunReport:
    """Only pairs what the configuration names: no model, no scores.

    Returns:
        A report with pairing, rejects and coverage by term.
    """
    clear_rejects(config.output.output_dir)

    def write(paired: graph.PairedData) -> None:
        graph.write_pairs(paired, config)

    _run_on_files(config, inputs, options, write)
    return finished_report(config)


def _run_on_files(
    config: PipelineConfig,
    inputs: EvaluationInputs,
    options: PipelineOptions,
    use: Callable[[graph.PairedData], None],
) -> None:
    output_dir = config.output.output_dir
    with shard_folder(options, output_dir) as folder:

        def build(pipeline: beam.Pipeline) -> None:
            use(graph.read_and_pair(pipeline, config, inputs, folder))

        run_graph(build, options, output_dir)


def _remove_results(output_dir: str) -> None:
    """Removes what an earlier job left in folders whose readers take every file.

    A job on more workers writes more shards; a later one on fewer would leave some
    of them beside its own, and TFMA would read both.
    """
    clear_rejects(output_dir)
    run_folder.delete_folder(filesystem.join(output_dir, run_folder.TFMA_DIR))


def finished_report(config: PipelineConfig) -> RunReport:
    """The report of a job that has ended.

    Raises:
        InputError: Its numbers would mislead; see `refuse_misleading`.
    """
    report = read_summary(config.output.output_dir)
    _add_calls(report, config)
    refuse_misleading(config, report, config.output.output_dir)
    return report


def _add_calls(report: RunReport, config: PipelineConfig) -> None:
    """Says how often models with a remedy at inference were asked, by the job's counters."""
    path = filesystem.join(config.output.output_dir, *COUNTERS.split("/"))
    if not any(m.HasField("at_inference") for m in config.models) or not filesystem.exists(path):
        return
    from fairflip.pipeline.averaging.calls import add_calls

    add_calls(report.models, config.models, json.loads(filesystem.read_bytes(path)))
    write_summary_file(config.output.output_dir, report)


@dataclasses.dataclass(frozen=True)
class EarlierStep:
    """A finished evaluation whose pair set and scores are used again.

    Attributes:
        folder: Its output directory.
        models: Names of the models whose scores it left.
        report: Its report.
    """

    folder: str
    models: tuple[str, ...]
    report: RunReport


def evaluate_again(
    config: PipelineConfig, earlier: EarlierStep, options: PipelineOptions
) -> RunReport:
    """Adds models, thresholds or slices to a frozen pair set; scores nothing twice.

    Args:
        config: Names columns, thresholds, slices and all models, those of the earlier
            step and those to score now. Its output directory is another one.
        earlier: Where the scored pairs are.
        options: Beam's.

    Returns:
        The report; pairing and reject counts include the earlier step's.
    """

    def paths(folder: str) -> list[str]:
        return shard_paths(earlier.folder, folder)

    pair_paths = paths(run_folder.SCORED_PAIRS)
    if not pair_paths:
        raise InputError(
            f"{earlier.folder!r} holds no scored pairs any more; run the command again, with "
            "--overwrite"
        )
    # The scored pairs say what there is: the columns of the files they came from, and scores.
    with filesystem.open_raw(pair_paths[0]) as file:
        available = pq.read_schema(file).names
    evaluation = prepare(
        config,
        available,
        has_labels=config.data.label_feature in available,
        scored_before=earlier.models,
    )
    output_dir = config.output.output_dir
    _remove_results(output_dir)

    def build(pipeline: beam.Pipeline) -> None:
        paired = graph.read_scored(pipeline, config, pair_paths, paths(run_folder.SCORED_EXAMPLES))
        graph.score_and_count(paired, evaluation)

    run_graph(build, options, output_dir)
    report = read_summary(output_dir)
    # The graph read pairs alone; the earlier step knows where its records went.
    _add_earlier(report, earlier.report)
    _add_calls(report, config)
    write_summary_file(output_dir, report)
    refuse_misleading(config, report, earlier.folder, output_dir)
    return report


def add_tfma_result(config: PipelineConfig, options: PipelineOptions) -> None:
    """Writes TFMA's result of each model of a finished run, from its scored pairs.

    Args:
        config: The run's own, with all of its models, and with `tfma_result` "true".
        options: Beam's.

    Raises:
        InputError: The run left no scored pairs.
    """
    output_dir = config.output.output_dir
    pair_paths = _scored_pair_paths(output_dir)
    with filesystem.open_raw(pair_paths[0]) as file:
        available = pq.read_schema(file).names
    scored = [model.name for model in config.models]
    evaluation = prepare(config, available, config.data.label_feature in available, scored)
    run_folder.delete_folder(filesystem.join(output_dir, run_folder.TFMA_DIR))

    def build(pipeline: beam.Pipeline) -> None:
        pairs = graph.read_scored(pipeline, config, pair_paths, []).pairs
        top_k = config.evaluation.top_k
        parts = [
            ClassMeasures.of(family, top_k).term_parts(family.name)[CHANGE]
            if family.is_argmax
            else Part(family.name, family.spec)
            for family in evaluation.families
        ]
        statistics = (
            pairs | "ComputePairStatistics" >> PairStatisticsOfParts(parts),
            pairs | "ComputeControls" >> ControlStatisticsOfParts(parts),
        )
        write_tfma_results(statistics, pairs, evaluation.families, output_dir)

    run_graph(build, options, output_dir)


def _scored_pair_paths(folder: str) -> list[str]:
    paths = shard_paths(folder, run_folder.SCORED_PAIRS)
    if not paths:
        raise InputError(f"{folder!r} holds no scored pairs; evaluate again")
    return paths


def _add_earlier(report: RunReport, earlier: RunReport) -> None:
    """Puts what the earlier step said of reading and pairing before what the later one says."""
    report.pairing.CopyFrom(earlier.pairing)
    if earlier.HasField("table_edits"):
        report.table_edits.CopyFrom(earlier.table_edits)
    for field in ("term_coverage", "sums"):
        later = list(getattr(report, field))
        report.ClearField(field)
        getattr(report, field).extend([*getattr(earlier, field), *later])
    merge_terms(report)
    report.rejects.extend(earlier.rejects)
    known = {each.model for each in earlier.score_ranges}
    looks = {m.name: m.second_look for m in earlier.models if m.HasField("second_look")}
    for model in report.models:
        # A model that was asked in the earlier step is not asked in this one.
        if model.name in looks and not model.HasField("second_look"):
            model.second_look.CopyFrom(looks[model.name])
    for model, before in zip(report.models, earlier.models, strict=False):
        if before.HasField("calls") and not model.HasField("calls"):
            model.calls.CopyFrom(before.calls)
    later_ranges = [each for each in report.score_ranges if each.model not in known]
    report.ClearField("score_ranges")
    report.score_ranges.extend([*earlier.score_ranges, *later_ranges])


def read_summary(output_dir: str) -> RunReport:
    """The report that the graph's last stage wrote."""
    return RunReport.FromString(
        filesystem.read_bytes(filesystem.join(output_dir, run_folder.SUMMARY))
    )
