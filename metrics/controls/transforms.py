"""Sums over controls as a Beam transform over scored batches."""

from __future__ import annotations

import functools

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, SumBatches, register_sums
from fairflip.metrics.batches.transforms import GatherStatistics
from fairflip.metrics.controls.counting import accumulate_controls, control_spec, settled
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.spec import StatisticsSpec

register_sums(ControlStatistics)


class ComputeControlStatistics(beam.PTransform):
    """Scored pair batches to one mapping of slices to their `ControlStatistics`.

    No element where no batch has a column of edits. Rows of one original must stand together
    within and across batches, as for the statistics of pairs.
    """

    def __init__(self, spec: StatisticsSpec):
        """Takes what to count."""
        super().__init__()
        self._spec = spec

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        spec = self._spec
        return (
            batches
            | "AccumulateControls"
            >> beam.ParDo(
                SumBatches(
                    control_spec(spec),
                    functools.partial(accumulate_controls, spec=spec),
                    bounded=within_budget,
                )
            ).with_output_types(tuple[SliceKey, ControlStatistics])
            | "AddControlsPerSlice" >> AddPerKey(tuple[SliceKey, ControlStatistics])
            | "GatherControls" >> GatherStatistics(ControlStatistics)
            | "CountPending" >> beam.Map(settled, spec)
        )
