"""Sums over controls as Beam transforms over scored batches."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, Part, SumParts, register_sums
from fairflip.metrics.batches.transforms import GatherParts
from fairflip.metrics.controls.counting import accumulate_controls, control_spec, settled
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.spec import StatisticsSpec

register_sums(ControlStatistics)
_Key = tuple[str, SliceKey]


class ControlStatisticsOfParts(beam.PTransform):
    """Scored pair batches to (part's name, mapping of slices to their `ControlStatistics`).

    No element where no batch has a column of edits. Rows of one original must stand together
    within and across batches, as for the statistics of pairs.
    """

    def __init__(self, parts: Sequence[Part]):
        """Takes what to count."""
        super().__init__()
        self._parts = [dataclasses.replace(part, spec=control_spec(part.spec)) for part in parts]

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            batches
            | "AccumulateControls"
            >> beam.ParDo(
                SumParts(self._parts, accumulate_controls, bounded=within_budget)
            ).with_output_types(tuple[_Key, ControlStatistics])
            | "AddControlsPerSlice" >> AddPerKey(tuple[_Key, ControlStatistics])
            | "GatherControls" >> GatherParts(ControlStatistics)
            | "CountPending" >> beam.Map(_settled, {part.name: part.spec for part in self._parts})
        )


def _settled(
    named: tuple[str, Mapping[SliceKey, ControlStatistics]], specs: Mapping[str, StatisticsSpec]
) -> tuple[str, dict[SliceKey, ControlStatistics]]:
    name, statistics = named
    return name, settled(statistics, specs[name])


class ComputeControlStatistics(beam.PTransform):
    """`ControlStatisticsOfParts` of one part: batches to one mapping, or no element."""

    def __init__(self, spec: StatisticsSpec):
        """Takes what to count."""
        super().__init__()
        self._spec = spec

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        parts = [Part("", self._spec)]
        return batches | "CountOnePart" >> ControlStatisticsOfParts(parts) | beam.Values()
