"""From scored batches to one `RunReport` file: the counting half of the evaluation graph."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apache_beam as beam

from fairflip.metrics.classes.measures import CHANGE
from fairflip.metrics.classes.tables import ClassTable
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.edited_categories import (
    CountEditedCategories,
    add_edited_categories,
    own_slices,
)
from fairflip.metrics.report.term_transforms import TermCoverageOfParts
from fairflip.metrics.report.terms import merged_coverage
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.pipeline.evaluate.counting.class_reports import CountClasses
from fairflip.pipeline.evaluate.counting.counted_families import CountedFamily
from fairflip.pipeline.evaluate.counting.damaged import may_damage
from fairflip.pipeline.evaluate.counting.model_reports import (
    CONTROLS,
    REPORTS,
    STATISTICS,
    ReportModels,
)
from fairflip.pipeline.evaluate.evaluation import Evaluation
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
        self._families = [
            CountedFamily.of(
                family,
                evaluation.config.evaluation.top_k,
                evaluation.repeated,
                evaluation.held_out_terms,
                may_damage(evaluation.config),
            )
            for family in evaluation.families
        ]
        self._of_families = evaluation.families
        self._output_dir = evaluation.output_dir
        self._outputs = all_outputs(evaluation.models)

    def expand(self, inputs: dict[str, beam.PCollection]) -> beam.PCollection:
        """Counts all families of outputs in one pass, each by itself.

        Args:
            inputs: `pairs` and `examples` (batches), `paths` and `example_paths` (of the
                files with their scores), `second_looks` ((output's name, `SecondLook`)).
        """
        families, pairs = self._families, inputs["pairs"]
        parts = [part for family in families for part in family.parts]
        counted = inputs | "ReportModels" >> ReportModels(parts)
        statistics = (counted[STATISTICS], counted[CONTROLS])
        write_tfma_results(statistics, pairs, self._of_families, self._output_dir)
        tables = [
            pairs | f"CountClasses[{f.name}]" >> CountClasses(f.name, f.measures)
            for f in families
            if f.measures is not None
        ]
        edited: Any = None
        slices = [s for family in families if not family.measures for s in own_slices(family.spec)]
        if slices:
            edited = beam.pvalue.AsDict(pairs | "CountEdited" >> CountEditedCategories(slices))
        return (
            pairs.pipeline
            | "StartModels" >> beam.Impulse()
            | "CompleteReports"
            >> beam.Map(
                _completed,
                beam.pvalue.AsDict(counted[REPORTS]),
                edited,
                beam.pvalue.AsDict(tables | "AllClasses" >> beam.Flatten()) if tables else {},
                families,
            ).with_output_types(RunReport)
            | "NameOutputs"
            >> beam.Map(
                with_names, self._outputs, beam.pvalue.AsList(inputs["second_looks"])
            ).with_output_types(RunReport)
        )


def _completed(
    _: bytes,
    reports: Mapping[str, RunReport],
    edited: Mapping[tuple[str, str], int] | None,
    tables: Mapping[str, Mapping[SliceKey, ClassTable]],
    families: Iterable[CountedFamily],
) -> RunReport:
    """The reports of all families in one, with what only some runs have."""
    whole = RunReport()
    for family in families:
        report = family.completed(reports, tables.get(family.name, {}))
        if edited is not None and family.measures is None:
            add_edited_categories(report.models, edited)
        whole.MergeFrom(report)
    return whole


def write_tfma_results(
    statistics: tuple[beam.PCollection, beam.PCollection],
    pairs: beam.PCollection,
    families: Iterable[Family],
    output_dir: str,
) -> None:
    """Adds the writing of each model's TFMA result to the graph.

    Args:
        statistics: Of parts that have the families' names, all pair statistics and those of
            controls, from `ReportModels`.
        pairs: The scored pairs that they are of.
        families: With the EvalConfigs of what is written.
        output_dir: The run's folder.
    """
    folder = filesystem.join(output_dir, TFMA_DIR)
    by_default = {}
    for family in families:
        if family.is_argmax:
            _write_class_results(statistics, pairs, family, folder)
            continue
        if any(config is None for config in family.eval_configs.values()):
            by_default[family.name] = family
            continue
        for name, eval_config in family.eval_configs.items():
            statistics | f"WriteTfmaResult[{name}]" >> WriteTfmaResult(
                family, name, eval_config, filesystem.join(folder, file_name(name)), pairs
            )
    if by_default:
        gathered, controls = statistics
        gathered | "WriteTfmaResults" >> beam.FlatMap(
            _write_default_results, beam.pvalue.AsDict(controls), by_default, folder
        )


def _write_class_results(
    statistics: tuple[beam.PCollection, beam.PCollection],
    pairs: beam.PCollection,
    family: Family,
    folder: str,
) -> None:
    """Adds the results of models that decide by argmax, which TFMA's own path counts."""
    # The statistics of changes know the pairs of each slice; the rest stands in class scores.
    counted = dataclasses.replace(family, name=f"{CHANGE}/{family.name}")
    for name in family.eval_configs:
        from fairflip.metrics.evaluator.eval_configs import class_eval_config

        statistics | f"WriteClassResult[{name}]" >> WriteTfmaResult(
            counted,
            name,
            class_eval_config(family.spec, name),
            filesystem.join(folder, file_name(name)),
            pairs,
        )


class WriteTfmaResult(beam.PTransform):
    """All statistics, gathered, to the files of one model's TFMA result by the user's EvalConfig.

    Args:
        family: What the model is counted with.
        model_name: The model.
        eval_config: What to write.
        output_path: Folder of the result.
        batches: Scored pairs, for metrics that TFMA computes one by one.
    """

    def __init__(
        self,
        family: Family,
        model_name: str,
        eval_config: Any,
        output_path: str,
        batches: beam.PCollection,
    ):
        super().__init__()
        self._family, self._model_name, self._eval_config = family, model_name, eval_config
        self._output_path, self._batches = output_path, batches

    def expand(self, statistics: tuple[beam.PCollection, beam.PCollection]) -> Any:
        """Adds the transform to the graph."""
        from fairflip.metrics.evaluator.evaluator import WriteTfmaResults

        gathered, controls = (
            part
            | f"{label}Only" >> beam.Filter(_is_named, self._family.name)
            | f"{label}Alone" >> beam.Values()
            for label, part in zip(("Statistics", "Controls"), statistics, strict=True)
        )
        return gathered | WriteTfmaResults(
            self._family.spec,
            self._eval_config,
            self._output_path,
            model_name=self._model_name,
            batches=self._batches,
            controls=controls,
        )


def _is_named(named: tuple[str, Any], name: str) -> bool:
    return named[0] == name


def _write_default_results(
    named: tuple[str, Mapping[SliceKey, SliceStatistics]],
    all_controls: Mapping[str, Mapping[SliceKey, ControlStatistics]],
    families: Mapping[str, Family],
    folder: str,
) -> Iterable[str]:
    """Writes what every run writes of each model.

    TFMA is imported where it is used: by the worker that writes, when all batches are scored.
    """
    name, statistics = named
    if name not in families:
        return
    from fairflip.metrics.evaluator.eval_configs import default_eval_config
    from fairflip.metrics.evaluator.evaluator import write_statistics

    family, controls = families[name], all_controls.get(name, {})
    with_controls = any(one.num_with_control for one in controls.values())
    for model in family.eval_configs:
        yield from write_statistics(
            statistics,
            default_eval_config(family.spec, model, with_controls=with_controls),
            family.spec,
            filesystem.join(folder, file_name(model)),
            [model],
            controls=controls,
        )


class SummarizeTerms(beam.PTransform):
    """Scored pair batches -> one `RunReport` with how the models react to terms."""

    def __init__(self, evaluation: Evaluation):
        """Takes what to count."""
        super().__init__()
        top_k = evaluation.config.evaluation.top_k
        self._families = [CountedFamily.of(family, top_k) for family in evaluation.families]

    def expand(self, pairs: beam.PCollection) -> beam.PCollection:
        """One pass of its own, over the pairs that have terms."""
        parts = [part for family in self._families for part in family.term_parts]
        terms = pairs | "ComputeTermCoverage" >> TermCoverageOfParts(parts)
        return (
            pairs.pipeline
            | "StartTerms" >> beam.Impulse()
            | "BuildTermReport"
            >> beam.Map(_term_report, beam.pvalue.AsDict(terms), self._families).with_output_types(
                RunReport
            )
        )


def _term_report(
    _: bytes, terms: Mapping[str, Sequence[TermCoverage]], families: Iterable[CountedFamily]
) -> RunReport:
    report = RunReport()
    for family in families:
        report.term_coverage.extend(family.term_entries(terms))
    return report


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
