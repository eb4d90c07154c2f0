"""The Beam transforms give what one call over all rows gives, however the rows are split."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from scored_pairs import random_pairs
from test_pair_statistics import SLICES, THRESHOLDS, assert_same

from fairflip.metrics.batches.example_statistics import accumulate_examples
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.batches.transforms import (
    ComputeExampleStatistics,
    ComputePairStatistics,
    SliceKeyCoder,
)
from fairflip.metrics.flips.slicing import OVERALL, SliceKey

SPEC = StatisticsSpec(
    models=("base", "new"),
    thresholds=THRESHOLDS,
    slices=SLICES,
    label_column="label",
    weight_column="weight",
    num_buckets=8,
    num_example_ids=5,
)


FOUND: list = []


def keep(element):
    """Runs in this process: the runner pickles it by its name."""
    FOUND.append(element)


def run(batches, transform):
    """The transform's output as a dict, through the stages of a real runner."""
    FOUND.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = (
            pipeline
            | "Batches" >> beam.Create(batches)
            | "Spread" >> beam.Reshuffle()
            | "Compute" >> transform
            | "Keep" >> beam.Map(keep)
        )
    found = dict(FOUND)
    assert len(found) == len(FOUND), "a slice came twice"
    return found


@pytest.fixture(scope="module")
def table():
    return random_pairs(150, SPEC.models, 3, weighted=True, legitimate=True)


def test_pair_statistics_equal_one_call_over_all_rows(table):
    expected = accumulate(table, SPEC)
    found = run(table.to_batches(max_chunksize=17), ComputePairStatistics(SPEC))
    assert set(found) == set(expected)
    for key, statistics in expected.items():
        assert_same(found[key], statistics, SPEC)


def assert_same_examples(found, expected):
    assert set(found) == set(expected)
    for key, statistics in expected.items():
        total = statistics.total()
        assert found[key].num_examples == total.num_examples
        assert not len(found[key].pending.hashes)
        np.testing.assert_array_equal(found[key].counts.cells, total.counts.cells)
        np.testing.assert_allclose(found[key].weighted.cells, total.weighted.cells, rtol=1e-12)


def test_example_statistics_equal_one_call_over_all_rows(table):
    found = run(table.to_batches(max_chunksize=17), ComputeExampleStatistics(SPEC))
    assert_same_examples(found, accumulate_examples(table, SPEC))


def test_example_statistics_of_two_collections_equal_one_call_over_all_rows(table):
    ids = table.column(SPEC.id_column).to_pylist()
    middle = next(i for i in range(70, len(ids)) if ids[i] != ids[i - 1])
    own = [n for n in table.schema.names if not n.startswith("counterfactual.")]
    FOUND.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        paired = pipeline | "Paired" >> beam.Create(
            table.slice(0, middle).to_batches(max_chunksize=17)
        )
        unpaired = pipeline | "Unpaired" >> beam.Create(
            table.slice(middle).select(own).to_batches(max_chunksize=17)
        )
        _ = (
            (paired, unpaired)
            | "Compute" >> ComputeExampleStatistics(SPEC)
            | "Keep" >> beam.Map(keep)
        )
    assert_same_examples(dict(FOUND), accumulate_examples(table, SPEC))


def test_nothing_in_gives_an_empty_overall_slice():
    found = run([], ComputePairStatistics(SPEC))
    assert list(found) == [OVERALL]
    assert found[OVERALL].num_pairs == 0


def test_scattered_originals_stop_the_run(table):
    order = np.random.default_rng(0).permutation(table.num_rows)
    with pytest.raises(Exception, match="do not stand together"):
        run(table.take(order).to_batches(max_chunksize=50), ComputePairStatistics(SPEC))


def test_slice_keys_survive_hostile_values():
    coder = SliceKeyCoder()
    key = SliceKey((("gender", '"],["\n'), ("race", "é:_X_")))
    assert coder.decode(coder.encode(key)) == key
    assert coder.is_deterministic()
