"""Runs the evaluation graph and hands back the `RunReport` that it wrote."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq
from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.pipeline.beam.job import run_graph
from fairflip.pipeline.evaluate import graph
from fairflip.pipeline.evaluate.inputs import EvaluationInputs
from fairflip.pipeline.evaluate.summarize import merge_terms, write_summary_file
from fairflip.pipeline.pair.shard_files import shard_folder
from fairflip.pipeline.records.record_sums import refuse_lost_records
from fairflip.pipeline.records.reject_files import clear_rejects
from fairflip.pipeline.records.reject_limit import refuse_too_many_rejects
from fairflip.pipeline.score.class_sources import check_class_sources
from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.report_pb2 import RunReport


def statistics_spec(
    config: PipelineConfig, models: Sequence[str], has_labels: bool
) -> StatisticsSpec:
    """What is counted, from the configuration."""
    evaluation = config.evaluation
    return StatisticsSpec(
        models=tuple(models),
        thresholds=tuple(evaluation.thresholds),
        slices=tuple(tuple(entry.split(",")) for entry in evaluation.slices),
        id_column=config.data.id_feature,
        label_column=config.data.label_feature if has_labels else None,
        weight_column=config.data.weight_feature or None,
        num_buckets=evaluation.num_buckets,
        seed=config.seed,
        num_example_ids=evaluation.num_example_ids,
        confidence_level=evaluation.confidence_level,
        min_slice_size=evaluation.min_slice_size,
    )


def _what_to_count(
    config: PipelineConfig,
    models: Sequence[ModelSpec],
    has_labels: bool,
    available: Collection[str],
) -> tuple[StatisticsSpec, dict[str, Any], bool]:
    """What to count over data with such columns, each model's EvalConfig, and whether classes."""
    spec = statistics_spec(config, [m.name for m in models], has_labels)
    if not config.evaluation.eval_config:
        return spec, dict.fromkeys(spec.models), False
    from fairflip.pipeline.evaluate import eval_configs as tfma_configs

    own = tfma_configs.load_eval_config(config.evaluation.eval_config)
    spec = tfma_configs.widened(spec, list(tfma_configs.eval_configs(spec, own).values()))
    eval_configs = tfma_configs.eval_configs(spec, own)
    with_classes = tfma_configs.reads_classes(eval_configs, spec)
    if with_classes:
        check_class_sources(models, available)
    return spec, eval_configs, with_classes


def evaluate_files(
    config: PipelineConfig,
    inputs: EvaluationInputs,
    models: Sequence[ModelSpec],
    options: PipelineOptions,
    output_dir: str,
) -> RunReport:
    """Pairs, scores and counts what the configuration names.

    Returns:
        The report without provenance; all files but the report's are written.
    """
    submit_files(config, inputs, models, options, output_dir)
    return found_report(config, output_dir)


def _remove_results(output_dir: str) -> None:
    """Removes what an earlier job left in folders whose readers take every file.

    A job on more workers writes more shards; a later one on fewer would leave some
    of them beside its own, and TFMA would read both.
    """
    clear_rejects(output_dir)
    run_folder.delete_folder(filesystem.join(output_dir, run_folder.TFMA_DIR))


def submit_files(
    config: PipelineConfig,
    inputs: EvaluationInputs,
    models: Sequence[ModelSpec],
    options: PipelineOptions,
    output_dir: str,
) -> None:
    """The job of `evaluate_files` alone: until its end, or of a template until it is submitted."""
    main_input = inputs.pairs or inputs.examples
    assert main_input is not None
    has_labels = main_input.layout.label is not None
    spec, eval_configs, with_classes = _what_to_count(config, models, has_labels, inputs.columns)
    _remove_results(output_dir)

    with shard_folder(options, output_dir) as folder:

        def build(pipeline: beam.Pipeline) -> None:
            paired = graph.read_and_pair(pipeline, config, inputs, folder)
            graph.score_and_count(
                paired, config, models, spec, output_dir, eval_configs, with_classes
            )

        run_graph(build, options, output_dir)


def found_report(config: PipelineConfig, output_dir: str) -> RunReport:
    """What a job that has ended found.

    Raises:
        InputError: More records were left out than the configuration allows.
    """
    report = read_summary(output_dir)
    refuse_lost_records(report)
    refuse_too_many_rejects(config.evaluation, report)
    return report


@dataclasses.dataclass(frozen=True)
class EarlierStep:
    """A finished evaluation whose pair set and scores are used again.

    Attributes:
        folder: Its output directory.
        models: Names of the models it has scores of.
        report: What it found.
    """

    folder: str
    models: tuple[str, ...]
    report: RunReport


def evaluate_again(
    config: PipelineConfig,
    earlier: EarlierStep,
    new_models: Sequence[ModelSpec],
    options: PipelineOptions,
    output_dir: str,
) -> RunReport:
    """Adds models, thresholds or slices to a frozen pair set; scores nothing twice.

    Args:
        config: Names columns, thresholds and slices.
        earlier: Where the scored pairs are.
        new_models: Models to score besides the earlier ones; may be none.
        options: Beam's.
        output_dir: Where the results go; not the earlier step's folder.

    Returns:
        The report; pairing and reject counts include the earlier step's.
    """
    kept = [ModelSpec(name=name, score_feature=f"score.{name}") for name in earlier.models]
    models = [*kept, *new_models]

    def paths(folder: str) -> list[str]:
        found = run_folder.files_of(filesystem.join(earlier.folder, folder))
        return [entry.path for entry in found]

    pair_paths = paths(run_folder.SCORED_PAIRS)
    if not pair_paths:
        raise InputError(
            f"{earlier.folder!r} holds no scored pairs: no original has a counterfactual; "
            "check data.text_feature and generator.terms"
        )
    with filesystem.open_raw(pair_paths[0]) as file:
        available = pq.read_schema(file).names
    has_labels = config.data.label_feature in available
    spec, eval_configs, with_classes = _what_to_count(config, models, has_labels, available)
    _remove_results(output_dir)

    def build(pipeline: beam.Pipeline) -> None:
        paired = graph.read_scored(pipeline, config, pair_paths, paths(run_folder.SCORED_EXAMPLES))
        graph.score_and_count(paired, config, models, spec, output_dir, eval_configs, with_classes)

    run_graph(build, options, output_dir)
    report = read_summary(output_dir)
    report.pairing.CopyFrom(earlier.report.pairing)
    reactions = list(report.term_coverage)
    del report.term_coverage[:]
    report.term_coverage.extend([*earlier.report.term_coverage, *reactions])
    merge_terms(report)
    report.rejects.extend(earlier.report.rejects)
    again = list(report.sums)
    del report.sums[:]
    report.sums.extend([*earlier.report.sums, *again])
    write_summary_file(output_dir, report)
    refuse_lost_records(report)
    refuse_too_many_rejects(config.evaluation, report)
    return report


def pair_files(
    config: PipelineConfig, inputs: EvaluationInputs, options: PipelineOptions, output_dir: str
) -> RunReport:
    """Only pairs what the configuration names: no model, no scores.

    Returns:
        A report with pairing, rejects and coverage by term.
    """
    clear_rejects(output_dir)

    with shard_folder(options, output_dir) as folder:

        def build(pipeline: beam.Pipeline) -> None:
            paired = graph.read_and_pair(pipeline, config, inputs, folder)
            graph.write_pairs(paired, config, output_dir)

        run_graph(build, options, output_dir)
    report = read_summary(output_dir)
    refuse_lost_records(report)
    refuse_too_many_rejects(config.evaluation, report)
    return report


def read_summary(output_dir: str) -> RunReport:
    """The report that the graph's last stage wrote."""
    return RunReport.FromString(
        filesystem.read_bytes(filesystem.join(output_dir, run_folder.SUMMARY))
    )
