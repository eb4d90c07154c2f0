"""Scored batches to the models and comparisons of a report: the passes that it takes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.batches.bundle_sums import Part, RowChoice, columns_of
from fairflip.metrics.batches.group_directions import direction_spec, with_direction
from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.batches.second_pass_transforms import (
    CountAgain,
    PlanSecondPass,
    only_if_planned,
)
from fairflip.metrics.batches.transforms import (
    ExampleStatisticsOfParts,
    PairStatisticsOfParts,
)
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.controls.transforms import ControlStatisticsOfParts
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.group_directions import add_group_directions
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.example_statistics import ExampleStatistics
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.storage.read_parquet import ReadWritten
from fairflip.protos import columns
from fairflip.protos.edits import control_mask, names_any_term
from fairflip.protos.report_pb2 import ModelReport, RunReport

STATISTICS, CONTROLS, REPORTS = "statistics", "controls", "reports"


@dataclasses.dataclass(frozen=True)
class ReportedPart(Part):
    """What is counted by itself, and has a report of its own.

    Attributes:
        with_controls: Whether controls are counted beside the pairs.
        is_matched: Whether large slices are counted again, for matched thresholds and AUC.
        with_examples: Whether all originals are reported on too.
        example_rows: As `rows`, of originals without a counterfactual.
        by_direction: Whether the slices are those of `with_direction`, and the report has
            `group_directions` alone.
    """

    with_controls: bool = True
    is_matched: bool = True
    with_examples: bool = False
    example_rows: RowChoice | None = None
    by_direction: bool = False

    def of_chosen(self, name: str, choose: RowChoice, more_columns: Sequence[str]) -> ReportedPart:
        """What counts some of its pairs beside it: Overall alone, and no originals without pairs.

        Args:
            name: Of the new part.
            choose: Which of its pairs, with their controls.
            more_columns: What `choose` reads.
        """
        return dataclasses.replace(
            self,
            name=name,
            spec=dataclasses.replace(self.spec, slices=()),
            rows=then(self.rows, choose),
            row_columns=(*self.row_columns, *more_columns),
            with_examples=False,
        )


def then(first: RowChoice | None, second: RowChoice) -> RowChoice:
    """Chooses rows of what another choice leaves."""
    return second if first is None else functools.partial(_chosen_twice, first, second)


def _chosen_twice(first: RowChoice, second: RowChoice, batch: pa.RecordBatch) -> pa.RecordBatch:
    return second(first(batch))


def part_by_direction(name: str, spec: StatisticsSpec) -> ReportedPart:
    """What counts pairs by the groups that they lead from and to."""
    return ReportedPart(
        name,
        spec,
        with_direction,
        (columns.GROUP, columns.REPLACEMENT_GROUP),
        with_controls=False,
        is_matched=False,
        by_direction=True,
    )


class ReportModels(beam.PTransform):
    """Scored batches to a `RunReport` of models and comparisons for each of some parts."""

    def __init__(self, parts: Sequence[ReportedPart]):
        """Takes what to count; one pass counts them all."""
        super().__init__()
        self._parts = tuple(parts)

    def expand(self, inputs: dict[str, beam.PCollection]) -> dict[str, beam.PCollection]:
        """Counts in one pass; large slices in a second over the files written.

        Args:
            inputs: `pairs` (batches) and `paths` (of the files with their scores), `examples`
                and `example_paths` of originals without a counterfactual.

        Returns:
            Collections of (part's name, ...). `[STATISTICS]`: all statistics of pairs, one
            mapping; `[CONTROLS]`: those of controls, of parts that have some; `[REPORTS]`:
            one report.
        """
        pairs = inputs["pairs"]
        counted = [
            dataclasses.replace(part, spec=direction_spec(part.spec)) if part.by_direction else part
            for part in self._parts
        ]
        gathered = pairs | "ComputePairStatistics" >> PairStatisticsOfParts(counted)
        large_slices: Any = {}
        matched = [part for part in self._parts if part.is_matched]
        if matched:
            plans = gathered | "PlanPairs" >> PlanSecondPass(matched)
            large_slices = beam.pvalue.AsDict(
                inputs["paths"] | "CountPairsAgain" >> _CountFilesAgain(matched, plans, False)
            )
        with_controls = [part for part in self._parts if part.with_controls]
        controls = pairs | "ComputeControls" >> ControlStatisticsOfParts(with_controls)
        reports = gathered | "BuildModelReports" >> beam.Map(
            _report_of_part,
            large_slices,
            *self._examples(inputs),
            beam.pvalue.AsDict(controls),
            {part.name: part for part in self._parts},
        ).with_output_types(tuple[str, RunReport])
        return {STATISTICS: gathered, CONTROLS: controls, REPORTS: reports}

    def _examples(self, inputs: dict[str, beam.PCollection]) -> tuple[Any, Any]:
        """By part, the statistics of all originals, and what a second pass finds of them."""
        parts = [part for part in self._parts if part.with_examples]
        if not parts:
            return {}, {}
        others = [dataclasses.replace(part, rows=part.example_rows) for part in parts]
        scored = (inputs["pairs"], inputs["examples"])
        gathered = scored | "ComputeExampleStatistics" >> ExampleStatisticsOfParts(parts, others)
        large_slices: Any = {}
        matched = [part for part in parts if part.is_matched]
        if matched:
            plans = gathered | "PlanExamples" >> PlanSecondPass(matched, one_row_each=True)
            paths = (inputs["paths"], inputs["example_paths"]) | "AllPaths" >> beam.Flatten()
            large_slices = beam.pvalue.AsDict(
                paths | "CountExamplesAgain" >> _CountFilesAgain(matched, plans, True)
            )
        return beam.pvalue.AsDict(gathered), large_slices


def pairs_of_terms(batch: pa.RecordBatch, terms: Sequence[str]) -> pa.RecordBatch:
    """The pairs of a batch that name a term, and all controls that say which pair is theirs.

    A control whose pair is not there counts for none. One that names no pair would count for
    whichever pair of its original is left.
    """
    is_kept = control_mask(batch)
    if columns.CONTROL_OF in batch.schema.names:
        is_kept &= batch.column(columns.CONTROL_OF).is_valid().to_numpy(zero_copy_only=False)
    else:
        is_kept[:] = False
    if columns.TERM in batch.schema.names:
        is_kept |= names_any_term(batch.column(columns.TERM), terms)
    return batch.filter(pa.array(is_kept))


class _CountFilesAgain(beam.PTransform):
    """Paths of scored files to what `CountAgain` gives; none is read where none is large."""

    def __init__(self, parts: Sequence[Part], plans: beam.PCollection, one_row_each: bool):
        super().__init__()
        self._parts, self._plans, self._one_row_each = tuple(parts), plans, one_row_each

    def expand(self, paths: beam.PCollection) -> beam.PCollection:
        wanted = only_if_planned(paths, self._plans)
        batches = wanted | "ReadAgain" >> ReadWritten(columns_of(self._parts))
        return (batches, self._plans) | "CountAgain" >> CountAgain(self._parts, self._one_row_each)


def _report_of_part(
    named: tuple[str, Mapping[SliceKey, SliceStatistics]],
    large: Mapping[str, Mapping[SliceKey, LargeSlice]],
    examples: Mapping[str, Mapping[SliceKey, ExampleStatistics]],
    large_examples: Mapping[str, Mapping[SliceKey, LargeSlice]],
    controls: Mapping[str, Mapping[SliceKey, ControlStatistics]],
    parts: Mapping[str, ReportedPart],
) -> tuple[str, RunReport]:
    name, statistics = named
    part = parts[name]
    if part.by_direction:
        report = RunReport(models=[ModelReport(name=model) for model in part.spec.models])
        add_group_directions(report.models, statistics, part.spec)
        return name, report
    models, comparisons = build_models_and_comparisons(
        statistics,
        examples.get(name, {}),
        part.spec,
        large.get(name, {}),
        large_examples.get(name, {}),
        controls.get(name, {}),
    )
    return name, RunReport(models=models, comparisons=comparisons)
