"""Rows that slices keep, in one table: in the order of each slice's own."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fairflip.metrics.batches.clustered_rows import ClusteredRows, grouped, rows_in_columns
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import parse_slices
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums.sum_columns import SumColumns
from support.metrics.sliced_pairs import MODELS, sliced_pairs


@pytest.mark.parametrize("scattered", [False, True])
def test_rows_of_many_slices_stand_as_those_of_each(scattered):
    """Scattered: the rows of an original came from several batches, with others between them."""
    rng = np.random.default_rng(1)
    which = np.repeat(np.arange(400), rng.integers(1, 4, 400))
    spec = StatisticsSpec(models=MODELS, slices=parse_slices(["race", "word"]))
    sums = list(accumulate(sliced_pairs(rng, which, topics=3, words=4), spec).values())
    if scattered:
        sums = [
            dataclasses.replace(
                one, kept_rows=one.kept_rows.take(rng.permutation(one.kept_rows.num_rows))
            )
            for one in sums
        ]
    size = max(one.num_clusters for one in sums)
    actual = rows_in_columns(SumColumns.of(SliceStatistics, sums), size)
    expected = grouped([ClusteredRows.of(one.kept_rows) for one in sums], size)
    assert actual is not None
    for field in dataclasses.fields(expected):
        one, other = getattr(actual, field.name), getattr(expected, field.name)
        np.testing.assert_array_equal(one, other, err_msg=field.name)
