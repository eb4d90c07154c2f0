"""Brings records of one ID together: batches are split by a hash of the ID.

Beam's `GroupByKey` per record costs more than reading the records. So a batch is
cut into one sub-batch per shard, a shard being a hash of the ID, and only the
sub-batches are grouped. Each shard is then one Arrow table, and what is done
with it (a join, a check for duplicates) is vectorised.

How many shards (`num_shards_for`): 16 up to 1 GiB of input, so that a small run
has little overhead and still spreads over workers; above that, as many as make a
shard about 64 MiB, and at least 256: no more workers than shards can join and score.
A shard must fit into a worker's memory several times over. Where they wait in files of
this machine, more of them cost nothing, so that already above 32 MiB of input a shard
has at most 2 MiB of it, up to 256 shards.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.transforms import window
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.metrics.images.decoded_columns import (
    KEPT_BYTES,
    image_columns,
    pixel_bytes_of_row,
)
from fairflip.pipeline.pair.columns import checked_ids, shard_of
from fairflip.pipeline.pair.shard_files import ShardFile, content_of
from fairflip.pipeline.pair.tables import is_first, taken
from fairflip.pipeline.records.pairing_audit import canonical, contiguous
from fairflip.pipeline.storage import filesystem
from fairflip.protos import config_pb2
from fairflip.protos.errors import InputError

MIN_SHARDS, MANY_SHARDS = 16, 256
ONE_MACHINE_BYTES = 1 << 30
SHARD_BYTES, SHARD_BYTES_IN_FILES = 1 << 26, 1 << 21
SHARD_BYTES_OF_IMAGES, IMAGES_OVER_PATHS = 1 << 22, 500
#: Images of more than so many shards, 16 GiB, are more than `SHARD_BYTES_OF_IMAGES` a shard.
MANY_SHARDS_OF_IMAGES = 4096
_TABLES_OF_PATHS = (".csv", ".tsv", ".jsonl", ".ndjson")
#: Rows gathered before they are cut up, so that sub-batches are not tiny.
ROWS_PER_SPLIT = 1 << 16
#: The same in bytes, where rows hold images.
IMAGE_BYTES_PER_SPLIT = 8 << 20
#: And in files of this machine, for each shard: memory that is new to the process costs more than
#: all else here, and rows of which a processor's cache holds most are put in order sooner.
BYTES_PER_SHARD_AND_SPLIT = 256 << 10
#: Originals per output batch, about; of records with images as many as hold so many bytes, encoded
#: or as pixels: all models read a batch, with its controls, from what stays decoded of it.
ROWS_PER_BATCH, IMAGE_BYTES_PER_BATCH, PIXEL_BYTES_PER_BATCH = 4096, 4 << 20, KEPT_BYTES // 4
#: Up to four times as many where rows are short: what is done once a batch costs a row less.
SHORT_ROWS_PER_BATCH, BYTES_OF_SHORT_ROWS = 4 * ROWS_PER_BATCH, 2 << 20
_COMPRESSED = pa.ipc.IpcWriteOptions(compression="lz4")
#: Streams in files of up to so many shards are left plain: they take two to three times the
#: room, of an input of up to 256 MiB, and compressing them costs more than all else here.
MOST_PLAIN_SHARDS = MANY_SHARDS // 2


def num_shards_for(num_bytes: int, in_files: bool = False) -> int:
    """The number of shards for an input of a size: a power of two.

    >>> num_shards_for(10_000_000), num_shards_for(100 << 20), num_shards_for(100 << 30)
    (16, 16, 2048)
    >>> num_shards_for(10_000_000, in_files=True), num_shards_for(100 << 20, in_files=True)
    (16, 64)
    """
    if num_bytes > ONE_MACHINE_BYTES:
        return max(MANY_SHARDS, _shards_of(SHARD_BYTES, num_bytes))
    if not in_files:
        return MIN_SHARDS
    return min(max(MIN_SHARDS, _shards_of(SHARD_BYTES_IN_FILES, num_bytes)), MANY_SHARDS)


def _shards_of(size: int, num_bytes: int) -> int:
    return 1 << math.ceil(math.log2(max(num_bytes / size, 1)))


def num_shards_of(
    data: config_pb2.DataSpec, patterns: Sequence[str], in_files: bool = False
) -> int:
    """The number of shards for some of a run's inputs.

    Each shard of images makes calls of its own, so that they are larger than shards of text, and
    is held several times over, so that they are no larger than a call needs. What a table of paths
    weighs with its images is not known; it is taken for `IMAGES_OVER_PATHS` times its own size.
    """
    num_bytes = num_bytes_of(patterns)
    if not (data.image_features and in_files):
        return num_shards_for(num_bytes, in_files)
    if any(pattern.lower().endswith(_TABLES_OF_PATHS) for pattern in patterns):
        num_bytes *= IMAGES_OVER_PATHS
    wanted = _shards_of(SHARD_BYTES_OF_IMAGES, num_bytes)
    return min(max(MIN_SHARDS, wanted), MANY_SHARDS_OF_IMAGES)


def num_bytes_of(patterns: Sequence[str]) -> int:
    """The size of all files that match; 0 where that cannot be said."""
    try:
        return sum(entry.size_bytes or 0 for entry in filesystem.match(patterns))
    except Exception:  # unreadable inputs are reported where they are read
        return 0


def to_stream(table: pa.Table) -> pa.Buffer:
    """A table as an Arrow stream that Beam is to carry; of a slice only its own rows.

    Compressed, since Beam copies the bytes several times over, and LZ4 costs less than that.
    """
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_COMPRESSED) as writer:
        writer.write_table(table)
    return sink.getvalue()


def as_table(parts: Iterable[bytes], source: str) -> pa.Table | None:
    """The rows of some Arrow streams in one table of contiguous columns; None without any.

    A part is a stream, or says where in a file one lies (`shard_files`).
    """
    return concatenated([pa.ipc.open_stream(content_of(part)).read_all() for part in parts], source)


def concatenated(tables: Sequence[pa.Table], source: str) -> pa.Table | None:
    """Tables below each other; a column that one of them lacks is null there.

    Raises:
        InputError: a column has types that do not go together.
    """
    if not tables:
        return None
    try:
        return pa.concat_tables(tables, promote_options="permissive").combine_chunks()
    except pa.ArrowTypeError as error:
        raise InputError(
            f"{source}: {_conflict(tables) or error}; write the column with one type."
        ) from error


def _conflict(tables: Sequence[pa.Table]) -> str:
    types: dict[str, set[str]] = {}
    for table in tables:
        for field in table.schema:
            types.setdefault(field.name, set()).add(str(field.type))
    for name, kinds in types.items():
        if len(kinds - {"null"}) > 1:
            return f"column {name!r} has the types {' and '.join(sorted(kinds))}"
    return ""


def in_batches(
    table: pa.Table, id_feature: str, rows_per_batch: int | None = None
) -> Iterator[pa.RecordBatch]:
    """Record batches of about a size; rows of one ID, which stand together, stay together."""
    if rows_per_batch is None:
        short = BYTES_OF_SHORT_ROWS * table.num_rows // max(1, table.nbytes)
        rows_per_batch = max(ROWS_PER_BATCH, min(short, SHORT_ROWS_PER_BATCH))
    if table.num_rows and image_columns(table.schema):
        encoded = IMAGE_BYTES_PER_BATCH * table.num_rows // max(1, table.nbytes)
        decoded = PIXEL_BYTES_PER_BATCH // max(1, pixel_bytes_of_row(table))
        rows_per_batch = max(1, min(rows_per_batch, ROWS_PER_BATCH, encoded, decoded))
    table = table.combine_chunks()
    if table.num_rows <= rows_per_batch:
        yield from table.to_batches()
        return
    starts = np.append(np.flatnonzero(is_first([canonical(table[id_feature])])), table.num_rows)
    start = 0
    while start < table.num_rows:
        end = int(starts[np.searchsorted(starts, min(start + rows_per_batch, table.num_rows))])
        yield from table.slice(start, end - start).to_batches()
        start = end


@beam.typehints.with_input_types(pa.RecordBatch)
@beam.typehints.with_output_types(tuple[int, bytes])
class ShardById(beam.PTransform):
    """Cuts batches into (shard, Arrow stream) by their IDs, which become strings."""

    def __init__(self, id_feature: str, source: str, num_shards: int, folder: str = ""):
        """Takes the ID column, what errors call the input, and the number of shards.

        With a `folder`, which all workers share, the streams lie there in files, and what
        comes out says where.
        """
        super().__init__()
        self._arguments = (id_feature, source, num_shards, folder)

    def expand(self, batches: beam.PCollection[pa.RecordBatch]) -> beam.PCollection:
        """Splits the batches."""
        return batches | "SplitBatches" >> beam.ParDo(_Split(*self._arguments))


class _Split(beam.DoFn):
    def __init__(self, id_feature: str, source: str, num_shards: int, folder: str = ""):
        self._id_feature = id_feature
        self._source = source
        self._num_shards = num_shards
        self._folder = folder
        self._file: ShardFile | None = None
        self._batches: list[pa.RecordBatch] = []
        self._num_rows = self._num_bytes = 0

    def start_bundle(self) -> None:
        self._batches, self._num_rows, self._num_bytes = [], 0, 0
        self._file = ShardFile(self._folder) if self._folder else None

    def process(self, batch: pa.RecordBatch) -> Iterable[tuple[int, bytes]]:
        if isinstance(batch, pa.Table):
            self._batches += batch.to_batches()
        else:
            self._batches.append(batch)
        self._num_rows += batch.num_rows
        most = self._num_shards * BYTES_PER_SHARD_AND_SPLIT if self._file else math.inf
        if image_columns(batch.schema):
            most = min(most, IMAGE_BYTES_PER_SPLIT)
        self._num_bytes += batch.nbytes
        if self._num_rows >= ROWS_PER_SPLIT or self._num_bytes >= most:
            yield from self._flush()

    def finish_bundle(self) -> Iterable[WindowedValue]:
        for part in self._flush():
            yield WindowedValue(
                part, window.GlobalWindow().max_timestamp(), (window.GlobalWindow(),)
            )
        if self._file is not None:
            self._file.close()

    def _flush(self) -> Iterator[tuple[int, bytes]]:
        tables = [self._with_ids(pa.Table.from_batches([batch])) for batch in self._batches]
        self._batches, self._num_rows, self._num_bytes = [], 0, 0
        table = concatenated(tables, self._source)
        if table is None or not table.num_rows:
            return
        ids = contiguous(table[self._id_feature]).fill_null("")
        shards = shard_of(ids, self._num_shards)
        ends = np.cumsum(np.bincount(shards, minlength=self._num_shards)).tolist()
        # Small whole numbers are sorted by their digits.
        small = shards.astype(np.uint16) if self._num_shards <= 1 << 16 else shards
        table = taken(table, np.argsort(small, kind="stable"))
        options = None if self._num_shards <= MOST_PLAIN_SHARDS else _COMPRESSED
        for shard, (start, end) in enumerate(itertools.pairwise([0, *ends])):
            if start == end:
                continue
            part = table.slice(start, end - start)
            if self._file is None:
                yield shard, to_stream(part).to_pybytes()
            else:
                yield shard, self._file.append(part, options)

    def _with_ids(self, table: pa.Table) -> pa.Table:
        name = self._id_feature
        if name not in table.column_names:
            raise InputError(
                f"{self._source}: there is no ID column {name!r} among "
                f"{', '.join(table.column_names)[:200]}; name it with id_feature."
            )
        ids = checked_ids(table[name], name)
        return table.set_column(table.column_names.index(name), name, ids)
