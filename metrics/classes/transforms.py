"""Pairs by both classes as a Beam transform over batches."""

from __future__ import annotations

import functools

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, SumBatches, register_sums
from fairflip.metrics.batches.transforms import GatherStatistics
from fairflip.metrics.classes.tables import ClassTable, count_classes
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.spec import StatisticsSpec

register_sums(ClassTable)


class ComputeClassTables(beam.PTransform):
    """Batches as for `count_classes` to one mapping of slices to their `ClassTable`."""

    def __init__(self, spec: StatisticsSpec, num_classes: int):
        """Takes what to count, and of how many classes."""
        super().__init__()
        self._spec, self._num_classes = spec, num_classes

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph; no element where there is no pair."""
        count = functools.partial(count_classes, spec=self._spec, num_classes=self._num_classes)
        return (
            batches
            | "CountClasses"
            >> beam.ParDo(SumBatches(self._spec, count)).with_output_types(
                tuple[SliceKey, ClassTable]
            )
            | "AddPerSlice" >> AddPerKey(tuple[SliceKey, ClassTable])
            | "GatherTables" >> GatherStatistics(ClassTable)
        )
