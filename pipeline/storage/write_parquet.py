"""Writes results so that they appear whole or not at all."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.pipeline.storage import run_folder
from fairflip.pipeline.storage.fingerprints import Fingerprint, HashedFile, path_of, record
from fairflip.protos import columns

#: A Parquet row group is written once it has so many rows or bytes.
_ROW_GROUP_ROWS = 32_768
_ROW_GROUP_BYTES = 16 << 20
#: Every Parquet reader knows it. Zstandard's files are 0.6 times as large, and take some
#: 5 % more of an evaluation's CPU to write and to read again.
_CODEC = "snappy"
#: Pages of a processor's cache are written in 0.93 of the time of those of 1 MiB, and files grow
#: by two parts in a thousand.
_PAGE_BYTES = 64 << 10
_ROWS_LOOKED_AT = 1_024


@beam.typehints.with_input_types(pa.RecordBatch)
class WriteParquet(beam.PTransform):
    """Writes batches to `<path_prefix>-00000-of-00002.parquet` and so on.

    Every bundle writes a temporary file of its own; at the end they are renamed,
    so a bundle that runs twice leaves one file. Shards of an earlier, larger run
    are removed. No shuffle: memory does not grow with the number of records.
    Without a record, no file is written.

    Beam's own file sink does the same in four times as many transforms, each of
    which costs ten milliseconds and more to build, to send and to start.

    Whoever writes a file knows its SHA-256 by then: nobody need read it again to find out.

    Args:
      path_prefix: Folder and first part of the names, on any Beam filesystem.
      drop_columns: Columns to leave out, such as text.
      drop_texts: Columns to leave out where they hold text, not numbers.
      of_run: A run's directory and the folder in it that is written: sizes and SHA-256 are then
        left for its manifest.

    Returns:
      The paths written.
    """

    def __init__(
        self,
        path_prefix: str,
        drop_columns: Iterable[str] = (),
        drop_texts: Iterable[str] = (),
        of_run: tuple[str, str] | None = None,
    ):
        super().__init__()
        self._path_prefix = path_prefix
        self._fingerprints = "" if of_run is None else path_of(*of_run)
        self._drop_columns = tuple(drop_columns)
        self._drop_texts = tuple(drop_texts)

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Writes the batches."""
        written = batches | "WriteShards" >> beam.ParDo(
            _WriteShard(self._path_prefix, self._drop_columns, self._drop_texts)
        ).with_output_types(tuple[str, str, int])
        return (
            batches.pipeline
            | "StartNaming" >> beam.Impulse()
            | "NameShards"
            >> beam.FlatMap(
                _name_shards, self._path_prefix, beam.pvalue.AsList(written), self._fingerprints
            ).with_output_types(str)
        )


def _drop(
    batch: pa.RecordBatch, names: tuple[str, ...], if_text: tuple[str, ...]
) -> pa.RecordBatch:
    fields = {field.name: field.type for field in batch.schema}
    left_out = [name for name in names if name in fields]
    left_out += [n for n in if_text if n in fields and n not in names and _is_text(fields[n])]
    return batch.drop_columns(left_out) if left_out else batch


def _is_text(kind: pa.DataType) -> bool:
    """Also for lists of it, and for values that are all missing."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    while pa.types.is_nested(kind) and kind.num_fields == 1:
        kind = kind.field(0).type
    return not (
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
    )


def _temporary_folder(path_prefix: str) -> str:
    folder, name = FileSystems.split(path_prefix)
    return FileSystems.join(folder, f"{run_folder.TEMPORARY_PREFIX}{name}")


class _WriteShard(beam.DoFn):
    """Writes a bundle's batches to one temporary file; tells its path, SHA-256 and size."""

    def __init__(
        self, path_prefix: str, drop_columns: tuple[str, ...], drop_texts: tuple[str, ...]
    ):
        self._path_prefix = path_prefix
        self._drop_columns = drop_columns
        self._drop_texts = drop_texts

    def start_bundle(self) -> None:
        self._path = ""
        self._writer: _BatchWriter | None = None

    def process(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:  # its columns may have no type
            return
        if self._writer is None:
            folder = _temporary_folder(self._path_prefix)
            _make_folder(folder)
            _, name = FileSystems.split(self._path_prefix)
            # No other attempt at the same bundle has this name.
            self._path = FileSystems.join(folder, f"{uuid.uuid4()}.{name}.parquet")
            self._file = HashedFile(
                FileSystems.create(self._path, compression_type=CompressionTypes.UNCOMPRESSED)
            )
            self._writer = _BatchWriter(self._file)
        self._writer.write(_drop(batch, self._drop_columns, self._drop_texts))

    def finish_bundle(self) -> Iterator[WindowedValue]:
        if self._writer is not None:
            self._writer.close()
            window = GlobalWindow()
            told = (self._path, self._file.sha256, self._file.num_bytes)
            yield WindowedValue(told, window.max_timestamp(), (window,))
        self._writer = None


def _make_folder(folder: str) -> None:
    try:
        FileSystems.mkdirs(folder)
    except OSError:  # another worker was first
        if not FileSystems.exists(folder):
            raise


def _name_shards(
    _: bytes, prefix: str, written: Iterable[tuple[str, str, int]], fingerprints: str = ""
) -> list[str]:
    """Renames the files of the bundles that count; again, where an attempt broke off.

    Raises:
      OSError: A file is neither under its temporary nor under its final name.
    """
    shards = sorted(written)
    sources = [path for path, _, _ in shards]
    targets = [
        f"{prefix}-{shard:05d}-of-{len(sources):05d}.parquet" for shard in range(len(sources))
    ]
    folder = _temporary_folder(prefix)
    present = _matching(FileSystems.join(folder, "*")).intersection(sources)
    finished = _matching(prefix + "-*-of-*.parquet")
    lost = [
        source
        for source, target in zip(sources, targets, strict=True)
        if source not in present and target not in finished
    ]
    if lost:
        raise OSError(f"{lost[0]!r} is gone before it was renamed; run the job again")
    moved = [pair for pair in zip(sources, targets, strict=True) if pair[0] in present]
    # Rename refuses an existing target on some filesystems.
    replaced = [target for _, target in moved if target in finished]
    if replaced:
        FileSystems.delete(replaced)
    step = FileSystems.get_chunk_size(prefix)
    for start in range(0, len(moved), step):
        part = moved[start : start + step]
        FileSystems.rename([source for source, _ in part], [target for _, target in part])
    _remove_other_shards(prefix, set(targets))
    if present:
        run_folder.delete_folder(folder)
    if fingerprints:
        record(
            fingerprints,
            {
                target: Fingerprint(sha256, num_bytes)
                for target, (_, sha256, num_bytes) in zip(targets, shards, strict=True)
            },
        )
    return targets


def _matching(pattern: str) -> set[str]:
    return {entry.path for entry in FileSystems.match([pattern])[0].metadata_list}


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
            mark = {**(batch.schema.metadata or {}), columns.PAIRS_MARK: b"1"}
            repeating, with_bounds = _that_repeat(batch)
            self._writer = pq.ParquetWriter(
                pa.PythonFile(self._handle, mode="w"),
                batch.schema.with_metadata(mark),
                compression=_CODEC,
                use_dictionary=repeating,
                write_statistics=with_bounds,
                data_page_size=_PAGE_BYTES,
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


def _that_repeat(batch: pa.RecordBatch) -> tuple[list[str], list[str]]:
    """The columns worth a dictionary, and those worth least and greatest values in each row group.

    By the first rows of a file. Parquet tries a dictionary on each column and gives it up when it
    is full: of texts, IDs and scores, of which nearly all differ, that takes a third of the time
    of writing, and files are no smaller. No reader of ours skips row groups by a text.
    """
    repeating, bounded = [], []
    for field, values in zip(batch.schema, batch.slice(0, _ROWS_LOOKED_AT).columns, strict=True):
        is_text = pa.types.is_string(field.type) or pa.types.is_binary(field.type)
        differ = (is_text or pa.types.is_floating(field.type)) and _mostly_differ(values)
        paths = list(_leaves(field.type, field.name))
        repeating += paths if not differ else []
        bounded += paths if not (differ and is_text) else []
    return repeating, bounded


def _leaves(kind: pa.DataType, path: str) -> Iterator[str]:
    """What Parquet calls the columns that one of Arrow's becomes."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _leaves(kind.value_type, f"{path}.list.element")
    elif pa.types.is_struct(kind):
        for field in kind:
            yield from _leaves(field.type, f"{path}.{field.name}")
    else:
        yield path


def _mostly_differ(values: pa.Array) -> bool:
    return len(values) >= _ROWS_LOOKED_AT // 4 and 2 * len(values.unique()) > len(values)


def _remove_other_shards(prefix: str, keep: set[str]) -> None:
    """Deletes shards that an earlier run with more of them left behind."""
    shards = FileSystems.match([prefix + "-*-of-*.parquet"])[0].metadata_list
    shard = re.compile(re.escape(prefix) + r"-\d{5}-of-\d{5}\.parquet")
    stale = [e.path for e in shards if e.path not in keep and shard.fullmatch(e.path)]
    if stale:
        FileSystems.delete(stale)
