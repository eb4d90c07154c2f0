"""The second pass for matched thresholds as a Beam transform."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, SumBatches, register_sums
from fairflip.metrics.batches.columns import read_columns
from fairflip.metrics.batches.matched_passes import (
    Bracket,
    MatchedCounts,
    MatchedFlips,
    brackets,
    count_near,
    resolve,
)
from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.flips.slicing import SliceKey


@dataclasses.dataclass(frozen=True)
class CandidateCounts:
    """Counts of the second pass for one slice; `+` adds candidate by candidate."""

    candidates: tuple[MatchedCounts, ...]

    def __add__(self, other: CandidateCounts) -> CandidateCounts:
        """The sum over both."""
        pairs = zip(self.candidates, other.candidates, strict=True)
        return CandidateCounts(tuple(a + b for a, b in pairs))


register_sums(CandidateCounts)


def _count_near(
    batches: list[Any], found: Mapping[SliceKey, Sequence[Bracket]], spec: StatisticsSpec
) -> dict[SliceKey, CandidateCounts]:
    counts = count_near(read_columns(batches, spec), found, spec)
    return {key: CandidateCounts(tuple(of_slice)) for key, of_slice in counts.items()}


def _resolve(
    element: tuple[SliceKey, CandidateCounts], found: Mapping[SliceKey, Sequence[Bracket]]
) -> tuple[SliceKey, tuple[MatchedFlips, ...]]:
    key, counts = element
    return key, tuple(resolve(b, c) for b, c in zip(found[key], counts.candidates, strict=True))


class ComputeMatchedThresholds(beam.PTransform):
    """Scored pair batches, again, to (SliceKey, one MatchedFlips per candidate).

    Apply to a pair of collections: the batches and the output of
    `ComputePairStatistics` over the same pairs. Only slices with pairs come out,
    and nothing when there is but one model. The batches are read a second time;
    give them from the scored-pair files rather than from the scoring stage, which
    would have to hold all of them until the first pass is over.
    """

    def __init__(self, spec: StatisticsSpec):
        super().__init__()
        self._spec = spec

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> beam.PCollection:
        """Adds the transform to the graph."""
        batches, statistics = inputs
        spec = self._spec

        def bracket(key: SliceKey, value: SliceStatistics) -> tuple[SliceKey, tuple[Bracket, ...]]:
            return key, brackets(value, spec)

        count = functools.partial(_count_near, spec=spec)
        found = beam.pvalue.AsDict(statistics | "FindBrackets" >> beam.MapTuple(bracket))
        return (
            batches
            | "CountNearThresholds"
            >> beam.ParDo(SumBatches(spec, count), found).with_output_types(
                tuple[SliceKey, CandidateCounts]
            )
            | "AddPerSlice" >> AddPerKey(tuple[SliceKey, CandidateCounts])
            | "ChooseThresholds" >> beam.Map(_resolve, found)
        )
