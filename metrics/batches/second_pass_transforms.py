"""The second pass over scored batches as Beam transforms."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, SumBatches, register_sums
from fairflip.metrics.batches.second_pass import (
    LargeSlice,
    SecondSums,
    SlicePlan,
    count_again,
    example_plans,
    pair_plans,
)
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.spec import StatisticsSpec

register_sums(SecondSums)


def _found(
    element: tuple[SliceKey, SecondSums], plans: Mapping[SliceKey, SlicePlan]
) -> tuple[SliceKey, LargeSlice]:
    key, sums = element
    return key, sums.found(plans[key])


class PlanSecondPass(beam.PTransform):
    """All slices' statistics, gathered, to one mapping of `SlicePlan`s.

    Of pairs, or of `ExampleStatistics`. Empty where every slice keeps its rows.
    """

    def __init__(self, spec: StatisticsSpec, one_row_each: bool = False):
        super().__init__()
        self._spec, self._one_row_each = spec, one_row_each

    def expand(self, gathered: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        if self._one_row_each:
            return gathered | "PlanExamples" >> beam.Map(example_plans)
        return gathered | "PlanPairs" >> beam.Map(pair_plans, self._spec)


class CountAgain(beam.PTransform):
    """Scored batches, again, to (SliceKey, LargeSlice).

    Apply to the batches and the output of `PlanSecondPass`. Give batches from the
    scored-pair files rather than from the scoring stage, which would have to hold all of
    them until the first pass is over.
    """

    def __init__(self, spec: StatisticsSpec, one_row_each: bool = False):
        super().__init__()
        self._spec, self._one_row_each = spec, one_row_each

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> beam.PCollection:
        """Adds the transform to the graph."""
        batches, plans = inputs
        planned = beam.pvalue.AsSingleton(plans, default_value={})
        count = functools.partial(count_again, spec=self._spec, one_row_each=self._one_row_each)
        return (
            batches
            | "CountLargeSlices"
            >> beam.ParDo(SumBatches(self._spec, count), planned).with_output_types(
                tuple[SliceKey, SecondSums]
            )
            | "AddPerSlice" >> AddPerKey(tuple[SliceKey, SecondSums])
            | "ReadCounts" >> beam.Map(_found, planned)
        )


def only_if_planned(paths: beam.PCollection, plans: beam.PCollection) -> beam.PCollection:
    """The paths of files to read again: none where no slice has a plan."""
    planned = beam.pvalue.AsSingleton(plans, default_value={})
    return paths | "OnlyForLargeSlices" >> beam.Filter(_is_planned, planned)


def _is_planned(_: str, plans: Mapping[SliceKey, SlicePlan]) -> bool:
    return bool(plans)
