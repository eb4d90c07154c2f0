"""Pairs of terms that were withheld from training: whether a cure reaches what it never saw."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.evaluate.model_reports import REPORTS, ReportModels, pairs_of_terms
from fairflip.pipeline.evaluate.repeats import CountRepeats, add_repeat_rates
from fairflip.protos import columns
from fairflip.protos.report_pb2 import RunReport

#: What the slice over these pairs is called.
HELD_OUT = "held_out_terms"


class ReportHeldOut(beam.PTransform):
    """`pairs` (scored batches) and `paths` of their files to one `RunReport` on some terms' pairs.

    Args:
        spec: What is counted of all pairs.
        terms: Those that were withheld.
        repeated_models: Names of the models whose second answers are there.
    """

    def __init__(
        self, spec: StatisticsSpec, terms: Sequence[str], repeated_models: Sequence[str] = ()
    ):
        super().__init__()
        self._spec, self._terms = dataclasses.replace(spec, slices=()), tuple(terms)
        self._repeated_models = tuple(repeated_models)

    def expand(self, inputs: dict[str, beam.PCollection]) -> beam.PCollection:
        """A pass of its own: only runs that withhold terms pay for it; see `ReportModels`."""
        pairs = inputs["pairs"]
        counted = inputs | ReportModels(
            self._spec,
            rows=functools.partial(pairs_of_terms, terms=self._terms),
            row_columns=(columns.TERM,),
        )
        if not self._repeated_models:
            return counted[REPORTS]
        repeats = (
            pairs
            | "PairsOfTerms"
            >> beam.Map(pairs_of_terms, self._terms).with_output_types(pa.RecordBatch)
            | "CountRepeats" >> CountRepeats(self._spec, self._repeated_models)
        )
        return counted[REPORTS] | "AddRepeats" >> beam.Map(
            _with_repeats, beam.pvalue.AsSingleton(repeats), self._spec, self._repeated_models
        ).with_output_types(RunReport)


def _with_repeats(
    report: RunReport,
    repeats: Mapping[SliceKey, SliceStatistics],
    spec: StatisticsSpec,
    repeated_models: Sequence[str],
) -> RunReport:
    add_repeat_rates(report.models, repeats, spec, repeated_models)
    return report


def add_held_out(report: RunReport, held_out: RunReport) -> None:
    """Puts what each model and comparison is on these pairs into the report, in place.

    Args:
        report: On all pairs.
        held_out: From `ReportHeldOut`; where it has no pair, nothing is added.
    """
    for model, found in zip(report.models, held_out.models, strict=True):
        if found.slices[0].num_pairs:
            model.held_out.CopyFrom(found.slices[0])
            model.held_out.slice = HELD_OUT
    for comparison, compared in zip(report.comparisons, held_out.comparisons, strict=True):
        if report.models[0].HasField("held_out"):
            comparison.held_out.CopyFrom(compared.slices[0])
            comparison.held_out.slice = HELD_OUT
