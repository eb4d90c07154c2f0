"""Pair and example statistics as Beam transforms over batches."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import Part, SumParts, register_sums
from fairflip.metrics.batches.gathered_sums import (
    GatherSums,
    GroupKey,
    SumsOfSlices,
    in_groups,
    register_sums_of_slices,
)
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.statistics.example_statistics import ExampleStatistics, accumulate_examples
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

_Key = tuple[str, SliceKey]


register_sums(SliceStatistics)
register_sums(ExampleStatistics)


class SlicesOfPairs(SumsOfSlices):
    """`SliceStatistics` by slice."""

    kind = SliceStatistics


class SlicesOfExamples(SumsOfSlices):
    """`ExampleStatistics` by slice."""

    kind = ExampleStatistics

    def total(self) -> SumsOfSlices:
        """The same with nothing pending; merge first, then total."""
        return self.replaced(
            {
                key: self[key].total()
                for key, hashes in zip(self, self.of_each("pending", "hashes"), strict=True)
                if len(hashes)
            }
        )


register_sums_of_slices(SlicesOfPairs)
register_sums_of_slices(SlicesOfExamples)


def _count_pairs(batches: list[Any], spec: StatisticsSpec) -> dict[SliceKey, SliceStatistics]:
    """The sums of some batches; the job's counters show how far it is."""
    sums = accumulate(batches, spec, must_be_together=True)
    _counter("pairs_counted").inc(sum(batch.num_rows for batch in batches))
    for model in range(spec.num_models):
        # At the first threshold, of all models together.
        table = sums[OVERALL].flip_counts(spec, model).counts[0]
        _counter("flips").inc(int(table[0, 1] + table[1, 0]))
    return sums


def _count_examples(batches: list[Any], spec: StatisticsSpec) -> dict[SliceKey, ExampleStatistics]:
    """The same for distinct originals."""
    sums = accumulate_examples(batches, spec, must_be_together=True)
    _counter("example_rows_counted").inc(sum(batch.num_rows for batch in batches))
    return sums


def _counter(name: str) -> Any:
    return beam.metrics.Metrics.counter("fairflip", name)


def _counting(parts: Sequence[Part], count: Callable[..., Any], kind: Any) -> beam.ParDo:
    """Counts batches of a bundle: sums of slices in groups."""
    grouped = functools.partial(in_groups, kind)
    return beam.ParDo(
        SumParts(parts, count, grouped, within_budget, with_slices=True)
    ).with_output_types(tuple[GroupKey, kind])


def _zeros_of_overall(
    pipeline: beam.Pipeline, kind: Any, parts: Sequence[Part]
) -> beam.PCollection:
    """Overall of each part, so that it is there even where there is no bundle."""
    return (
        pipeline
        | "Start" >> beam.Impulse()
        | "StartFromZero"
        >> beam.FlatMap(_zeros, kind, tuple(parts)).with_output_types(tuple[GroupKey, kind])
    )


def _zeros(_: bytes, kind: Any, parts: Sequence[Part]) -> Iterator[tuple[GroupKey, Any]]:
    return in_groups(kind, {(part.name, OVERALL): kind.kind.zero(part.spec) for part in parts})


class PairStatisticsOfParts(beam.PTransform):
    """Scored pair batches to (part's name, `SlicesOfPairs`), one for each part.

    Overall of each part is there even when there are no pairs. Rows of one original must
    stand together within and across batches, as the pairing stage leaves them; where they do
    not, the run stops with an `InputError`.
    """

    def __init__(self, parts: Sequence[Part]):
        super().__init__()
        self._parts = tuple(parts)

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        kind = SlicesOfPairs
        sums = batches | "AccumulateBatches" >> _counting(self._parts, _count_pairs, kind)
        zeros = _zeros_of_overall(batches.pipeline, kind, self._parts)
        return (sums, zeros) | "AddUp" >> GatherSums(kind)


class ComputePairStatistics(beam.PTransform):
    """Scored pair batches to one `SlicesOfPairs`: `PairStatisticsOfParts` of one part."""

    def __init__(self, spec: StatisticsSpec):
        super().__init__()
        self._spec = spec

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            batches
            | "CountOnePart" >> PairStatisticsOfParts([Part("", self._spec)])
            | "OfOnePart" >> beam.Values().with_output_types(SlicesOfPairs)
        )


class ExampleStatisticsOfParts(beam.PTransform):
    """Batches of scored originals to (part's name, `SlicesOfExamples`), one for each part.

    The input is several collections, which together hold every scored original: the batches
    of scored pairs and those of unmatched originals. Each original counts once. Where Beam
    joined the collections first, it would copy all their batches, texts included, to bring
    them to one place.
    """

    def __init__(self, *parts: Sequence[Part]):
        """Takes the parts of each collection, of which names and specs are the same."""
        super().__init__()
        self._parts = parts

    def expand(self, batches: tuple[beam.PCollection, ...]) -> beam.PCollection:
        """Adds the transform to the graph."""
        kind: Any = SlicesOfExamples
        sums = [
            collection
            | f"AccumulateExamples{number or ''}" >> _counting(parts, _count_examples, kind)
            for number, (collection, parts) in enumerate(zip(batches, self._parts, strict=True))
        ]
        zeros = _zeros_of_overall(batches[0].pipeline, kind, self._parts[0])
        return (
            (*sums, zeros)
            | "AddUp" >> GatherSums(kind)
            | "CountPending"
            >> beam.MapTuple(lambda name, slices: (name, slices.total())).with_output_types(
                tuple[str, kind]
            )
        )


class GatherParts(beam.PTransform):
    """((part's name, key), sum) to (part's name, mapping of its keys), one for each part."""

    def __init__(self, kind: Any, key: Any = SliceKey):
        """Takes the class of the sums, and that of the keys."""
        super().__init__()
        self._kind, self._key = kind, key

    def expand(self, sums: beam.PCollection) -> beam.PCollection:
        """Groups all under one key: a fifth of what Beam's ToList costs."""
        kind, key = self._kind, self._key
        return (
            sums
            | "UnderTheirPart"
            >> beam.MapTuple(lambda key, value: (key[0], (key[1], value))).with_output_types(
                tuple[str, tuple[key, kind]]  # type: ignore[valid-type]
            )
            | "GroupAll" >> beam.GroupByKey()
            | "AsMapping"
            >> beam.MapTuple(lambda name, sums: (name, dict(sums))).with_output_types(
                tuple[str, dict[Any, Any]]
            )
        )


class GatherStatistics(beam.PTransform):
    """(SliceKey, statistics) to one element: all slices as one mapping."""

    def __init__(self, kind: Any):
        """Takes the class of the statistics."""
        super().__init__()
        self._kind = kind

    def expand(self, statistics: beam.PCollection) -> beam.PCollection:
        """`GatherParts` of one part."""
        return (
            statistics
            | "AsOnePart"
            >> beam.MapTuple(lambda key, value: (("", key), value)).with_output_types(
                tuple[_Key, self._kind]  # type: ignore[name-defined]
            )
            | "GatherOnePart" >> GatherParts(self._kind)
            | "OfOnePart" >> beam.Values()
        )
