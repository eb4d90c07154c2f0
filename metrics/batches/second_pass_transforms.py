"""The second pass over scored batches as Beam transforms."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
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
    plans_of_both,
)
from fairflip.metrics.batches.transforms import GatherParts
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.spec import StatisticsSpec

register_sums(SecondSums)
_Key = tuple[str, SliceKey]
#: By part, the plans of its slices.
Plans = Mapping[str, Mapping[SliceKey, SlicePlan]]


_ORIGINALS = "originals/"


def originals_of(name: str) -> str:
    """What the originals of a part are called, which are counted beside its pairs."""
    return f"{_ORIGINALS}{name}"


def is_of_originals(name: str) -> bool:
    """Whether a name is one of `originals_of`."""
    return name.startswith(_ORIGINALS)


class PlanSecondPass(beam.PTransform):
    """(part's name, all its slices' statistics) to (part's name, mapping of `SlicePlan`s).

    A part of which every slice keeps its rows has none.
    """

    def __init__(self, parts: Sequence[Part], examples: Any = None):
        """Takes what to plan for.

        Args:
            parts: Of pairs.
            examples: A side input with the `ExampleStatistics` of some of the parts, by their
                names, for plans under the names of `originals_of`; None: there are none.
        """
        super().__init__()
        self._specs = {part.name: part.spec for part in parts}
        self._examples = {} if examples is None else examples

    def expand(self, gathered: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return gathered | "Plan" >> beam.FlatMap(_planned, self._examples, self._specs)


def _planned(
    named: tuple[str, Mapping[SliceKey, Any]],
    examples: Mapping[str, Mapping[SliceKey, Any]],
    specs: Mapping[str, StatisticsSpec],
) -> list[tuple[str, Mapping[SliceKey, SlicePlan]]]:
    name, statistics = named
    if name not in specs:
        return []
    plans = plans_of_both(statistics, examples.get(name, {}), specs[name])
    named_plans = zip((name, originals_of(name)), plans, strict=True)
    return [(name, of_slices) for name, of_slices in named_plans if of_slices]


class CountAgain(beam.PTransform):
    """Scored batches, again, to (part's name, mapping of slices to their `LargeSlice`).

    Apply to (whether they are pairs, batch) and the output of `PlanSecondPass`. Give batches from
    the files of scored pairs and examples rather than from the scoring stage, which would have
    to hold all of them until the first pass is over.
    """

    def __init__(self, parts: Sequence[Part]):
        super().__init__()
        self._parts = tuple(parts)

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> beam.PCollection:
        """Adds the transform to the graph."""
        batches, plans = inputs
        planned = beam.pvalue.AsDict(plans)
        return (
            batches
            | "CountLargeSlices"
            >> beam.ParDo(_CountLargeSlices(self._parts), planned).with_output_types(
                tuple[_Key, SecondSums]
            )
            | "AddPerSlice" >> AddPerKey(tuple[_Key, SecondSums])
            | "ReadCounts" >> beam.Map(_found, planned)
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


def _found(element: tuple[_Key, SecondSums], plans: Plans) -> tuple[_Key, LargeSlice]:
    (name, key), sums = element
    return (name, key), sums.large_slice(plans[name][key])
