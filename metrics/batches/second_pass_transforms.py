"""The second pass over scored batches as Beam transforms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, Part, SumParts, register_sums
from fairflip.metrics.batches.second_pass import (
    LargeSlice,
    SecondSums,
    SlicePlan,
    count_again,
    example_plans,
    pair_plans,
)
from fairflip.metrics.batches.transforms import GatherParts
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.spec import StatisticsSpec

register_sums(SecondSums)
_Key = tuple[str, SliceKey]
#: By part, the plans of its slices.
Plans = Mapping[str, Mapping[SliceKey, SlicePlan]]


class PlanSecondPass(beam.PTransform):
    """(part's name, all its slices' statistics) to (part's name, mapping of `SlicePlan`s).

    Of pairs, or of `ExampleStatistics`. A part of which every slice keeps its rows has none.
    """

    def __init__(self, parts: Sequence[Part], one_row_each: bool = False):
        super().__init__()
        self._specs = {part.name: part.spec for part in parts}
        self._one_row_each = one_row_each

    def expand(self, gathered: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return gathered | "Plan" >> beam.FlatMap(_planned, self._specs, self._one_row_each)


def _planned(
    named: tuple[str, Mapping[SliceKey, Any]],
    specs: Mapping[str, StatisticsSpec],
    one_row_each: bool,
) -> list[tuple[str, Mapping[SliceKey, SlicePlan]]]:
    name, statistics = named
    if name not in specs:
        return []
    plans = example_plans(statistics) if one_row_each else pair_plans(statistics, specs[name])
    return [(name, plans)] if plans else []


class CountAgain(beam.PTransform):
    """Scored batches, again, to (part's name, mapping of slices to their `LargeSlice`).

    Apply to the batches and the output of `PlanSecondPass`. Give batches from the
    scored-pair files rather than from the scoring stage, which would have to hold all of
    them until the first pass is over.
    """

    def __init__(self, parts: Sequence[Part], one_row_each: bool = False):
        super().__init__()
        self._parts, self._one_row_each = tuple(parts), one_row_each

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> beam.PCollection:
        """Adds the transform to the graph."""
        batches, plans = inputs
        planned = beam.pvalue.AsDict(plans)
        return (
            batches
            | "CountLargeSlices"
            >> beam.ParDo(
                SumParts(self._parts, _count_originals if self._one_row_each else _count_rows),
                planned,
            ).with_output_types(tuple[_Key, SecondSums])
            | "AddPerSlice" >> AddPerKey(tuple[_Key, SecondSums])
            | "ReadCounts" >> beam.Map(_found, planned)
            | "GatherCounts" >> GatherParts(LargeSlice)
        )


def _count_rows(
    batches: list[Any], spec: StatisticsSpec, plans: Mapping[SliceKey, SlicePlan]
) -> dict[SliceKey, SecondSums]:
    return count_again(batches, plans, spec)


def _count_originals(
    batches: list[Any], spec: StatisticsSpec, plans: Mapping[SliceKey, SlicePlan]
) -> dict[SliceKey, SecondSums]:
    return count_again(batches, plans, spec, one_row_each=True)


def _found(element: tuple[_Key, SecondSums], plans: Plans) -> tuple[_Key, LargeSlice]:
    (name, key), sums = element
    return (name, key), sums.large_slice(plans[name][key])


def only_if_planned(paths: beam.PCollection, plans: beam.PCollection) -> beam.PCollection:
    """The paths of files to read again: none where no slice has a plan."""
    return paths | "OnlyForLargeSlices" >> beam.Filter(_is_planned, beam.pvalue.AsDict(plans))


def _is_planned(_: str, plans: Plans) -> bool:
    return bool(plans)
