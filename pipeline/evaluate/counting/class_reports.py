"""Scored batches to the report of models that decide by argmax."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.batches.bundle_sums import Part
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
from fairflip.metrics.classes.tables import ClassTable, by_slice_name
from fairflip.metrics.classes.transforms import ComputeClassTables
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.evaluate.counting.model_reports import ReportedPart, then
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
    """

    spec: StatisticsSpec
    classes: tuple[str, ...]
    top_k: int
    label: str = ""
    repeated: tuple[str, ...] = ()

    @classmethod
    def of(cls, family: Family, top_k: int, repeated: tuple[str, ...] = ()) -> ClassMeasures:
        """Those of a family, of which `repeated` were asked again."""
        classes = family.outputs[0].classes
        k = min(top_k, len(classes) - 1)
        return cls(family.spec, classes, k, family.class_label, repeated)

    def spec_of(self, measure: str) -> StatisticsSpec:
        """What is counted of one measure."""
        names = tuple(stand_in(model, measure) for model in self.spec.models)
        ids = self.spec.num_example_ids if measure == CHANGE else 0
        return dataclasses.replace(
            self.spec, models=names, models_of_any_scale=names, num_example_ids=ids
        )

    @property
    def repeated_stand_ins(self) -> tuple[str, ...]:
        """Stand-ins for changes whose second answers are there."""
        return tuple(stand_in(name, CHANGE) for name in self.repeated)

    @property
    def columns_read(self) -> tuple[str, ...]:
        """What measuring reads of scored pairs."""
        names = []
        for model in self.spec.models:
            names += [columns.classes(model), columns.counterfactual_classes(model)]
        names += [columns.classes(model, 2) for model in self.repeated]
        return (*names, self.label) if self.label else tuple(names)

    def measured(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch of scored pairs with the scores of all measures."""
        return with_measures(
            batch, self.spec.models, self.top_k, self.label, self.classes, self.repeated
        )

    def correct(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Scored originals with a label, and whether each model is right."""
        return with_correct(batch, self.spec.models, self.label, self.classes)

    def labelled(self, measured: pa.RecordBatch) -> pa.RecordBatch:
        """The measured pairs that have a label."""
        name = columns.score(stand_in(self.spec.models[0], CORRECT))
        return measured.filter(measured.column(name).is_valid())

    def parts(self, name: str) -> dict[str, ReportedPart]:
        """By measure, what is counted: each as a model's scores are, in one pass.

        No threshold is matched, and nothing ranked.

        Args:
            name: What the parts' names end in.
        """
        rows = self.measured  # one for all, so that a batch is measured once
        by_name = {
            measure: ReportedPart(
                f"{measure}/{name}",
                self.spec_of(measure),
                rows,
                self.columns_read,
                with_controls=measure != TOP_K,
                is_matched=False,
            )
            for measure in (CHANGE, DISTANCE, TOP_K)
        }
        if self.label:
            by_name[CORRECT] = dataclasses.replace(
                by_name[TOP_K],
                name=f"{CORRECT}/{name}",
                spec=self.spec_of(CORRECT),
                rows=then(rows, self.labelled),
                with_examples=True,
                example_rows=self.correct,
            )
        return by_name

    def term_parts(self, name: str) -> dict[str, Part]:
        """By measure, what is counted of terms."""
        rows = self.measured
        return {
            measure: Part(f"{measure}/{name}", self.spec_of(measure), rows, self.columns_read)
            for measure in (CHANGE, DISTANCE)
        }

    def merged(
        self, by_measure: Mapping[str, RunReport], tables: Mapping[SliceKey, ClassTable]
    ) -> RunReport:
        """One report of all measures and of the pairs by class."""
        return merged(by_measure, by_slice_name(tables), self.classes, self.top_k)


class CountClasses(beam.PTransform):
    """Scored pair batches to (name, mapping of slices to their `ClassTable`)."""

    def __init__(self, name: str, measures: ClassMeasures):
        super().__init__()
        self._name, self._measures = name, measures

    def expand(self, pairs: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph; no element where there is no pair."""
        of = self._measures
        return (
            pairs
            | "MeasureChanges" >> beam.Map(of.measured).with_output_types(pa.RecordBatch)
            | "CountClasses" >> ComputeClassTables(of.spec_of(CLASS), len(of.classes))
            | "UnderTheirName" >> beam.Map(_named, self._name)
        )


def _named(tables: Mapping[SliceKey, ClassTable], name: str) -> tuple[str, Mapping]:
    return name, tables


def class_terms(by_measure: Mapping[str, Iterable[TermCoverage]]) -> list[TermCoverage]:
    """How models react to each term, from what is counted of `ClassMeasures.term_parts`."""
    return term_entries(by_measure[CHANGE], by_measure[DISTANCE])
