"""Writes results so that they appear whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io import filebasedsink, iobase
from apache_beam.io.filesystems import FileSystems

#: A Parquet row group is written once it has so many rows or bytes.
_ROW_GROUP_ROWS = 65_536
_ROW_GROUP_BYTES = 64 << 20


@beam.typehints.with_input_types(pa.RecordBatch)
class WriteParquet(beam.PTransform):
    """Writes batches to `<path_prefix>-00000-of-00002.parquet` and so on.

    Every bundle writes a temporary file of its own; at the end they are renamed,
    so a bundle that runs twice leaves one file. Shards of an earlier, larger run
    are removed. No shuffle: memory does not grow with the number of records.
    Without a record, no file is written.

    Args:
      path_prefix: Folder and first part of the names, on any Beam filesystem.
      drop_columns: Columns to leave out, such as text.

    Returns:
      The paths written.
    """

    def __init__(self, path_prefix: str, drop_columns: Iterable[str] = ()):
        super().__init__()
        self._path_prefix = path_prefix
        self._drop_columns = tuple(drop_columns)

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Writes the batches."""
        return (
            batches
            | "DropColumns" >> beam.Map(_drop, self._drop_columns).with_output_types(pa.RecordBatch)
            | "WriteShards" >> iobase.Write(_RecordBatchSink(self._path_prefix))
        )


def _drop(batch: pa.RecordBatch, names: tuple[str, ...]) -> pa.RecordBatch:
    found = [name for name in names if name in batch.schema.names]
    return batch.drop_columns(found) if found else batch


class _BatchWriter:
    """One Parquet file. Small batches are gathered into row groups."""

    def __init__(self, handle: Any):
        self._handle = handle
        self._writer: pq.ParquetWriter | None = None
        self._pending: list[pa.RecordBatch] = []
        self._rows = 0
        self._bytes = 0

    def write(self, batch: pa.RecordBatch) -> None:
        if self._writer is None:
            self._writer = pq.ParquetWriter(
                pa.PythonFile(self._handle, mode="w"), batch.schema, compression="zstd"
            )
        schema = self._writer.schema
        if batch.schema.names != schema.names:
            raise ValueError(
                f"a batch has the columns {batch.schema.names}, "
                f"those before it {schema.names}; give all batches one schema"
            )
        self._pending.append(batch if batch.schema.equals(schema) else batch.cast(schema))
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _ROW_GROUP_ROWS or self._bytes >= _ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._pending and self._writer is not None:
            self._writer.write_table(pa.Table.from_batches(self._pending))
        self._pending, self._rows, self._bytes = [], 0, 0

    def close(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()
        self._handle.close()


class _RecordBatchSink(filebasedsink.FileBasedSink):
    """Beam's file sink (temporary files, then renames) over Parquet writers."""

    def __init__(self, path_prefix: str):
        super().__init__(
            path_prefix,
            coder=beam.coders.BytesCoder(),
            file_name_suffix=".parquet",
            num_shards=0,
            shard_name_template=None,
            mime_type="application/octet-stream",
            # Without it Beam would write a file of no bytes, which is no Parquet.
            skip_if_empty=True,
        )
        self._prefix = path_prefix

    def open(self, temp_path: str) -> _BatchWriter:
        return _BatchWriter(super().open(temp_path))

    def write_record(self, file_handle: _BatchWriter, value: pa.RecordBatch) -> None:
        file_handle.write(value)

    def close(self, file_handle: _BatchWriter | None) -> None:
        if file_handle is not None:
            file_handle.close()

    def finalize_write(self, init_result, writer_results, pre_finalize_results):
        # Beam names what it renames now. Done a second time it finds nothing to
        # rename, while all files are in place; so their names are told from the count.
        for _ in super().finalize_write(init_result, writer_results, pre_finalize_results):
            pass
        num_shards = len(writer_results)
        written = [self._get_final_name(shard, num_shards) for shard in range(num_shards)]
        _remove_other_shards(self._prefix, set(written))
        yield from written


def _remove_other_shards(prefix: str, keep: set[str]) -> None:
    """Deletes shards that an earlier run with more of them left behind."""
    found = FileSystems.match([prefix + "-*-of-*.parquet"])[0].metadata_list
    shard = re.compile(re.escape(prefix) + r"-\d{5}-of-\d{5}\.parquet")
    stale = [e.path for e in found if e.path not in keep and shard.fullmatch(e.path)]
    if stale:
        FileSystems.delete(stale)
