"""Records in the formats that the readers read, written from the formats' specifications."""

from __future__ import annotations

import bz2
import gzip
import json
import struct

import google_crc32c
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tfx_bsl.cc.tfx_bsl_extension.coders import RecordBatchToExamplesEncoder


def frame_records(records: list[bytes]) -> bytes:
    """TFRecord framing, written from its specification."""

    def masked(data: bytes) -> bytes:
        crc = google_crc32c.value(data)
        return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)

    framed = []
    for record in records:
        length = struct.pack("<Q", len(record))
        framed += [length, masked(length), record, masked(record)]
    return b"".join(framed)


def to_examples(rows: list[dict]) -> list[bytes]:
    """Serialized tf.Examples; a value None leaves the feature out."""
    actual = []
    for row in rows:
        columns = {}
        for name, value in row.items():
            values = value if isinstance(value, list) else [] if value is None else [value]
            if values:
                values = [v.encode() if isinstance(v, str) else v for v in values]
                kind = {bytes: pa.binary(), int: pa.int64(), float: pa.float32()}[type(values[0])]
                columns[name] = pa.array([values], pa.list_(kind))
        batch = pa.RecordBatch.from_pydict(columns)
        actual += RecordBatchToExamplesEncoder(None).Encode(batch)
    return actual


def csv_bytes(rows: list[dict]) -> bytes:
    return pd.DataFrame(rows).to_csv(index=False).encode()


def write(folder, name: str, rows: list[dict]):
    path = folder / name
    plain = name.removesuffix(".gz").removesuffix(".bz2")
    if plain.endswith(".parquet"):
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=max(2, len(rows) // 8))
        return path
    if plain.endswith(".csv"):
        data = csv_bytes(rows)
    elif plain.endswith(".jsonl"):
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    else:
        data = frame_records(to_examples(rows))
    if name.endswith(".gz"):
        data = gzip.compress(data)
    elif name.endswith(".bz2"):
        data = bz2.compress(data)
    path.write_bytes(data)
    return path
