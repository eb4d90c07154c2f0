"""Flips and gaps by term as a Beam transform over scored batches."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, SumBatches, register_sums
from fairflip.metrics.report.terms import to_coverage
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.statistics.terms import TermStatistics, accumulate_terms, term_spec
from fairflip.protos.report_pb2 import TermCoverage

#: Terms in a report, those with most pairs first: a column of terms may hold anything.
MAX_TERMS = 1_000

register_sums(TermStatistics)


class ComputeTermCoverage(beam.PTransform):
    """Scored pair batches to one list of `TermCoverage`, the terms with most pairs first."""

    def __init__(self, spec: StatisticsSpec, max_terms: int = MAX_TERMS):
        """Takes what to count, and how many terms to keep."""
        super().__init__()
        self._spec = spec
        self._max_terms = max_terms

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            batches
            | "AccumulateTerms"
            >> beam.ParDo(
                SumBatches(
                    term_spec(self._spec), functools.partial(accumulate_terms, spec=self._spec)
                )
            ).with_output_types(tuple[str, TermStatistics])
            | "AddPerTerm" >> AddPerKey(tuple[str, TermStatistics])
            | "DescribeTerms" >> beam.Map(_described, self._spec).with_output_types(TermCoverage)
            | "KeepLargest"
            >> beam.combiners.Top.Of(self._max_terms, key=_size).with_output_types(
                Iterable[TermCoverage]
            )
        )


def _described(keyed: tuple[str, TermStatistics], spec: StatisticsSpec) -> TermCoverage:
    return to_coverage(*keyed, spec)


def _size(entry: TermCoverage) -> tuple[int, str]:
    return entry.num_pairs, entry.term
