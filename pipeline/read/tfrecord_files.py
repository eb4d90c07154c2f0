"""Decodes TFRecord files of `tf.Example`s, without importing TensorFlow."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.pipeline.read.columns import require_columns
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.read.raw import (
    CHUNK_BYTES,
    MAX_RECORD_BYTES,
    RawBatch,
    Undecodable,
    naming,
    needed_in_schemaless,
    refuse_absent,
)
from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import InputError


def tfrecords(stream: Any, path: str) -> Iterator[tuple[list[bytes], int]]:
    """Lists of records of a TFRecord file, checksums verified, with the first's number.

    Beam's own reader takes two reads and three objects for each record; this
    cuts records out of large chunks.
    """
    import google_crc32c

    checksum = google_crc32c.value
    header = struct.Struct("<QI")
    rest = b""
    number = 1
    first_bytes = True
    while True:
        chunk = stream.read(CHUNK_BYTES)
        if not chunk:
            break
        data = rest + chunk if rest else chunk
        records: list[bytes] = []
        offset = 0
        end = len(data)
        while end - offset >= 12:
            length, length_crc = header.unpack_from(data, offset)
            if _mask(checksum(data[offset : offset + 8])) != length_crc:
                hint = ""
                if first_bytes and data[:2] == b"\x1f\x8b":
                    hint = "; it looks compressed, so let its name end in .gz"
                raise InputError(
                    f"{path}: record {number + len(records)} is corrupt "
                    f"(checksum of its length){hint or '; replace the file or leave it out'}"
                )
            # Its checksum holds, so this is a length, and no damage.
            if length > MAX_RECORD_BYTES:
                raise InputError(
                    f"{path}: record {number + len(records)} has {length} bytes, "
                    f"more than {MAX_RECORD_BYTES}; leave it out"
                )
            first_bytes = False
            stop = offset + 12 + length
            # The record goes on in the next chunk.
            if stop + 4 > end:
                break
            record = data[offset + 12 : stop]
            if _mask(checksum(record)) != int.from_bytes(data[stop : stop + 4], "little"):
                raise InputError(
                    f"{path}: record {number + len(records)} is corrupt (checksum); "
                    "replace the file or leave it out"
                )
            records.append(record)
            offset = stop + 4
        rest = data[offset:]
        if records:
            yield records, number
            number += len(records)
    if rest:
        raise InputError(
            f"{path}: ends in the middle of record {number}; replace the file or leave it out"
        )


def _mask(crc: int) -> int:
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def decode_examples(
    records: Sequence[bytes], first: int, decoder: Any
) -> tuple[list[tuple[pa.RecordBatch, np.ndarray]], list[Undecodable]]:
    """Serialized `tf.Example`s as batches; halves a batch until its bad records are alone."""
    if decoder is None:
        # tfx-bsl's decoder, without the package's face: that imports TensorFlow.
        from tfx_bsl.cc.tfx_bsl_extension.coders import ExamplesToRecordBatchDecoder

        decoder = ExamplesToRecordBatchDecoder(None)
    if not records:
        return [], []
    try:
        batch = decoder.DecodeBatch(list(records))
        return [(batch, np.arange(first, first + len(records), dtype=np.int64))], []
    except RuntimeError as e:
        if len(records) == 1:
            detail = "the record is no valid tf.Example"
            return [], [Undecodable(first, "not_an_example", detail)]
        if "parse" not in str(e) and "wrong type" not in str(e):
            raise
    middle = len(records) // 2
    left, left_bad = decode_examples(records[:middle], first, decoder)
    right, right_bad = decode_examples(records[middle:], first + middle, decoder)
    return left + right, left_bad + right_bad


def read_tfrecord(path: str, layout: RecordLayout, batch_size: int) -> Iterator[RawBatch]:
    """The records of a TFRecord file; those that are no `tf.Example` by position."""
    from tfx_bsl.cc.tfx_bsl_extension.coders import ExamplesToRecordBatchDecoder

    decoder = ExamplesToRecordBatchDecoder(None)
    checked = False
    with naming(path) as reading, filesystem.open_stream(path) as stream:
        for records, first in tfrecords(stream, path):
            reading.place = f" after record {first + len(records) - 1:,}"
            for start in range(0, len(records), batch_size):
                part = records[start : start + batch_size]
                decoded, bad = decode_examples(part, first + start, decoder)
                if decoded and not checked:
                    names = sorted({name for batch, _ in decoded for name in batch.schema.names})
                    require_columns(needed_in_schemaless(layout), names, path)
                    checked = True
                details = tuple(bad)
                for batch, positions in decoded:
                    refuse_absent(layout, batch.schema.names, path)
                    present = [n for n in layout.wanted if n in batch.schema.names]
                    yield RawBatch(_select(batch, present), positions, details)
                    details = ()
                if details:
                    empty = pa.RecordBatch.from_pylist([], schema=pa.schema([]))
                    yield RawBatch(empty, np.empty(0, np.int64), details)


def _select(batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
    if names:
        return batch.select(list(names))
    # A batch without columns would forget how many records it had.
    return pa.RecordBatch.from_arrays([pa.nulls(batch.num_rows)], ["_"])
