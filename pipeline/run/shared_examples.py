"""Originals that are evaluated and were trained on, too: what is known by heart proves little."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fairflip.metrics.flips.buckets import hash_ids
from fairflip.pipeline.read.layout import ROW_ID
from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import DataSpec
from fairflip.protos.report_pb2 import Pairing

_ROWS = 65_536


def count_shared(training: Sequence[pa.Table], evaluated: Iterable[str], data: DataSpec) -> Pairing:
    """Counts evaluated originals that are among the training examples.

    Reads IDs and texts of the evaluation a part at a time; eight bytes of each stay.

    Args:
        training: Examples trained on and those that tell when to stop.
        evaluated: Paths of Parquet files with the evaluated originals; an original may have
            several rows.
        data: Names the columns of IDs and texts.

    Returns:
        `num_shared_ids` (0 where IDs are names of rows) and `num_shared_texts`, each a number
        of originals; nothing else.
    """
    has_ids = data.id_feature != ROW_ID
    known = {name: _hashes(training, name) for name in (data.id_feature, data.text_feature) if name}
    shared: dict[str, list[np.ndarray]] = {name: [] for name in known}
    for batch in _batches(evaluated, list(known)):
        originals = hash_ids(batch.column(data.id_feature))
        for name, hashes in known.items():
            if name in batch.schema.names:
                mine = hash_ids(batch.column(name))
                shared[name].append(np.unique(originals[np.isin(mine, hashes)]))
    numbers = {
        name: len(np.unique(np.concatenate(parts))) if parts else 0
        for name, parts in shared.items()
    }
    return Pairing(
        num_shared_ids=numbers[data.id_feature] if has_ids else 0,
        num_shared_texts=numbers.get(data.text_feature, 0),
    )


def _hashes(tables: Sequence[pa.Table], name: str) -> np.ndarray:
    parts = [hash_ids(table[name]) for table in tables if name in table.column_names]
    return np.unique(np.concatenate(parts)) if parts else np.empty(0, np.uint64)


def _batches(paths: Iterable[str], names: Sequence[str]) -> Iterable[pa.RecordBatch]:
    for path in paths:
        with filesystem.open_raw(path) as file:
            parquet = pq.ParquetFile(file)
            there = parquet.schema_arrow.names
            wanted = [name for name in names if name in there]
            yield from parquet.iter_batches(batch_size=_ROWS, columns=wanted)
