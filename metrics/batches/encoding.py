"""Bytes of the statistics, for workers to exchange.

Plain arrays with their types and shapes; decoding runs no code from the data. Most are
small whole numbers, which travel as such: a runner copies the bytes of every sum several
times on their way, and at many thresholds or slices that costs more than counting.
"""

from __future__ import annotations

import dataclasses
import math
import struct
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from fairflip.metrics.batches import tables
from fairflip.metrics.batches.example_statistics import ExampleStatistics, _Rows
from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.batches.samples import CellSamples

_TYPES = tuple(map(np.dtype, ("<i8", "<u8", "<f8", "|u1", "<u2", "<u4")))
_KINDS = {dtype: kind for kind, dtype in enumerate(_TYPES)}
_NARROW = _TYPES[4:]
# Arrays with fewer numbers are not worth the look.
_MIN_TO_NARROW = 32
# The type of an array, the type in which it travels, and its number of axes.
_HEADER = struct.Struct("<BBB")


def encode_statistics(statistics: SliceStatistics) -> bytes:
    """The statistics of one slice as bytes."""
    return pack_arrays(
        [
            *_cells(statistics.counts),
            *_optional(None if statistics.weights is None else _cells(statistics.weights)),
            statistics.gaps,
            *_histogram(statistics.score_histogram),
            *_histogram(statistics.bucket_histogram),
            *_histogram(statistics.gap_histogram),
            np.array([statistics.originals.num_closed]),
            statistics.originals.closed,
            statistics.originals.open_hashes,
            statistics.originals.open_values,
            statistics.legitimate_tables,
            *_samples(statistics.samples),
            *_optional(None if statistics.marked is None else _marked(statistics.marked)),
        ]
    )


def decode_statistics(data: bytes) -> SliceStatistics:
    """The statistics that `encode_statistics` wrote."""
    arrays = unpack_arrays(data)
    counts = _read_cells(arrays)
    weights = _read_cells(arrays) if next(arrays)[0] else None
    gaps = next(arrays)
    histograms = [_read_histogram(arrays) for _ in range(3)]
    originals = tables.Originals(int(next(arrays)[0]), next(arrays), next(arrays), next(arrays))
    legitimate = next(arrays)
    samples = _read_samples(arrays)
    marked = _read_marked(arrays) if next(arrays)[0] else None
    return SliceStatistics(
        counts=counts,
        weights=weights,
        gaps=gaps,
        score_histogram=histograms[0],
        bucket_histogram=histograms[1],
        gap_histogram=histograms[2],
        originals=originals,
        legitimate_tables=legitimate,
        samples=samples,
        marked=marked,
    )


def encode_examples(statistics: ExampleStatistics) -> bytes:
    """The example statistics of one slice as bytes."""
    weights = statistics.weights
    return pack_arrays(
        [
            statistics.ascending_thresholds,
            statistics.counts.rows,
            statistics.counts.cells,
            *_optional(None if weights is None else [weights.rows, weights.cells]),
            *_histogram(statistics.score_histogram),
            *_histogram(statistics.bucket_histogram),
            *(getattr(statistics.pending, f.name) for f in dataclasses.fields(_Rows)),
        ]
    )


def decode_examples(data: bytes) -> ExampleStatistics:
    """The statistics that `encode_examples` wrote."""
    arrays = unpack_arrays(data)
    thresholds = next(arrays)
    counts = tables.ScoreCells(next(arrays), next(arrays))
    weights = tables.ScoreCells(next(arrays), next(arrays)) if next(arrays)[0] else None
    return ExampleStatistics(
        thresholds,
        counts,
        weights,
        _read_histogram(arrays),
        _read_histogram(arrays),
        _Rows(*(next(arrays) for _ in dataclasses.fields(_Rows))),
    )


def _cells(cells: tables.PairCells) -> list[np.ndarray]:
    return [
        cells.originals.rows,
        cells.originals.cells,
        cells.counterfactual,
        cells.negative_to_positive,
        cells.positive_to_negative,
    ]


def _read_cells(arrays: Iterator[np.ndarray]) -> tables.PairCells:
    originals = tables.ScoreCells(next(arrays), next(arrays))
    return tables.PairCells(originals, next(arrays), next(arrays), next(arrays))


def _samples(samples: CellSamples) -> list[np.ndarray]:
    # A slice of an array shares the buffers of the whole; a copy has its own.
    texts = pa.concat_arrays([samples.texts])
    _, offsets, characters = texts.buffers()
    start, end = texts.offset, texts.offset + len(texts) + 1
    ends = np.frombuffer(offsets, np.int64)[start:end] if len(texts) else np.zeros(1, np.int64)
    text = np.frombuffer(characters, np.uint8) if ends[-1] else np.zeros(0, np.uint8)
    return [
        np.array([samples.size, samples.seed]),
        samples.cells,
        samples.hashes,
        samples.which,
        ends - ends[0],
        text[ends[0] : ends[-1]],
    ]


def _read_samples(arrays: Iterator[np.ndarray]) -> CellSamples:
    size, seed = (int(value) for value in next(arrays))
    cells, hashes, which, ends, text = (next(arrays) for _ in range(5))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(text)]
    texts = pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(ends) - 1, buffers)
    return CellSamples(size, seed, cells, hashes, which, texts)


def _marked(marked: tables.MarkedOriginals) -> list[np.ndarray]:
    weights = marked.weights
    return [
        marked.counts.rows,
        marked.counts.cells,
        *_optional(None if weights is None else [weights.rows, weights.cells]),
        *_histogram(marked.score_histogram),
        *_histogram(marked.bucket_histogram),
        *_samples(marked.samples),
    ]


def _read_marked(arrays: Iterator[np.ndarray]) -> tables.MarkedOriginals:
    counts = tables.ScoreCells(next(arrays), next(arrays))
    weights = tables.ScoreCells(next(arrays), next(arrays)) if next(arrays)[0] else None
    scores, buckets = _read_histogram(arrays), _read_histogram(arrays)
    return tables.MarkedOriginals(counts, weights, scores, buckets, _read_samples(arrays))


def _optional(arrays: list[np.ndarray] | None) -> list[np.ndarray]:
    return [np.array([0])] if arrays is None else [np.array([1]), *arrays]


def _histogram(histogram: tables.Histogram) -> list[np.ndarray]:
    keys = np.array([-1]) if histogram.keys is None else histogram.keys
    return [np.array(histogram.shape), keys, histogram.values]


def _read_histogram(arrays: Iterator[np.ndarray]) -> tables.Histogram:
    shape, keys, values = next(arrays), next(arrays), next(arrays)
    is_dense = len(keys) == 1 and keys[0] == -1
    return tables.Histogram(tuple(shape.tolist()), None if is_dense else keys, values)


def pack_arrays(arrays: list[np.ndarray]) -> bytes:
    """Arrays of int64, uint64, float64 or bytes, with their shapes, as bytes."""
    parts: list[bytes] = []
    # What does not fit a narrow type becomes another number, and is found to differ.
    with np.errstate(invalid="ignore"):
        for array in arrays:
            little = array.dtype.newbyteorder("<")
            sent = _narrowed(array.astype(little, copy=False))
            parts.append(_HEADER.pack(_KINDS[little], _KINDS[sent.dtype], array.ndim))
            parts.append(struct.pack(f"<{array.ndim}q", *array.shape))
            parts.append(sent.tobytes())
    return b"".join(parts)


def _narrowed(array: np.ndarray) -> np.ndarray:
    """The same numbers in fewer bytes, where all are small and whole; hashes never are."""
    if array.dtype.kind in "if" and array.size >= _MIN_TO_NARROW:
        for dtype in _NARROW:
            narrow = array.astype(dtype)
            if (narrow == array).all():
                return narrow
    return array


def unpack_arrays(data: bytes) -> Iterator[np.ndarray]:
    """The arrays that `pack_arrays` wrote, in order; some share memory with `data`."""
    position = 0
    while position < len(data):
        kind, sent, ndim = _HEADER.unpack_from(data, position)
        position += _HEADER.size
        shape = struct.unpack_from(f"<{ndim}q", data, position)
        position += 8 * ndim
        count = math.prod(shape)
        found = np.frombuffer(data, _TYPES[sent], count, position).reshape(shape)
        position += found.nbytes
        yield found if kind == sent else found.astype(_TYPES[kind])
