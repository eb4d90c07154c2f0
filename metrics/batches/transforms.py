"""Pair and example statistics as Beam transforms over batches."""

from __future__ import annotations

import functools
import json
import operator
import random
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.metrics.batches import encoding
from fairflip.metrics.batches.columns import project, read_columns
from fairflip.metrics.batches.example_statistics import (
    ExampleStatistics,
    accumulate_example_columns,
)
from fairflip.metrics.batches.pair_counting import accumulate_columns
from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.protos.errors import InputError

#: Rows that a worker gathers before it counts them: array calls cost the same
#: for few rows as for many.
ROWS_PER_CHUNK = 1 << 16
# The Overall slice gets a sum from every bundle of every worker, so that sums are
# added in two steps. Beam's own fan-out would pickle the keys.
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


class SliceStatisticsCoder(beam.coders.Coder):
    """Pair statistics as plain arrays."""

    def encode(self, value: SliceStatistics) -> bytes:
        """The statistics as bytes."""
        return encoding.encode_statistics(value)

    def estimate_size(self, value: SliceStatistics) -> int:
        """Roughly: Beam asks for it at every step, and would encode to find out."""
        return value.counts.originals.cells.nbytes

    def decode(self, encoded: bytes) -> SliceStatistics:
        """The statistics that `encode` wrote."""
        return encoding.decode_statistics(encoded)

    def is_deterministic(self) -> bool:
        """Equal sums have equal bytes, but nothing relies on it."""
        return False

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return SliceStatistics


class ExampleStatisticsCoder(beam.coders.Coder):
    """Example statistics as plain arrays."""

    def encode(self, value: ExampleStatistics) -> bytes:
        """The statistics as bytes."""
        return encoding.encode_examples(value)

    def estimate_size(self, value: ExampleStatistics) -> int:
        """Roughly: Beam asks for it at every step, and would encode to find out."""
        return value.counts.cells.nbytes

    def decode(self, encoded: bytes) -> ExampleStatistics:
        """The statistics that `encode` wrote."""
        return encoding.decode_examples(encoded)

    def is_deterministic(self) -> bool:
        """Equal sums have equal bytes, but nothing relies on it."""
        return False

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return ExampleStatistics


beam.coders.registry.register_coder(SliceKey, SliceKeyCoder)
beam.coders.registry.register_coder(SliceStatistics, SliceStatisticsCoder)
beam.coders.registry.register_coder(ExampleStatistics, ExampleStatisticsCoder)


class _AccumulateBatches(beam.DoFn):
    """Sums a bundle's batches in large chunks and emits one sum per slice."""

    def __init__(self, spec: StatisticsSpec):
        self._spec = spec
        self._num_rows_counter = beam.metrics.Metrics.counter("fairflip", self._counted)

    _counted = "pairs_counted"

    def start_bundle(self) -> None:
        self._batches: list[Any] = []
        self._num_rows = 0
        self._sums: dict[SliceKey, Any] = {}

    def process(self, batch: pa.RecordBatch) -> None:
        if batch.num_rows:
            self._batches.append(project(batch, self._spec))
            self._num_rows += batch.num_rows
        if self._num_rows >= ROWS_PER_CHUNK:
            self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        self._flush()
        self._count_flips()
        window = GlobalWindow()
        shard = random.randrange(_NUM_SHARDS)
        for key in sorted(self._sums):
            value = ((key, shard), self._sums[key])
            yield WindowedValue(value, window.max_timestamp(), (window,))
        self._sums = {}

    def _flush(self) -> None:
        if not self._batches:
            return
        for key, value in self._count(self._batches).items():
            self._sums[key] = self._sums[key] + value if key in self._sums else value
        self._num_rows_counter.inc(self._num_rows)
        self._batches, self._num_rows = [], 0

    def _count_flips(self) -> None:
        """Flips at the first threshold, of all models together, as a counter of the job."""
        if OVERALL in self._sums:
            overall: SliceStatistics = self._sums[OVERALL]
            for model in range(self._spec.num_models):
                table = overall.flip_counts(self._spec, model).counts[0]
                beam.metrics.Metrics.counter("fairflip", "flips").inc(
                    int(table[0, 1] + table[1, 0])
                )

    def _count(self, batches: list[Any]) -> dict[SliceKey, Any]:
        rows = read_columns(batches, self._spec)
        if rows.was_scattered:
            raise InputError(
                f"pairs of one original (column {self._spec.id_column!r}) do not stand together; "
                "sort the pairs by this column"
            )
        return accumulate_columns(rows, self._spec)


class _AccumulateExamples(_AccumulateBatches):
    """The same for distinct originals."""

    _counted = "example_rows_counted"

    def _count_flips(self) -> None:
        """Originals alone do not flip."""

    def _count(self, batches: list[Any]) -> dict[SliceKey, Any]:
        spec = self._spec
        rows = read_columns(batches, spec, spec.original_slices, counterfactuals=False)
        if rows.was_scattered:
            raise InputError(
                f"rows of one original (column {spec.id_column!r}) do not stand together; "
                "sort the data by this column"
            )
        return accumulate_example_columns(rows, spec)


class AddPerKey(beam.PTransform):
    """(key, sum) to one (key, sum) each, for sums with `+` and a coder of their own.

    Bundles come with one sum per key already, so that a combiner's first step, and its
    accumulators between the steps, would cost and not save.
    """

    def __init__(self, output_type: Any):
        """Takes the type of (key, sum)."""
        super().__init__()
        self._output_type = output_type

    def expand(self, sums: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            sums
            | "GroupSums" >> beam.GroupByKey()
            | "AddSums" >> beam.Map(_added).with_output_types(self._output_type)
        )


def _added(keyed: tuple[Any, Iterable[Any]]) -> tuple[Any, Any]:
    key, sums = keyed
    return key, functools.reduce(operator.add, sums)


def _added_shard(keyed: tuple[tuple[SliceKey, int], Iterable[Any]]) -> tuple[SliceKey, Any]:
    (key, _), total = _added(keyed)
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
        sums = batches | "AccumulateBatches" >> beam.ParDo(
            _AccumulateBatches(self._spec)
        ).with_output_types(tuple[tuple[SliceKey, int], SliceStatistics])
        return (sums,) | "AddUp" >> _AddUp(SliceStatistics, self._spec)


class ComputeExampleStatistics(beam.PTransform):
    """Scored batches, paired and unpaired, to (SliceKey, ExampleStatistics).

    The input is one collection or several, which together hold every scored original:
    the batches of scored pairs and those of originals without a counterfactual. Each
    original counts once. Where Beam joined the collections first, it would copy all
    their batches, texts included, to bring them to one place.
    """

    def __init__(self, spec: StatisticsSpec):
        super().__init__()
        self._spec = spec

    def expand(self, batches: beam.PCollection | tuple[beam.PCollection, ...]) -> beam.PCollection:
        """Adds the transform to the graph."""
        parts = batches if isinstance(batches, tuple) else (batches,)
        sums = tuple(
            part
            | f"AccumulateExamples{number or ''}"
            >> beam.ParDo(_AccumulateExamples(self._spec)).with_output_types(
                tuple[tuple[SliceKey, int], ExampleStatistics]
            )
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

    def expand(self, statistics: beam.PCollection) -> beam.PCollection:
        """Groups all under one key: a fifth of what Beam's ToList costs."""
        return (
            statistics
            | "UnderOneKey"
            >> beam.Map(lambda one: (b"", one)).with_output_types(
                tuple[bytes, tuple[SliceKey, SliceStatistics]]
            )
            | "GroupAll" >> beam.GroupByKey()
            | "AsMapping" >> beam.Map(lambda grouped: dict(grouped[1]))
        )
