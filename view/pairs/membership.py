"""Which rows of scored pairs are in a slice that is named as in a report."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns
from fairflip.protos.slice_names import parts_of_cross
from fairflip.view.pairs.parts import Part


def in_slice(batch: pa.RecordBatch, slice_name: str) -> np.ndarray:
    """Which rows are in a slice named as in the report, bool [rows].

    A pair belongs to each value of a multi-valued feature. For a cross
    (``gender_X_race:female_X_black``) all its parts must hold; names that hold
    ``_X_`` or ``:`` themselves are tried at every place where they can be cut.
    """
    if slice_name == "Overall":
        return np.ones(batch.num_rows, dtype=bool)
    for features, values in _parts_of(slice_name):
        names = [columns.slicing(feature) for feature in features]
        if not set(names) <= set(batch.schema.names):
            continue
        inside = np.ones(batch.num_rows, dtype=bool)
        for name, value in zip(names, values, strict=True):
            inside &= _holds(batch.column(batch.schema.get_field_index(name)), value)
        return inside
    return np.zeros(batch.num_rows, dtype=bool)


def columns_of(slices: Sequence[str]) -> list[str]:
    """The columns that any of these slices may read."""
    return sorted(
        {
            columns.slicing(feature)
            for name in slices
            for features, _ in _parts_of(name)
            for feature in features
        }
    )


def positions(
    table: pa.Table, slices: Sequence[str], parts: Sequence[Part] = ()
) -> list[tuple[int, ...]]:
    """For each row the positions of its slices, and after these of its parts."""
    if not (slices or parts) or not table.num_rows:
        return [()] * table.num_rows
    batch = table.combine_chunks().to_batches()[0]
    inside = [in_slice(batch, name) for name in slices]
    for part in parts:
        is_told = set(part.columns) <= set(batch.schema.names)
        inside.append(part.mask(batch) if is_told else np.zeros(batch.num_rows, dtype=bool))
    return [tuple(np.flatnonzero(row).tolist()) for row in np.stack(inside, axis=1)]


def _parts_of(slice_name: str) -> Iterator[tuple[list[str], list[str]]]:
    for cut in (match.start() for match in re.finditer(":", slice_name)):
        features, values = slice_name[:cut], slice_name[cut + 1 :]
        yield [features], [values]
        split = parts_of_cross(features), parts_of_cross(values)
        if len(split[0]) > 1 and len(split[0]) == len(split[1]):
            yield split


def _holds(column: pa.Array, value: str) -> np.ndarray:
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        flat = pc.cast(pc.list_flatten(column), pa.string())
        parents = np.asarray(pc.list_parent_indices(column))
        inside = np.zeros(len(column), dtype=bool)
        inside[parents[np.asarray(pc.fill_null(pc.equal(flat, value), False), dtype=bool)]] = True
        return inside
    text = pc.cast(column, pa.string())
    return np.asarray(pc.fill_null(pc.equal(text, value), False), dtype=bool)
