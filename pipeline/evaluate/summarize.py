"""From scored batches to one `RunReport` file: the counting half of the evaluation graph."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import apache_beam as beam

from fairflip.metrics.batches.group_directions import ComputeGroupDirections
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.edited_categories import (
    CountEditedCategories,
    add_edited_categories,
    own_slices,
)
from fairflip.metrics.report.group_directions import add_group_directions
from fairflip.metrics.report.term_transforms import ComputeTermCoverage
from fairflip.metrics.report.terms import merged_coverage
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.evaluate.class_reports import (
    ClassMeasures,
    ReportClasses,
    ReportClassTerms,
)
from fairflip.pipeline.evaluate.damaged import ReportUndamaged, add_undamaged, may_damage
from fairflip.pipeline.evaluate.evaluation import Evaluation
from fairflip.pipeline.evaluate.held_out import ReportHeldOut, add_held_out
from fairflip.pipeline.evaluate.model_reports import CONTROLS, REPORTS, STATISTICS, ReportModels
from fairflip.pipeline.evaluate.repeats import CountRepeats, add_repeat_rates
from fairflip.pipeline.generate.control_coverage import ControlCoverage
from fairflip.pipeline.generate.coverage import Coverage
from fairflip.pipeline.outputs.families import Family, with_names
from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.pipeline.records.record_sums import Counted, build_sums, num_records_read
from fairflip.pipeline.records.rejects import CountRejects
from fairflip.pipeline.score.score_account import ScoreAccount
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.run_folder import SUMMARY, TFMA_DIR
from fairflip.protos.forms.model_specs import all_outputs, file_name
from fairflip.protos.report_pb2 import RejectCount, RunReport, TermCoverage


class SummarizePairing(beam.PTransform):
    """(audits, coverages, rejects, counts, accounts) -> a `RunReport`: what became of records."""

    def expand(self, inputs: dict[str, Any]) -> beam.PCollection:
        """Joins them as side inputs; each is small. `counts`, `accounts`: several collections."""
        rejects = inputs["rejects"]
        counted = rejects | "CountRejects" >> CountRejects()
        counts: Any = []
        if inputs["counts"]:
            summed = (
                inputs["counts"]
                | "AllCounts" >> beam.Flatten()
                | "SumCounts" >> beam.CombinePerKey(sum).with_output_types(Counted)
            )
            counts = beam.pvalue.AsList(summed)
        accounts: Any = []
        if inputs["accounts"]:
            accounts = beam.pvalue.AsIter(inputs["accounts"] | "AllAccounts" >> beam.Flatten())
        return (
            rejects.pipeline
            | "StartPairingReport" >> beam.Impulse()
            | "BuildPairingReport"
            >> beam.Map(
                _pairing_report,
                beam.pvalue.AsList(inputs["audit"]) if "audit" in inputs else [],
                beam.pvalue.AsList(inputs["coverage"]) if "coverage" in inputs else [],
                beam.pvalue.AsList(counted),
                counts,
                accounts,
                beam.pvalue.AsList(inputs["control_coverage"])
                if "control_coverage" in inputs
                else [],
            ).with_output_types(RunReport)
        )


def _pairing_report(
    _: bytes,
    audits: Iterable[PairingAudit],
    coverages: Iterable[Coverage],
    rejects: Iterable[tuple[tuple[str, str], int]],
    counts: Iterable[Counted],
    accounts: Iterable[ScoreAccount],
    control_coverages: Iterable[ControlCoverage],
) -> RunReport:
    report = RunReport()
    audits, controls = list(audits), ControlCoverage.sum(control_coverages)
    # Controls that were drawn, beside those that the pairs brought.
    audit = PairingAudit.sum([*audits, controls.audit])
    report.pairing.CopyFrom(audit.to_proto())
    report.pairing.num_pairs_without_control = controls.num_pairs_without_control
    report.sums.extend(build_sums(counts, audit if audits else None))
    # Pairing itself never sees what reading left out.
    report.pairing.num_records_read = num_records_read(report.sums)
    for coverage in coverages:
        report.term_coverage.extend(coverage.to_protos())
    for (stage, reason), count in sorted(rejects):
        report.rejects.append(RejectCount(stage=stage, reason=reason, count=count))
    report.score_ranges.extend(ScoreAccount.sum(accounts).to_protos())
    return report


class SummarizeModels(beam.PTransform):
    """Scored batches -> one `RunReport` with what each model does, slice by slice."""

    def __init__(self, evaluation: Evaluation):
        """Takes what to count, and where results go."""
        super().__init__()
        # Not the evaluation as such: the transform is pickled, and its models need not be.
        self._families = evaluation.families
        self._repeated = evaluation.repeated
        self._held_out_terms = evaluation.held_out_terms
        self._may_damage = may_damage(evaluation.config)
        self._top_k = evaluation.config.evaluation.top_k
        self._output_dir = evaluation.output_dir
        self._outputs = all_outputs(evaluation.models)

    def expand(self, inputs: dict[str, beam.PCollection]) -> beam.PCollection:
        """Counts each family of outputs by itself.

        Args:
            inputs: `pairs` and `examples` (batches), `paths` and `example_paths` (of the
                files with their scores), `second_looks` ((output's name, `SecondLook`)).
        """
        if len(self._families) == 1:
            [family] = self._families
            reports = self._reported(inputs, family)
        else:
            of_each = [
                inputs | f"Output[{family.name}]" >> _ReportFamily(self, family)
                for family in self._families
            ]
            reports = (
                inputs["pairs"].pipeline
                | "StartModels" >> beam.Impulse()
                | "JoinFamilies"
                >> beam.Map(_joined, *map(beam.pvalue.AsSingleton, of_each)).with_output_types(
                    RunReport
                )
            )
        return reports | "NameOutputs" >> beam.Map(
            with_names, self._outputs, beam.pvalue.AsList(inputs["second_looks"])
        ).with_output_types(RunReport)

    def _reported(self, inputs: dict[str, beam.PCollection], family: Family) -> beam.PCollection:
        if family.is_argmax:
            measures = ClassMeasures.of(
                family, self._top_k, self._repeated, self._held_out_terms, self._may_damage
            )
            return inputs | "ReportClasses" >> ReportClasses(measures)
        spec, pairs = family.spec, inputs["pairs"]
        repeated_models = tuple(name for name in spec.models if name in self._repeated)
        counted = inputs | "ReportModels" >> ReportModels(spec)
        statistics = (counted[STATISTICS], counted[CONTROLS])
        write_tfma_results(statistics, pairs, spec, family.eval_configs, self._output_dir)
        repeats: Any = None
        if repeated_models:
            repeats = beam.pvalue.AsSingleton(
                pairs | "CountRepeats" >> CountRepeats(spec, repeated_models)
            )
        held_out: Any = None
        if self._held_out_terms:
            held_out = beam.pvalue.AsSingleton(
                {"pairs": pairs, "paths": inputs["paths"]}
                | "ReportHeldOut" >> ReportHeldOut(spec, self._held_out_terms, repeated_models)
            )
        undamaged: Any = None
        if self._may_damage:
            undamaged = beam.pvalue.AsSingleton(
                {"pairs": pairs, "paths": inputs["paths"]}
                | "ReportUndamaged" >> ReportUndamaged(spec)
            )
        edited: Any = None
        if own_slices(spec):
            edited = beam.pvalue.AsDict(pairs | "CountEdited" >> CountEditedCategories(spec))
        directions = pairs | "ComputeDirections" >> ComputeGroupDirections(spec)
        return counted[REPORTS] | "CompleteReports" >> beam.Map(
            _completed,
            beam.pvalue.AsSingleton(directions),
            repeats,
            held_out,
            undamaged,
            edited,
            spec,
            repeated_models,
        ).with_output_types(RunReport)


class _ReportFamily(beam.PTransform):
    """What `SummarizeModels` counts of one family, under a name of its own in the graph."""

    def __init__(self, summary: SummarizeModels, family: Family):
        self._summary, self._family = summary, family
        super().__init__()

    def expand(self, inputs: dict[str, beam.PCollection]) -> beam.PCollection:
        return self._summary._reported(inputs, self._family)


def _joined(_: bytes, *reports: RunReport) -> RunReport:
    whole = RunReport()
    for report in reports:
        whole.MergeFrom(report)
    return whole


def _completed(
    report: RunReport,
    directions: Mapping[SliceKey, SliceStatistics],
    repeats: Mapping[SliceKey, SliceStatistics] | None,
    held_out: RunReport | None,
    undamaged: RunReport | None,
    edited: Mapping[tuple[str, str], int] | None,
    spec: StatisticsSpec,
    repeated_models: Collection[str],
) -> RunReport:
    """The report of the pairs, with what only some runs have."""
    add_group_directions(report.models, directions, spec)
    if repeats is not None:
        add_repeat_rates(report.models, repeats, spec, repeated_models)
    if held_out is not None:
        add_held_out(report, held_out)
    if undamaged is not None:
        add_undamaged(report, undamaged)
    if edited is not None:
        add_edited_categories(report.models, edited)
    return report


def write_tfma_results(
    statistics: tuple[beam.PCollection, beam.PCollection],
    pairs: beam.PCollection,
    spec: StatisticsSpec,
    eval_configs: Mapping[str, Any],
    output_dir: str,
) -> None:
    """Adds the writing of each model's TFMA result to the graph.

    Args:
        statistics: All pair statistics, from `GatherStatistics`, and those of controls, from
            `ComputeControlStatistics`.
        pairs: The scored pairs that they are of.
        spec: What was counted.
        eval_configs: See `Evaluation`.
        output_dir: The run's folder.
    """
    for name, eval_config in eval_configs.items():
        statistics | f"WriteTfmaResult[{name}]" >> WriteTfmaResult(
            spec, name, eval_config, filesystem.join(output_dir, TFMA_DIR, file_name(name)), pairs
        )


class WriteTfmaResult(beam.PTransform):
    """All statistics, gathered, to the files of one model's TFMA result.

    TFMA is imported where it is used: by the user's EvalConfig in the launcher, else
    by the worker that writes, when all batches are scored.
    """

    def __init__(
        self,
        spec: StatisticsSpec,
        model_name: str,
        eval_config: Any,
        output_path: str,
        batches: beam.PCollection,
    ):
        """Initializes the transform.

        Args:
            spec: What the statistics were counted with.
            model_name: The model.
            eval_config: What to write; None: what every run writes.
            output_path: Folder of the result.
            batches: Scored pairs, for metrics that TFMA computes one by one.
        """
        super().__init__()
        self._spec = spec
        self._model_name = model_name
        self._eval_config = eval_config
        self._output_path = output_path
        self._batches = batches

    def expand(self, statistics: tuple[beam.PCollection, beam.PCollection]) -> Any:
        """Adds the transform to the graph."""
        gathered, controls = statistics
        if self._eval_config is None:
            return gathered | "WriteResultFiles" >> beam.Map(
                _write_default_result,
                beam.pvalue.AsSingleton(controls, default_value={}),
                self._spec,
                self._model_name,
                self._output_path,
            )
        from fairflip.metrics.evaluator.evaluator import WriteTfmaResults

        return gathered | WriteTfmaResults(
            self._spec,
            self._eval_config,
            self._output_path,
            model_name=self._model_name,
            batches=self._batches,
            controls=controls,
        )


def _write_default_result(
    statistics: Mapping[SliceKey, SliceStatistics],
    controls: Mapping[SliceKey, ControlStatistics],
    spec: StatisticsSpec,
    model_name: str,
    output_path: str,
) -> list[str]:
    from fairflip.metrics.evaluator.eval_configs import default_eval_config
    from fairflip.metrics.evaluator.evaluator import write_statistics

    with_controls = any(one.num_with_control for one in controls.values())
    eval_config = default_eval_config(spec, model_name, with_controls=with_controls)
    return write_statistics(
        statistics, eval_config, spec, output_path, [model_name], controls=controls
    )


class SummarizeTerms(beam.PTransform):
    """Scored pair batches -> one `RunReport` with how the models of a family react to terms."""

    def __init__(self, family: Family, top_k: int):
        """Takes what to count."""
        super().__init__()
        self._family, self._top_k = family, top_k

    def expand(self, pairs: beam.PCollection) -> beam.PCollection:
        """One pass of its own, over the pairs that have terms."""
        if self._family.is_argmax:
            measures = ClassMeasures.of(self._family, self._top_k)
            return pairs | "ReportClassTerms" >> ReportClassTerms(measures)
        return (
            pairs
            | "ComputeTermCoverage" >> ComputeTermCoverage(self._family.spec)
            | "BuildTermReport" >> beam.Map(_term_report).with_output_types(RunReport)
        )


def _term_report(terms: Iterable[TermCoverage]) -> RunReport:
    return RunReport(term_coverage=terms)


class WriteSummary(beam.PTransform):
    """Merges partial reports and writes them where the launcher looks."""

    def __init__(self, output_dir: str):
        super().__init__()
        self._output_dir = output_dir

    def expand(self, parts: tuple[beam.PCollection, ...]) -> beam.PCollection:
        """Each part comes once; merging appends lists, so the order is fixed by content."""
        collected = parts | "JoinReports" >> beam.Flatten()
        return (
            collected.pipeline
            | "StartSummary" >> beam.Impulse()
            | "WriteSummaryFile"
            >> beam.Map(_write_summary, beam.pvalue.AsList(collected), self._output_dir)
        )


def _write_summary(_: bytes, parts: Iterable[RunReport], output_dir: str) -> str:
    report = RunReport()
    for part in sorted(parts, key=lambda part: part.SerializeToString(deterministic=True)):
        report.MergeFrom(part)
    merge_terms(report)
    return write_summary_file(output_dir, report)


def merge_terms(report: RunReport) -> None:
    """Makes one entry of what was changed and of how models react to it, in place."""
    merged = merged_coverage(report.term_coverage)
    del report.term_coverage[:]
    report.term_coverage.extend(merged)


def write_summary_file(output_dir: str, report: RunReport) -> str:
    """Writes the report where the launcher looks for it; returns the path."""
    path = filesystem.join(output_dir, *SUMMARY.split("/"))
    with filesystem.create_atomically(path) as file:
        file.write(report.SerializeToString(deterministic=True))
    return path
