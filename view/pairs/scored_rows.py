"""Scored pairs as they lie in a run's folder: batch by batch, or a few rows by their IDs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from fairflip.metrics.images.decoded_columns import image_columns
from fairflip.protos import columns
from fairflip.protos.edits import identity_pairs, legitimate_mask
from fairflip.protos.errors import InputError

#: A table, a Parquet file, several, a folder of Parquet files, or a pattern.
Source: TypeAlias = pa.Table | str | os.PathLike | Sequence[str]

_BATCH_ROWS = 8_192
#: The same where rows hold images.
_IMAGE_ROWS = 256
#: What a control has from its pair, where its membership of slices and parts is asked for.
_OF_PAIRS = (columns.TERM, columns.GROUP, columns.VALIDITY, columns.DOUBTS)


def scored_batches(source: Source, *, with_controls: bool = False) -> Iterator[pa.RecordBatch]:
    """Scored pairs batch by batch.

    No more of a file is held than a row group as it lies there.

    Args:
      source: where they are.
      with_controls: the rows that are controls, too.

    Raises:
      InputError: nothing is found there.
    """
    for batch in _all_batches(source):
        yield batch if with_controls else identity_pairs(batch)


def pairs_of_ids(source: Source, id_feature: str, ids: pa.Array | pa.ChunkedArray) -> pa.Table:
    """What was changed in the identity pairs of some originals: a row for each pair.

    Args:
      source: where the scored pairs are.
      id_feature: column with the original's ID.
      ids: of the originals.

    Returns:
      The ID and, where there are such columns, index, whether a flip is right, and what
      membership of slices and parts is told by.
    """
    table = source if isinstance(source, pa.Table) else ds.dataset(_files(source))
    wanted = [
        id_feature,
        columns.COUNTERFACTUAL_INDEX,
        columns.FLIP_IS_LEGITIMATE,
        columns.EDIT,
        *_OF_PAIRS,
    ]
    wanted = [name for name in wanted if name in table.schema.names]
    own = pc.field(id_feature).isin(ids)
    if isinstance(table, pa.Table):
        return identity_pairs(table.select(wanted).filter(own))
    return identity_pairs(table.to_table(columns=wanted, filter=own))


def as_in_their_pairs(
    controls: pa.Table, pairs: pa.Table, id_feature: str
) -> tuple[list[int], pa.Table]:
    """Controls with the term, group, validity and doubts of the pair that each belongs to.

    A control is of the slices of its pair.

    Args:
      controls: with `columns.CONTROL_OF`, the index of a control's pair.
      pairs: of their originals, from `pairs_of_ids`.
      id_feature: column with the original's ID.

    Returns:
      The rows of the controls whose pair is there and counts, and these controls. In files that
      do not say which pair a control is of, all of them as they are.
    """
    index = columns.COUNTERFACTUAL_INDEX
    if columns.CONTROL_OF not in controls.column_names or index not in pairs.column_names:
        return list(range(controls.num_rows)), controls
    keys = zip(pairs[id_feature].to_pylist(), pairs[index].to_pylist(), strict=True)
    is_right = legitimate_mask(pairs)
    place_of = {key: row for row, key in enumerate(keys) if not is_right[row]}
    own = zip(
        controls[id_feature].to_pylist(), controls[columns.CONTROL_OF].to_pylist(), strict=True
    )
    joined = [(row, place_of[key]) for row, key in enumerate(own) if key in place_of]
    own_rows = [row for row, _ in joined]
    controls = controls.take(pa.array(own_rows, pa.int64()))
    rows = pairs.take(pa.array([place for _, place in joined], pa.int64()))
    for name in _OF_PAIRS:
        if name in rows.column_names and name in controls.column_names:
            controls = controls.set_column(controls.column_names.index(name), name, rows[name])
    return own_rows, controls


def _all_batches(source: Source) -> Iterator[pa.RecordBatch]:
    if isinstance(source, pa.Table):
        yield from source.to_batches(max_chunksize=_BATCH_ROWS)
        return
    for file in _files(source):
        with pq.ParquetFile(file, pre_buffer=False) as parquet:
            has_images = bool(image_columns(parquet.schema_arrow))
            yield from parquet.iter_batches(_IMAGE_ROWS if has_images else _BATCH_ROWS)


def _files(source: str | os.PathLike | Sequence[str]) -> list[str]:
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        if os.path.isdir(path):
            files = sorted(glob.glob(os.path.join(glob.escape(path), "*.parquet")))
        else:
            files = [path] if "://" in path else sorted(glob.glob(path))
    else:
        path, files = "", list(source)
    if not files:
        raise InputError(
            f"no scored pairs found at {path!r}; give the run's scored_pairs folder or a "
            "pattern of Parquet files"
        )
    return files
