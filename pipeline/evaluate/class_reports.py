"""Scored batches to the report of models that decide by argmax."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.classes.measures import (
    CHANGE,
    CLASS,
    CORRECT,
    DISTANCE,
    TOP_K,
    stand_in,
    with_correct,
    with_measures,
)
from fairflip.metrics.classes.merging import merged, term_entries
from fairflip.metrics.classes.transforms import ClassTable, ComputeClassTables, by_slice_name
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.term_transforms import ComputeTermCoverage
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.evaluate.damaged import ReportUndamaged, add_undamaged
from fairflip.pipeline.evaluate.held_out import ReportHeldOut, add_held_out
from fairflip.pipeline.evaluate.model_reports import REPORTS, ReportModels
from fairflip.pipeline.evaluate.repeats import CountRepeats, add_repeat_rates
from fairflip.pipeline.outputs.families import Family
from fairflip.protos import columns
from fairflip.protos.report_pb2 import RunReport, TermCoverage


@dataclasses.dataclass(frozen=True)
class ClassMeasures:
    """What of a family of models that decide by argmax is measured.

    Attributes:
        spec: What is counted of the family.
        classes: Names of the classes.
        top_k: How many of the greatest class scores are looked at together.
        label: The column with the class of each original; "" without one.
        repeated: Names of the models that were asked several times.
        terms: Those that were withheld from training.
        may_damage: Whether edits may leave damaged grammar.
    """

    spec: StatisticsSpec
    classes: tuple[str, ...]
    top_k: int
    label: str = ""
    repeated: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    may_damage: bool = False

    @classmethod
    def of(
        cls,
        family: Family,
        top_k: int,
        repeated: Collection[str] = (),
        terms: Sequence[str] = (),
        may_damage: bool = False,
    ) -> ClassMeasures:
        """Those of a family; `repeated` are the outputs of the run that were asked again."""
        asked_again = tuple(name for name in family.spec.models if name in repeated)
        classes = family.outputs[0].classes
        k = min(top_k, len(classes) - 1)
        return cls(
            family.spec, classes, k, family.class_label, asked_again, tuple(terms), may_damage
        )

    def spec_of(self, measure: str) -> StatisticsSpec:
        """What is counted of one measure."""
        names = tuple(stand_in(model, measure) for model in self.spec.models)
        ids = self.spec.num_example_ids if measure == CHANGE else 0
        return dataclasses.replace(
            self.spec, models=names, models_of_any_scale=names, num_example_ids=ids
        )

    def measured(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch of scored pairs with the scores of all measures."""
        return with_measures(
            batch, self.spec.models, self.top_k, self.label, self.classes, self.repeated
        )

    def correct(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Scored originals with a label, and whether each model is right."""
        return with_correct(batch, self.spec.models, self.label, self.classes)


class ReportClasses(beam.PTransform):
    """Scored batches to one `RunReport` of models and comparisons, and terms of their own.

    Slices of any size are counted in one pass: no threshold is matched, and nothing ranked.
    """

    def __init__(self, measures: ClassMeasures):
        super().__init__()
        self._measures = measures

    def expand(self, inputs: dict[str, beam.PCollection]) -> dict[str, beam.PCollection]:
        """Counts each measure as a model's scores are counted.

        Args:
            inputs: `pairs` and `examples`: batches of scored pairs and of other originals.
        """
        of = self._measures
        pairs = inputs["pairs"] | "MeasureChanges" >> beam.Map(of.measured).with_output_types(
            pa.RecordBatch
        )
        reports = {
            measure: ({"pairs": pairs} | f"Report[{measure}]" >> ReportModels(of.spec_of(measure)))[
                REPORTS
            ]
            for measure in (CHANGE, DISTANCE, TOP_K)
        }
        reports[CHANGE] = self._completed(pairs, reports[CHANGE])
        if of.label:
            labelled = pairs | "WithLabel" >> beam.Map(
                _with_label, stand_in(of.spec.models[0], CORRECT)
            ).with_output_types(pa.RecordBatch)
            examples = inputs["examples"] | "MeasureExamples" >> beam.Map(
                of.correct
            ).with_output_types(pa.RecordBatch)
            counted = {"pairs": labelled, "examples": examples} | f"Report[{CORRECT}]" >> (
                ReportModels(of.spec_of(CORRECT))
            )
            reports[CORRECT] = counted[REPORTS]
        tables = pairs | "CountClasses" >> ComputeClassTables(of.spec_of(CLASS), len(of.classes))
        names = list(reports)
        return (
            reports[CHANGE].pipeline
            | "StartClasses" >> beam.Impulse()
            | "MergeMeasures"
            >> (
                beam.Map(
                    _merged,
                    names,
                    of.classes,
                    of.top_k,
                    beam.pvalue.AsSingleton(tables, default_value={}),
                    *(beam.pvalue.AsSingleton(reports[name]) for name in names),
                ).with_output_types(RunReport)
            )
        )

    def _completed(self, pairs: beam.PCollection, reports: beam.PCollection) -> beam.PCollection:
        """The report on changes with what only some runs have."""
        of = self._measures
        spec = of.spec_of(CHANGE)
        repeated = tuple(stand_in(name, CHANGE) for name in of.repeated)
        repeats = held_out = undamaged = None
        if repeated:
            repeats = beam.pvalue.AsSingleton(
                pairs | "CountRepeats" >> CountRepeats(spec, repeated)
            )
        if of.terms:
            held_out = beam.pvalue.AsSingleton(
                {"pairs": pairs} | "ReportHeldOut" >> ReportHeldOut(spec, of.terms, repeated)
            )
        if of.may_damage:
            undamaged = beam.pvalue.AsSingleton(
                {"pairs": pairs} | "ReportUndamaged" >> ReportUndamaged(spec)
            )
        if not (repeated or of.terms or of.may_damage):
            return reports
        return reports | "CompleteChanges" >> beam.Map(
            _with_rest, repeats, held_out, undamaged, spec, repeated
        ).with_output_types(RunReport)


def _with_label(batch: pa.RecordBatch, name: str) -> pa.RecordBatch:
    """The rows that have a number for the stand-in: those with a label."""
    return batch.filter(batch.column(columns.score(name)).is_valid())


def _with_rest(
    report: RunReport,
    repeats: Mapping[SliceKey, SliceStatistics] | None,
    held_out: RunReport | None,
    undamaged: RunReport | None,
    spec: StatisticsSpec,
    repeated: Sequence[str],
) -> RunReport:
    if repeats is not None:
        add_repeat_rates(report.models, repeats, spec, repeated)
    if held_out is not None:
        add_held_out(report, held_out)
    if undamaged is not None:
        add_undamaged(report, undamaged)
    return report


def _merged(
    _: bytes,
    names: Sequence[str],
    classes: Sequence[str],
    top_k: int,
    tables: Mapping[SliceKey, ClassTable],
    *reports: RunReport,
) -> RunReport:
    by_measure = dict(zip(names, reports, strict=True))
    return merged(by_measure, by_slice_name(tables), classes, top_k)


class ReportClassTerms(beam.PTransform):
    """Scored pair batches to one `RunReport` with how models react to each term."""

    def __init__(self, measures: ClassMeasures):
        super().__init__()
        self._measures = measures

    def expand(self, pairs: beam.PCollection) -> beam.PCollection:
        """Counts changes and distances, each in a pass of its own."""
        of = self._measures
        measured = pairs | "MeasureChanges" >> beam.Map(of.measured).with_output_types(
            pa.RecordBatch
        )
        change, distance = (
            measured | f"Terms[{measure}]" >> ComputeTermCoverage(of.spec_of(measure))
            for measure in (CHANGE, DISTANCE)
        )
        return change | "MergeTerms" >> beam.Map(
            _term_report, beam.pvalue.AsSingleton(distance)
        ).with_output_types(RunReport)


def _term_report(change: Iterable[TermCoverage], distance: Iterable[TermCoverage]) -> RunReport:
    return RunReport(term_coverage=term_entries(change, distance))
