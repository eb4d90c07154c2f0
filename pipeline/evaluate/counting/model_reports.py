"""Scored batches to the models and comparisons of a report: the passes that it takes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.batches.bundle_sums import Part, RowChoice, columns_of
from fairflip.metrics.batches.group_directions import direction_spec, with_direction
from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.batches.second_pass_transforms import (
    CountAgain,
    Plans,
    PlanSecondPass,
    is_of_originals,
    originals_of,
)
from fairflip.metrics.batches.transforms import PairStatisticsOfParts, StatisticsOfParts
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.controls.transforms import ControlStatisticsOfParts
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.group_directions import add_group_directions
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.example_statistics import ExampleStatistics
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.storage.read_parquet import read_batches
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
        others = [
            dataclasses.replace(part, rows=part.example_rows)
            for part in self._parts
            if part.with_examples
        ]
        examples: Any = {}
        if others:
            scored = (pairs, inputs["examples"])
            gathered, totals = scored | "ComputeStatistics" >> StatisticsOfParts(counted, others)
            examples = beam.pvalue.AsDict(totals)
        else:
            gathered = pairs | "ComputePairStatistics" >> PairStatisticsOfParts(counted)
        with_controls = [part for part in self._parts if part.with_controls]
        controls = pairs | "ComputeControls" >> ControlStatisticsOfParts(with_controls)
        reports = gathered | "BuildModelReports" >> beam.Map(
            _report_of_part,
            self._large_slices(inputs, gathered, examples),
            examples,
            beam.pvalue.AsDict(controls),
            {part.name: part for part in self._parts},
        ).with_output_types(tuple[str, RunReport])
        return {STATISTICS: gathered, CONTROLS: controls, REPORTS: reports}

    def _large_slices(
        self, inputs: dict[str, beam.PCollection], gathered: beam.PCollection, examples: Any
    ) -> Any:
        """By part what a second pass finds of pairs, and of originals under their own name."""
        matched = [part for part in self._parts if part.is_matched]
        if not matched:
            return {}
        plans = gathered | "PlanSecondPass" >> PlanSecondPass(matched, examples)
        files = [inputs["paths"]]
        if any(part.with_examples for part in matched):
            files.append(inputs["example_paths"])
        return beam.pvalue.AsDict(
            tuple(files) | "CountFilesAgain" >> _CountFilesAgain(matched, plans)
        )


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
    """Paths of scored pairs, and of scored examples, to what `CountAgain` gives.

    A file is read once for pairs and originals, and none where no slice is large.
    """

    def __init__(self, parts: Sequence[Part], plans: beam.PCollection):
        """Takes what to count, and what `PlanSecondPass` gives."""
        super().__init__()
        self._parts, self._plans = tuple(parts), plans

    def expand(self, paths: tuple[beam.PCollection, ...]) -> beam.PCollection:
        named = tuple(
            files | f"Name{name}Files" >> beam.Map(_with_mark, name == "Pair")
            for name, files in zip(("Pair", "Example"), paths, strict=False)
        )
        batches = (
            named
            | "AllFiles" >> beam.Flatten()
            | "OnlyForLargeSlices"
            >> beam.Filter(_is_planned, beam.pvalue.AsDict(self._plans)).with_output_types(
                tuple[str, bool]
            )
            # Each file is a key of its own: what Reshuffle does in six transforms.
            | "SpreadFiles" >> beam.GroupByKey()
            | "ReadFiles"
            >> beam.FlatMap(_read_again, columns_of(self._parts)).with_output_types(
                tuple[bool, pa.RecordBatch]
            )
        )
        return (batches, self._plans) | "CountAgain" >> CountAgain(self._parts)


def _with_mark(path: str, of_pairs: bool) -> tuple[str, bool]:
    return path, of_pairs


def _is_planned(file: tuple[str, bool], plans: Plans) -> bool:
    _, of_pairs = file
    # Files of unmatched originals are read only for what is counted of originals.
    return bool(plans) if of_pairs else any(map(is_of_originals, plans))


def _read_again(
    file: tuple[str, Iterable[bool]], names: Sequence[str]
) -> Iterator[tuple[bool, pa.RecordBatch]]:
    path, of_pairs = file
    are_pairs = any(of_pairs)
    for batch in read_batches(path, names):
        yield are_pairs, batch


def _report_of_part(
    named: tuple[str, Mapping[SliceKey, SliceStatistics]],
    large: Mapping[str, Mapping[SliceKey, LargeSlice]],
    examples: Mapping[str, Mapping[SliceKey, ExampleStatistics]],
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
        large.get(originals_of(name), {}),
        controls.get(name, {}),
    )
    return name, RunReport(models=models, comparisons=comparisons)
