"""Samples of originals merge to the smallest hashes of both, each once, however they stand."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fairflip.metrics.statistics import kept_rows
from fairflip.metrics.statistics.kept_rows import KeptRows

IDS = st.lists(st.integers(0, 40), max_size=30, unique=True)


def sample_of(ids, first_score, limit):
    """Rows of some originals, each with a score of its own."""
    rows = KeptRows.zero(1, False, one_row_each=True)
    return dataclasses.replace(
        rows,
        clusters=np.array(ids, np.uint64),
        labels=np.arange(len(ids)).astype(np.uint8) % 3,
        scores=first_score + np.arange(len(ids), dtype=np.float64)[:, None],
        num_rows=len(ids) + 1,
        limit=limit,
        weight_range=np.ones(2),
        is_complete=False,
    )


@given(one=IDS, other=IDS, limit=st.integers(1, 12), are_sorted=st.booleans())
def test_a_sample_of_both_has_the_smallest_of_both(one, other, limit, are_sorted):
    if are_sorted:
        one, other = sorted(one)[:limit], sorted(other)[:limit]
    parts = sample_of(one, 100.0, limit), sample_of(other, 200.0, limit)
    merged = parts[0] + parts[1]
    rows = {}
    for ids, part in zip((one, other), parts, strict=True):
        for place, value in enumerate(ids):
            rows.setdefault(value, (part.labels[place], part.scores[place, 0]))
    smallest = sorted(rows)[: min(limit, kept_rows.SAMPLE_SIZE)]
    assert merged.clusters.tolist() == smallest
    assert merged.labels.tolist() == [rows[value][0] for value in smallest]
    assert merged.scores[:, 0].tolist() == [rows[value][1] for value in smallest]
    assert merged.num_rows == parts[0].num_rows + parts[1].num_rows
