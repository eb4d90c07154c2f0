"""Scored batches to the models and comparisons of a report: the passes that it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.batches.second_pass_transforms import (
    CountAgain,
    PlanSecondPass,
    only_if_planned,
)
from fairflip.metrics.batches.transforms import (
    ComputeExampleStatistics,
    ComputePairStatistics,
    GatherStatistics,
)
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.controls.transforms import ComputeControlStatistics
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.example_statistics import ExampleStatistics
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.storage.read_parquet import ReadWritten
from fairflip.protos import columns
from fairflip.protos.edits import control_mask, names_any_term
from fairflip.protos.report_pb2 import RunReport

STATISTICS, CONTROLS, REPORTS = "statistics", "controls", "reports"
#: A function that keeps some rows of a batch; it is pickled.
RowChoice = Callable[[pa.RecordBatch], pa.RecordBatch]


class ReportModels(beam.PTransform):
    """Scored batches to one `RunReport` of models and comparisons.

    Args:
        spec: What to count.
        rows: Keeps the rows of a batch that count; None: all do.
        row_columns: What it reads besides what is counted.
    """

    def __init__(
        self, spec: StatisticsSpec, rows: RowChoice | None = None, row_columns: Sequence[str] = ()
    ):
        super().__init__()
        self._spec, self._rows, self._row_columns = spec, rows, tuple(row_columns)

    def expand(self, inputs: dict[str, beam.PCollection]) -> dict[str, beam.PCollection]:
        """Counts in one pass; large slices in a second over the files written.

        Args:
            inputs: `pairs` (batches) and `paths` (of the files with their scores); with
                `examples` and `example_paths`, originals without a counterfactual, all
                originals are reported on too. Without paths nothing is read again: large
                slices have then no matched thresholds and no AUC.

        Returns:
            `[STATISTICS]`: all statistics of pairs, one mapping; `[CONTROLS]`: those of
            controls, one or no mapping; `[REPORTS]`: one report.
        """
        spec, pairs = self._spec, inputs["pairs"]
        if self._rows:
            pairs = pairs | "KeepRows" >> _KeepRows(self._rows)
        statistics = pairs | "ComputePairStatistics" >> ComputePairStatistics(spec)
        gathered = statistics | "GatherStatistics" >> GatherStatistics()
        found: Any = []
        if "paths" in inputs:
            plans = gathered | "PlanPairs" >> PlanSecondPass(spec)
            found = beam.pvalue.AsList(
                inputs["paths"]
                | "CountPairsAgain"
                >> _CountFilesAgain(spec, plans, False, self._rows, self._row_columns)
            )
        controls = pairs | "ComputeControls" >> ComputeControlStatistics(spec)
        originals: tuple = ({}, [])
        if "examples" in inputs:
            scored = (pairs, inputs["examples"])
            examples = scored | "ComputeExampleStatistics" >> ComputeExampleStatistics(spec)
            gathered_examples = examples | "GatherExamples" >> GatherStatistics(ExampleStatistics)
            found_examples: Any = []
            if "example_paths" in inputs:
                plans = gathered_examples | "PlanExamples" >> PlanSecondPass(
                    spec, one_row_each=True
                )
                paths = (inputs["paths"], inputs["example_paths"]) | "AllPaths" >> beam.Flatten()
                found_examples = beam.pvalue.AsList(
                    paths | "CountExamplesAgain" >> _CountFilesAgain(spec, plans, True)
                )
            originals = (
                beam.pvalue.AsSingleton(gathered_examples, default_value={}),
                found_examples,
            )
        reports = gathered | "BuildModelReports" >> beam.Map(
            _model_reports,
            found,
            *originals,
            beam.pvalue.AsSingleton(controls, default_value={}),
            spec,
        ).with_output_types(RunReport)
        return {STATISTICS: gathered, CONTROLS: controls, REPORTS: reports}


class _KeepRows(beam.PTransform):
    """Batches of pairs to some of their rows."""

    def __init__(self, rows: RowChoice):
        super().__init__()
        self._rows = rows

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        return batches | "Keep" >> beam.Map(self._rows).with_output_types(pa.RecordBatch)


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
    """Paths of scored files to (SliceKey, LargeSlice); none is read where none is large."""

    def __init__(
        self,
        spec: StatisticsSpec,
        plans: beam.PCollection,
        one_row_each: bool,
        rows: RowChoice | None = None,
        row_columns: Sequence[str] = (),
    ):
        super().__init__()
        self._spec, self._plans, self._one_row_each = spec, plans, one_row_each
        self._rows, self._row_columns = rows, tuple(row_columns)

    def expand(self, paths: beam.PCollection) -> beam.PCollection:
        wanted = only_if_planned(paths, self._plans)
        needed = list(dict.fromkeys([*self._spec.needed_columns, *self._row_columns]))
        batches = wanted | "ReadAgain" >> ReadWritten(needed)
        if self._rows:
            batches = batches | "KeepRows" >> _KeepRows(self._rows)
        return (batches, self._plans) | "CountAgain" >> CountAgain(self._spec, self._one_row_each)


def _model_reports(
    statistics: Mapping[SliceKey, SliceStatistics],
    large: Iterable[tuple[SliceKey, LargeSlice]],
    examples: Mapping[SliceKey, ExampleStatistics],
    large_examples: Iterable[tuple[SliceKey, LargeSlice]],
    controls: Mapping[SliceKey, ControlStatistics],
    spec: StatisticsSpec,
) -> RunReport:
    models, comparisons = build_models_and_comparisons(
        statistics, examples, spec, dict(large), dict(large_examples), controls
    )
    return RunReport(models=models, comparisons=comparisons)
