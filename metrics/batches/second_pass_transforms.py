"""The second pass over scored batches as Beam transforms."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.batches.bundle_sums import (
    AddPerKey,
    Part,
    SumParts,
    register_sums,
    rows_of_parts,
)
from fairflip.metrics.batches.second_pass import (
    LargeSlice,
    SecondSums,
    SlicePlan,
    count_again,
    count_both_again,
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


def originals_of(name: str) -> str:
    """What the originals of a part are called, which are counted beside its pairs."""
    return f"originals/{name}"


class PlanSecondPass(beam.PTransform):
    """(part's name, all its slices' statistics) to (part's name, mapping of `SlicePlan`s).

    Of pairs, or of `ExampleStatistics`, and then under the name of `originals_of`. A part of
    which every slice keeps its rows has none.
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
    return [(originals_of(name) if one_row_each else name, plans)] if plans else []


def as_plans(plans: Sequence[beam.PCollection]) -> tuple[Any, Any]:
    """The side inputs of what takes plans of pairs and of examples, of which none may be given."""
    of_pairs, *of_examples = map(beam.pvalue.AsDict, plans)
    return of_pairs, of_examples[0] if of_examples else {}


class CountAgain(beam.PTransform):
    """Scored batches, again, to (part's name, mapping of slices to their `LargeSlice`).

    Apply to (whether they are pairs, batch), and to what `PlanSecondPass` gives of pairs and,
    where these are counted, of examples. Give batches from the files of scored pairs and
    examples rather than from the scoring stage, which would have to hold all of them until the
    first pass is over. What is found of examples has the names of `originals_of`.
    """

    def __init__(self, parts: Sequence[Part]):
        super().__init__()
        self._parts = tuple(parts)

    def expand(self, inputs: tuple[beam.PCollection, ...]) -> beam.PCollection:
        """Adds the transform to the graph."""
        batches, *plans = inputs
        planned = as_plans(plans)
        return (
            batches
            | "CountLargeSlices"
            >> beam.ParDo(_CountLargeSlices(self._parts), *planned).with_output_types(
                tuple[_Key, SecondSums]
            )
            | "AddPerSlice" >> AddPerKey(tuple[_Key, SecondSums])
            | "ReadCounts" >> beam.Map(_found, *planned)
            | "GatherCounts" >> GatherParts(LargeSlice)
        )


@dataclasses.dataclass(frozen=True)
class _Batch:
    """Rows that wait to be counted, and whether they are pairs."""

    rows: Any
    are_pairs: bool

    @property
    def num_rows(self) -> int:
        return self.rows.num_rows


class _CountLargeSlices(SumParts):
    """Counts the slices of each part that have a plan: of pairs, and of their originals."""

    num_kinds = 2

    def __init__(self, parts: Sequence[Part]):
        super().__init__(parts, count_again)

    def to_keep(self, element: tuple[bool, pa.RecordBatch]) -> Any:
        are_pairs, batch = element
        return _Batch(super().to_keep(batch), are_pairs)

    def process(
        self, element: Any, side_input: Any = None, original_plans: Any = None
    ) -> Iterator[Any]:
        """Takes a batch, and the plans of pairs and of originals."""
        return super().process(element, {**side_input, **original_plans})

    def counted(self, batches: list[_Batch], *side_inputs: Plans) -> dict[_Key, SecondSums]:
        """The sums of some batches, part by part."""
        (plans,) = side_inputs
        of_pairs = [part for part in self.parts if part.name in plans]
        of_originals = [part for part in self.parts if originals_of(part.name) in plans]
        all_rows = [batch.rows for batch in batches]
        sums: dict[str, Mapping[SliceKey, SecondSums]] = {}
        if all(batch.are_pairs for batch in batches):
            planned = [part for part in self.parts if part in of_pairs or part in of_originals]
            for part, rows in rows_of_parts(all_rows, planned):
                name, of_them = part.name, originals_of(part.name)
                own = plans.get(name, {}), plans.get(of_them, {})
                sums[name], sums[of_them] = count_both_again(rows, *own, part.spec)
        else:
            pairs = [batch.rows for batch in batches if batch.are_pairs]
            for part, rows in rows_of_parts(pairs, of_pairs):
                sums[part.name] = count_again(rows, plans[part.name], part.spec)
            for part, rows in rows_of_parts(all_rows, of_originals):
                name = originals_of(part.name)
                sums[name] = count_again(rows, plans[name], part.spec, one_row_each=True)
        return {(name, key): one for name, of_part in sums.items() for key, one in of_part.items()}


def _found(
    element: tuple[_Key, SecondSums], plans: Plans, original_plans: Plans
) -> tuple[_Key, LargeSlice]:
    (name, key), sums = element
    return (name, key), sums.large_slice((plans if name in plans else original_plans)[name][key])
