"""Scored pairs as they lie in a run's folder: batch by batch, or a few rows by their IDs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

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
#: The same of images.
_IMAGE_ROWS = 64
#: What a control has from its pair, where its membership of slices and parts is asked for.
_OF_PAIRS = (columns.TERM, columns.GROUP, columns.VALIDITY, columns.DOUBTS)


def scored_batches(
    source: Source, *, with_controls: bool = False, without: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """Scored pairs batch by batch.

    No more of a file is held than a row group as it lies there.

    Args:
      source: where they are.
      with_controls: the rows that are controls, too.
      without: columns of files that are not read, as those that `images_of` gives for some rows.

    Raises:
      InputError: nothing is found there.
    """
    for batch in _all_batches(source, without):
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


def image_names(source: Source | None, names: Sequence[str]) -> list[str]:
    """Those of some columns that hold images in files; none of a table.

    Args:
      source: where the scored pairs are, if anywhere.
      names: of columns.
    """
    if source is None or isinstance(source, pa.Table):
        return []
    there = image_columns(ds.dataset(_files(source)).schema)
    return [name for name in names if name in there]


def images_of(
    source: Source | None, id_feature: str, rows: pa.Table, names: Sequence[str]
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The images of some rows, one row after the other as they lie in the files.

    Args:
      source: where the scored pairs are, if anywhere.
      id_feature: column with the original's ID.
      rows: with the ID and `columns.COUNTERFACTUAL_INDEX`.
      names: of columns, from `image_names`.

    Returns:
      The position of a row, and by name what the file has in these columns.
    """
    keys = [id_feature, columns.COUNTERFACTUAL_INDEX]
    is_told = bool(names) and set(keys) <= set(rows.column_names)
    if source is None or isinstance(source, pa.Table) or not is_told:
        return
    place_of = {key: place for place, key in enumerate(_keys(rows, keys))}
    for file in _files(source):
        with pq.ParquetFile(file, pre_buffer=False) as parquet:
            for group in range(parquet.num_row_groups):
                own = _keys(parquet.read_row_group(group, columns=keys), keys)
                places = [place_of.get(key) for key in own]
                if all(place is None for place in places):
                    continue
                start = 0
                for batch in parquet.iter_batches(
                    _IMAGE_ROWS, row_groups=[group], columns=list(names)
                ):
                    for row, place in enumerate(places[start : start + batch.num_rows]):
                        if place is not None:
                            [images] = batch.slice(row, 1).to_pylist()
                            yield place, images
                    start += batch.num_rows


def _keys(rows: pa.Table, names: Sequence[str]) -> list[tuple[Any, ...]]:
    return list(zip(*(rows[name].to_pylist() for name in names), strict=True))


def _all_batches(source: Source, without: Sequence[str]) -> Iterator[pa.RecordBatch]:
    if isinstance(source, pa.Table):
        yield from source.to_batches(max_chunksize=_BATCH_ROWS)
        return
    for file in _files(source):
        with pq.ParquetFile(file, pre_buffer=False) as parquet:
            schema = parquet.schema_arrow
            has_images = not set(image_columns(schema)) <= set(without)
            rows = _IMAGE_ROWS if has_images else _BATCH_ROWS
            wanted = [name for name in schema.names if name not in without]
            yield from parquet.iter_batches(rows, columns=wanted if without else None)


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
