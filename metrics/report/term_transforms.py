"""Flips and gaps by term as a Beam transform over scored batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.metrics.batches.columns import project
from fairflip.metrics.batches.encoding import pack_arrays, unpack_arrays
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.batches.terms import TermStatistics, accumulate_terms, term_spec
from fairflip.metrics.batches.transforms import ROWS_PER_CHUNK, AddPerKey
from fairflip.metrics.report.terms import to_coverage
from fairflip.protos import columns
from fairflip.protos.report_pb2 import TermCoverage

#: Terms in a report, those with most pairs first: a column of terms may hold anything.
MAX_TERMS = 1_000
#: Sums that a worker holds before it hands them on.
_MAX_HELD = 4_096


class TermStatisticsCoder(beam.coders.Coder):
    """A term's sums as plain arrays."""

    def encode(self, value: TermStatistics) -> bytes:
        """The sums as bytes."""
        numbers = np.array([value.num_pairs, value.num_closed], np.int64)
        return pack_arrays(
            [
                *(numbers, value.pairs, value.flips, value.gaps),
                *(value.largest_gaps, value.open_hashes),
            ]
        )

    def decode(self, encoded: bytes) -> TermStatistics:
        """The sums that `encode` wrote."""
        numbers, pairs, flips, gaps, largest_gaps, open_hashes = unpack_arrays(encoded)
        return TermStatistics(
            num_pairs=int(numbers[0]),
            pairs=pairs,
            flips=flips,
            gaps=gaps,
            largest_gaps=largest_gaps,
            num_closed=int(numbers[1]),
            open_hashes=open_hashes,
        )

    def is_deterministic(self) -> bool:
        """Equal sums have equal bytes, but nothing relies on it."""
        return False

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return TermStatistics


beam.coders.registry.register_coder(TermStatistics, TermStatisticsCoder)


class _AccumulateTerms(beam.DoFn):
    """Sums a bundle's batches in large chunks and emits sums by term."""

    def __init__(self, spec: StatisticsSpec):
        self._spec = spec
        self._read = term_spec(spec)

    def start_bundle(self) -> None:
        self._batches: list[pa.RecordBatch] = []
        self._num_rows = 0
        self._sums: dict[str, TermStatistics] = {}

    def process(self, batch: pa.RecordBatch) -> Iterator[tuple[str, TermStatistics]]:
        if batch.num_rows and columns.TERM in batch.schema.names:
            self._batches.append(project(batch, self._read))
            self._num_rows += batch.num_rows
        if self._num_rows >= ROWS_PER_CHUNK:
            self._flush()
        if len(self._sums) > _MAX_HELD:
            yield from self._taken()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        self._flush()
        window = GlobalWindow()
        for keyed in self._taken():
            yield WindowedValue(keyed, window.max_timestamp(), (window,))

    def _taken(self) -> list[tuple[str, TermStatistics]]:
        taken, self._sums = sorted(self._sums.items(), key=lambda keyed: keyed[0]), {}
        return taken

    def _flush(self) -> None:
        for term, sums in accumulate_terms(self._batches, self._spec).items():
            self._sums[term] = self._sums[term] + sums if term in self._sums else sums
        self._batches, self._num_rows = [], 0


class ComputeTermCoverage(beam.PTransform):
    """Scored pair batches to one list of `TermCoverage`, the terms with most pairs first."""

    def __init__(self, spec: StatisticsSpec, max_terms: int = MAX_TERMS):
        """Takes what to count, and how many terms to keep."""
        super().__init__()
        self._spec = spec
        self._max_terms = max_terms

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            batches
            | "AccumulateTerms"
            >> beam.ParDo(_AccumulateTerms(self._spec)).with_output_types(
                tuple[str, TermStatistics]
            )
            | "AddPerTerm" >> AddPerKey(tuple[str, TermStatistics])
            | "DescribeTerms" >> beam.Map(_described, self._spec).with_output_types(TermCoverage)
            | "KeepLargest"
            >> beam.combiners.Top.Of(self._max_terms, key=_size).with_output_types(
                Iterable[TermCoverage]
            )
        )


def _described(keyed: tuple[str, TermStatistics], spec: StatisticsSpec) -> TermCoverage:
    return to_coverage(*keyed, spec)


def _size(entry: TermCoverage) -> tuple[int, str]:
    return entry.num_pairs, entry.term
