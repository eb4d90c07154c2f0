"""Pair and example statistics as Beam transforms over batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, Part, SumParts, added, register_sums
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.statistics.example_statistics import ExampleStatistics, accumulate_examples
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

# The Overall slice gets a sum from every bundle of every worker, so that sums are
# added in two steps.
_NUM_SHARDS = 8
_Key = tuple[str, SliceKey]


class SliceKeyCoder(beam.coders.Coder):
    """Slice keys as JSON; the same key always as the same bytes."""

    def encode(self, value: SliceKey) -> bytes:
        """The key's (feature, value) pairs."""
        return json.dumps(value.features, separators=(",", ":")).encode()

    def decode(self, encoded: bytes) -> SliceKey:
        """The key that `encode` wrote."""
        return SliceKey(tuple((name, value) for name, value in json.loads(encoded)))

    def is_deterministic(self) -> bool:
        """Keys can be grouped by their bytes."""
        return True

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return SliceKey


beam.coders.registry.register_coder(SliceKey, SliceKeyCoder)
register_sums(SliceStatistics)
register_sums(ExampleStatistics)


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


def _added_shard(keyed: tuple[tuple[_Key, int], Iterable[Any]]) -> tuple[_Key, Any]:
    (key, _), total = added(keyed)
    return key, total


class _AddUp(beam.PTransform):
    """Collections of ((key, shard), sum) of every bundle to (key, sum), by shard first.

    Overall of each part is there even where there is no bundle: it starts from zero.
    """

    def __init__(self, kind: Any, parts: Sequence[Part]):
        """Takes the class of the sums, and what its `zero` takes."""
        super().__init__()
        self._kind, self._parts = kind, tuple(parts)

    def expand(self, sums: tuple[beam.PCollection, ...]) -> beam.PCollection:
        kind: Any = self._kind
        zero = (
            sums[0].pipeline
            | "Start" >> beam.Impulse()
            | "StartFromZero"
            >> beam.FlatMap(_zeros_of_overall, kind, self._parts).with_output_types(
                tuple[tuple[_Key, int], kind]
            )
        )
        return (
            (*sums, zero)
            | "JoinSums" >> beam.Flatten()
            | "GroupByShard" >> beam.GroupByKey()
            | "AddPerShard" >> beam.Map(_added_shard).with_output_types(tuple[_Key, kind])
            | "AddPerSlice" >> AddPerKey(tuple[_Key, kind])
        )


def _zeros_of_overall(
    _: bytes, kind: Any, parts: Sequence[Part]
) -> list[tuple[tuple[_Key, int], Any]]:
    return [(((part.name, OVERALL), 0), kind.zero(part.spec)) for part in parts]


class PairStatisticsOfParts(beam.PTransform):
    """Scored pair batches to ((part's name, SliceKey), SliceStatistics).

    Overall of each part is there even when there are no pairs. Rows of one original must
    stand together within and across batches, as the pairing stage leaves them; where they do
    not, the run stops with an `InputError`.
    """

    def __init__(self, parts: Sequence[Part]):
        super().__init__()
        self._parts = tuple(parts)

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        sums = batches | "AccumulateBatches" >> beam.ParDo(
            SumParts(self._parts, _count_pairs, _NUM_SHARDS, within_budget, with_slices=True)
        ).with_output_types(tuple[tuple[_Key, int], SliceStatistics])
        return (sums,) | "AddUp" >> _AddUp(SliceStatistics, self._parts)


class ComputePairStatistics(beam.PTransform):
    """Scored pair batches to (SliceKey, SliceStatistics), one for each slice.

    `PairStatisticsOfParts` of one part.
    """

    def __init__(self, spec: StatisticsSpec):
        super().__init__()
        self._spec = spec

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        parts = [Part("", self._spec)]
        return (
            batches
            | "CountOnePart" >> PairStatisticsOfParts(parts)
            | "OfOnePart"
            >> beam.MapTuple(lambda key, value: (key[1], value)).with_output_types(
                tuple[SliceKey, SliceStatistics]
            )
        )


class ExampleStatisticsOfParts(beam.PTransform):
    """Batches of scored originals to ((part's name, SliceKey), ExampleStatistics).

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
        sums = tuple(
            collection
            | f"AccumulateExamples{number or ''}"
            >> beam.ParDo(
                SumParts(parts, _count_examples, _NUM_SHARDS, within_budget, with_slices=True)
            ).with_output_types(tuple[tuple[_Key, int], ExampleStatistics])
            for number, (collection, parts) in enumerate(zip(batches, self._parts, strict=True))
        )
        return (
            sums
            | "AddUp" >> _AddUp(ExampleStatistics, self._parts[0])
            | "CountPending"
            >> beam.MapTuple(lambda key, value: (key, value.total())).with_output_types(
                tuple[_Key, ExampleStatistics]
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
            | "AsMapping" >> beam.MapTuple(lambda name, sums: (name, dict(sums)))
        )


class GatherStatistics(beam.PTransform):
    """(SliceKey, SliceStatistics) to one element: all slices as one mapping."""

    def __init__(self, kind: Any = SliceStatistics):
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
