"""The second pass for matched thresholds as a Beam transform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.metrics.batches.columns import project, read_columns
from fairflip.metrics.batches.encoding import pack_arrays, unpack_arrays
from fairflip.metrics.batches.matched_passes import (
    Bracket,
    MatchedCounts,
    MatchedFlips,
    brackets,
    count_near,
    resolve,
)
from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.batches.transforms import ROWS_PER_CHUNK, AddPerKey
from fairflip.metrics.flips.slicing import SliceKey


class _CandidateCounts(tuple):
    """`MatchedCounts` of each candidate of one slice, added one by one."""

    def __add__(self, other: Any) -> _CandidateCounts:
        return _CandidateCounts(a + b for a, b in zip(self, other, strict=True))


class CandidateCountsCoder(beam.coders.Coder):
    """Counts of the second pass as plain arrays."""

    def encode(self, value: _CandidateCounts) -> bytes:
        """The counts as bytes."""
        arrays: list[np.ndarray] = []
        for counts in value:
            arrays += [counts.certain, counts.scores, counts.buckets, counts.weights]
        return pack_arrays(arrays)

    def decode(self, encoded: bytes) -> _CandidateCounts:
        """The counts that `encode` wrote."""
        arrays = list(unpack_arrays(encoded))
        return _CandidateCounts(MatchedCounts(*arrays[i : i + 4]) for i in range(0, len(arrays), 4))

    def is_deterministic(self) -> bool:
        """Nothing relies on it."""
        return False

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return _CandidateCounts


beam.coders.registry.register_coder(_CandidateCounts, CandidateCountsCoder)


class _CountNear(beam.DoFn):
    """Counts a bundle's batches in large chunks; one sum per slice."""

    def __init__(self, spec: StatisticsSpec):
        self._spec = spec

    def start_bundle(self) -> None:
        self._batches: list[Any] = []
        self._num_rows = 0
        self._sums: dict[SliceKey, _CandidateCounts] = {}
        self._brackets: Mapping[SliceKey, Sequence[Bracket]] = {}

    def process(self, batch: pa.RecordBatch, found: Mapping[SliceKey, Sequence[Bracket]]) -> None:
        self._brackets = found
        if batch.num_rows:
            self._batches.append(project(batch, self._spec))
            self._num_rows += batch.num_rows
        if self._num_rows >= ROWS_PER_CHUNK:
            self._flush()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        self._flush()
        window = GlobalWindow()
        for key in sorted(self._sums):
            yield WindowedValue((key, self._sums[key]), window.max_timestamp(), (window,))
        self._sums = {}

    def _flush(self) -> None:
        if not self._batches:
            return
        rows = read_columns(self._batches, self._spec)
        for key, counts in count_near(rows, self._brackets, self._spec).items():
            value = _CandidateCounts(counts)
            self._sums[key] = self._sums[key] + value if key in self._sums else value
        self._batches, self._num_rows = [], 0


def _resolve(
    element: tuple[SliceKey, _CandidateCounts], found: Mapping[SliceKey, Sequence[Bracket]]
) -> tuple[SliceKey, tuple[MatchedFlips, ...]]:
    key, counts = element
    return key, tuple(resolve(b, c) for b, c in zip(found[key], counts, strict=True))


class ComputeMatchedThresholds(beam.PTransform):
    """Scored pair batches, again, to (SliceKey, one MatchedFlips per candidate).

    Apply to a pair of collections: the batches and the output of
    `ComputePairStatistics` over the same pairs. Only slices with pairs come out,
    and nothing when there is but one model. The batches are read a second time;
    give them from the scored-pair files rather than from the scoring stage, which
    would have to hold all of them until the first pass is over.
    """

    def __init__(self, spec: StatisticsSpec):
        super().__init__()
        self._spec = spec

    def expand(self, inputs: tuple[beam.PCollection, beam.PCollection]) -> beam.PCollection:
        """Adds the transform to the graph."""
        batches, statistics = inputs
        spec = self._spec

        def bracket(key: SliceKey, value: SliceStatistics) -> tuple[SliceKey, tuple[Bracket, ...]]:
            return key, brackets(value, spec)

        found = beam.pvalue.AsDict(statistics | "FindBrackets" >> beam.MapTuple(bracket))
        return (
            batches
            | "CountNearThresholds"
            >> beam.ParDo(_CountNear(spec), found).with_output_types(
                tuple[SliceKey, _CandidateCounts]
            )
            | "AddPerSlice" >> AddPerKey(tuple[SliceKey, _CandidateCounts])
            | "ChooseThresholds" >> beam.Map(_resolve, found)
        )
