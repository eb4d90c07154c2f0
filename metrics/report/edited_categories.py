"""What was changed in the pairs of each slice: how many edit a term of which category.

A slice of the data's own column says who a text is about, and not which word was changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.metrics.flips.slicing import is_pair_slice, memberships
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns, report_pb2
from fairflip.protos.edits import identity_pairs, legitimate_mask

#: (name of a slice, category) and how many of its pairs edit a term of that category.
Counted = tuple[tuple[str, str], int]


def own_slices(spec: StatisticsSpec) -> list[tuple[str, ...]]:
    """The slices by columns of the data."""
    return [tuple(features) for features in spec.slices if not is_pair_slice(features)]


def edited_in(batch: pa.RecordBatch, slices: Sequence[Sequence[str]]) -> Iterator[Counted]:
    """Counts a batch of pairs; a pair that edits two categories counts for both.

    Pairs marked flip_is_legitimate are left out, as of a slice's `num_pairs`.

    Args:
        batch: N pairs with the lists `columns.CATEGORY`, without which nothing is counted.
        slices: As `memberships` takes them.
    """
    batch = identity_pairs(batch)
    batch = batch.filter(pa.array(~legitimate_mask(batch)))
    if columns.CATEGORY not in batch.schema.names or not batch.num_rows:
        return
    lists = batch.column(columns.CATEGORY)
    if not (pa.types.is_list(lists.type) or pa.types.is_large_list(lists.type)):
        return
    encoded = pc.list_flatten(lists).cast(pa.string()).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    rows = pc.list_parent_indices(lists).to_numpy()[codes >= 0]
    names = encoded.dictionary.to_pylist()
    edits = np.zeros((batch.num_rows, len(names)), bool)
    edits[rows, codes[codes >= 0]] = True
    for member in memberships(batch, slices):
        if member.key.features:
            for name, number in zip(names, edits[member.rows].sum(axis=0), strict=True):
                if number and name:
                    yield (member.key.name, name), int(number)


class CountEditedCategories(beam.PTransform):
    """Batches of pairs to ((slice, category), number of pairs), each once."""

    def __init__(self, slices: Sequence[Sequence[str]]):
        """Takes the slices, from `own_slices`; one that is named twice counts once."""
        super().__init__()
        self._slices = list(dict.fromkeys(map(tuple, slices)))

    def expand(self, batches: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            batches
            | "CountBatches"
            >> beam.FlatMap(edited_in, self._slices).with_output_types(tuple[tuple[str, str], int])
            | "AddCounts" >> beam.CombinePerKey(sum)
        )


def add_edited_categories(
    models: Sequence[report_pb2.ModelReport], counts: Mapping[tuple[str, str], int]
) -> None:
    """Fills `edited_categories` of each slice, the most frequent first, in place."""
    of_slice: dict[str, list[tuple[int, str]]] = {}
    for (name, category), number in counts.items():
        of_slice.setdefault(name, []).append((-number, category))
    for model in models:
        for part in model.slices:
            for number, category in sorted(of_slice.get(part.slice, ())):
                part.edited_categories.add(category=category, num_pairs=-number)
