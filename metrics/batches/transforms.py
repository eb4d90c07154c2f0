"""Pair and example statistics as Beam transforms over batches."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from typing import Any

import apache_beam as beam

from fairflip.metrics.batches.bundle_sums import AddPerKey, SumBatches, added, register_sums
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.statistics.example_statistics import ExampleStatistics, accumulate_examples
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

# The Overall slice gets a sum from every bundle of every worker, so that sums are
# added in two steps.
_NUM_SHARDS = 8


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


def _added_shard(keyed: tuple[tuple[SliceKey, int], Iterable[Any]]) -> tuple[SliceKey, Any]:
    (key, _), total = added(keyed)
    return key, total


class _AddUp(beam.PTransform):
    """Collections of ((slice, shard), sum) of every bundle to (slice, sum), by shard first.

    Overall is there even where there is no bundle: it starts from zero.
    """

    def __init__(self, kind: Any, spec: StatisticsSpec):
        """Takes the class of the sums, and what its `zero` takes."""
        super().__init__()
        self._kind, self._spec = kind, spec

    def expand(self, sums: tuple[beam.PCollection, ...]) -> beam.PCollection:
        kind: Any = self._kind
        zero = (
            sums[0].pipeline
            | "Start" >> beam.Impulse()
            | "StartFromZero"
            >> beam.Map(_zero_of_overall, kind, self._spec).with_output_types(
                tuple[tuple[SliceKey, int], kind]
            )
        )
        return (
            (*sums, zero)
            | "JoinSums" >> beam.Flatten()
            | "GroupByShard" >> beam.GroupByKey()
            | "AddPerShard" >> beam.Map(_added_shard).with_output_types(tuple[SliceKey, kind])
            | "AddPerSlice" >> AddPerKey(tuple[SliceKey, kind])
        )


def _zero_of_overall(_: bytes, kind: Any, spec: StatisticsSpec) -> tuple[tuple[SliceKey, int], Any]:
    return (OVERALL, 0), kind.zero(spec)


class ComputePairStatistics(beam.PTransform):
    """Scored pair batches to (SliceKey, SliceStatistics), one for each slice.

    Overall is there even when there are no pairs. Rows of one original must stand
    together within and across batches, as the pairing stage leaves them; where
    they do not, the run stops with an `InputError`.
    """

    def __init__(self, spec: StatisticsSpec):
        super().__init__()
        self._spec = spec

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        count = functools.partial(_count_pairs, spec=self._spec)
        sums = batches | "AccumulateBatches" >> beam.ParDo(
            SumBatches(self._spec, count, _NUM_SHARDS, within_budget, with_slices=True)
        ).with_output_types(tuple[tuple[SliceKey, int], SliceStatistics])
        return (sums,) | "AddUp" >> _AddUp(SliceStatistics, self._spec)


class ComputeExampleStatistics(beam.PTransform):
    """Batches of scored pairs and of unmatched originals to (SliceKey, ExampleStatistics).

    The input is one collection or several, which together hold every scored original:
    the batches of scored pairs and those of unmatched originals. Each
    original counts once. Where Beam joined the collections first, it would copy all
    their batches, texts included, to bring them to one place.
    """

    def __init__(self, spec: StatisticsSpec):
        super().__init__()
        self._spec = spec

    def expand(self, batches: beam.PCollection | tuple[beam.PCollection, ...]) -> beam.PCollection:
        """Adds the transform to the graph."""
        parts = batches if isinstance(batches, tuple) else (batches,)
        count = functools.partial(_count_examples, spec=self._spec)
        sums = tuple(
            part
            | f"AccumulateExamples{number or ''}"
            >> beam.ParDo(
                SumBatches(self._spec, count, _NUM_SHARDS, within_budget, with_slices=True)
            ).with_output_types(tuple[tuple[SliceKey, int], ExampleStatistics])
            for number, part in enumerate(parts)
        )
        return (
            sums
            | "AddUp" >> _AddUp(ExampleStatistics, self._spec)
            | "CountPending"
            >> beam.MapTuple(lambda key, value: (key, value.total())).with_output_types(
                tuple[SliceKey, ExampleStatistics]
            )
        )


class GatherStatistics(beam.PTransform):
    """(SliceKey, SliceStatistics) to one element: all slices as one mapping."""

    def __init__(self, kind: Any = SliceStatistics):
        """Takes the class of the statistics."""
        super().__init__()
        self._kind = kind

    def expand(self, statistics: beam.PCollection) -> beam.PCollection:
        """Groups all under one key: a fifth of what Beam's ToList costs."""
        kind: Any = self._kind
        return (
            statistics
            | "UnderOneKey"
            >> beam.Map(lambda one: (b"", one)).with_output_types(
                tuple[bytes, tuple[SliceKey, kind]]
            )
            | "GroupAll" >> beam.GroupByKey()
            | "AsMapping" >> beam.Map(lambda grouped: dict(grouped[1]))
        )
