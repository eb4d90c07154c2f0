"""Reads back Parquet files that an earlier stage or step of ours wrote, as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq

from fairflip.pipeline.storage import filesystem

#: Rows per batch where nobody says otherwise.
DEFAULT_BATCH_SIZE = 8192


class ReadWritten(beam.PTransform):
    """Paths -> record batches, in each file's order; nothing is judged again.

    Reading back costs less than holding every batch until a first pass is over.

    Args:
        columns: Only these, where a file has them; None: all.
        batch_size: Most rows per batch.
    """

    def __init__(self, columns: Sequence[str] | None = None, batch_size: int = DEFAULT_BATCH_SIZE):
        super().__init__()
        self._columns = None if columns is None else tuple(columns)
        self._batch_size = batch_size

    def expand(self, paths: beam.PCollection) -> beam.PCollection:
        """Spreads the files over the workers, then reads them."""
        return (
            paths
            # Each file is a key of its own: what Reshuffle does in six transforms.
            | "NameFiles" >> beam.Map(lambda path: (path, None)).with_output_types(tuple[str, None])
            | "SpreadFiles" >> beam.GroupByKey()
            | "ReadFiles"
            >> beam.FlatMap(_read, self._columns, self._batch_size).with_output_types(
                pa.RecordBatch
            )
        )


def _read(
    named: tuple[str, Iterable[None]], columns: Sequence[str] | None, batch_size: int
) -> Iterable[pa.RecordBatch]:
    path, _ = named
    yield from read_batches(path, columns, batch_size)


def read_batches(
    path: str, columns: Sequence[str] | None = None, batch_size: int = DEFAULT_BATCH_SIZE
) -> Iterator[pa.RecordBatch]:
    """The batches of one file; the columns as those of `ReadWritten`."""
    with filesystem.open_raw(path) as file:
        parquet = pq.ParquetFile(file)
        there = parquet.schema_arrow.names
        wanted = there if columns is None else [name for name in columns if name in there]
        yield from parquet.iter_batches(batch_size=batch_size, columns=wanted)
