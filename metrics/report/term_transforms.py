"""Flips and gaps by term as a Beam transform over scored batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, Part, SumParts, register_sums
from fairflip.metrics.report.terms import to_coverage
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.statistics.terms import TermStatistics, accumulate_terms, term_spec
from fairflip.protos.report_pb2 import TermCoverage

#: Terms in a report, those with most pairs first: a column of terms may hold anything.
MAX_TERMS = 1_000

register_sums(TermStatistics)
_Key = tuple[str, str]


class TermCoverageOfParts(beam.PTransform):
    """Scored pair batches to (part's name, list of `TermCoverage`).

    The terms with most pairs come first. A part without terms has no element.
    """

    def __init__(self, parts: Sequence[Part], max_terms: int = MAX_TERMS):
        """Takes what to count, and how many terms of each part to keep."""
        super().__init__()
        self._parts = [dataclasses.replace(part, spec=term_spec(part.spec)) for part in parts]
        self._specs = {part.name: part.spec for part in parts}
        self._max_terms = max_terms

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            batches
            | "AccumulateTerms"
            >> beam.ParDo(SumParts(self._parts, accumulate_terms)).with_output_types(
                tuple[_Key, TermStatistics]
            )
            | "AddPerTerm" >> AddPerKey(tuple[_Key, TermStatistics])
            | "DescribeTerms"
            >> beam.Map(_described, self._specs).with_output_types(tuple[str, TermCoverage])
            | "KeepLargest"
            >> beam.combiners.Top.PerKey(self._max_terms, key=_size).with_output_types(
                tuple[str, Iterable[TermCoverage]]
            )
        )


def _described(
    keyed: tuple[_Key, TermStatistics], specs: Mapping[str, StatisticsSpec]
) -> tuple[str, TermCoverage]:
    (name, term), statistics = keyed
    return name, to_coverage(term, statistics, specs[name])


def _size(entry: TermCoverage) -> tuple[int, str]:
    return entry.num_pairs, entry.term
