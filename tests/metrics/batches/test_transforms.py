"""The Beam transforms give what one call over all rows gives, however the rows are split."""

from __future__ import annotations

import dataclasses

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.bundle_sums import Part
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.batches.transforms import (
    ComputePairStatistics,
    PairStatisticsOfParts,
    StatisticsOfParts,
)
from fairflip.metrics.flips.slicing import OVERALL
from fairflip.metrics.statistics.example_statistics import accumulate_examples
from fairflip.metrics.statistics.spec import StatisticsSpec
from support.metrics.pair_statistics import SLICES, THRESHOLDS, assert_same, run_transform
from support.metrics.scored_pairs import random_pairs

SPEC = StatisticsSpec(
    models=("base", "new"),
    thresholds=THRESHOLDS,
    slices=SLICES,
    label_column="label",
    weight_column="weight",
    num_buckets=8,
    num_example_ids=5,
)


@pytest.fixture(scope="module")
def table():
    return random_pairs(150, SPEC.models, 3, weighted=True, legitimate=True)


def statistics_of(batches):
    """`ComputePairStatistics` of one spec: its one element."""
    named = ComputePairStatistics(SPEC) | "Named" >> beam.Map(lambda slices: ("", slices))
    return run_transform(batches, named)[""]


def test_pair_statistics_equal_one_call_over_all_rows(table):
    expected = accumulate(table, SPEC)
    actual = statistics_of(table.to_batches(max_chunksize=17))
    assert set(actual) == set(expected)
    for key, statistics in expected.items():
        assert_same(actual[key], statistics, SPEC)


def assert_same_examples(actual, expected):
    assert set(actual) == set(expected)
    for key, statistics in expected.items():
        total = statistics.total()
        assert actual[key].num_examples == total.num_examples
        assert not len(actual[key].pending.hashes)
        np.testing.assert_array_equal(actual[key].counts.cells, total.counts.cells)
        np.testing.assert_allclose(actual[key].weighted.cells, total.weighted.cells, rtol=1e-12)


class OfBoth(beam.PTransform):
    """Statistics of pairs and of examples by (kind, part's name)."""

    def __init__(self, parts, others):
        super().__init__()
        self.parts, self.others = parts, others

    def expand(self, batches):
        both = batches | StatisticsOfParts(self.parts, self.others)
        return (
            tuple(
                one | f"Of{kind}" >> beam.MapTuple(lambda name, sums, k=kind: ((k, name), sums))
                for kind, one in zip(("pairs", "examples"), both, strict=True)
            )
            | beam.Flatten()
        )


def test_statistics_of_examples_equal_one_call_over_all_rows(table):
    batches = (table.to_batches(max_chunksize=17), [])
    parts = [Part("all", SPEC), Part("pairs alone", SPEC)]
    actual = run_transform(batches, OfBoth(parts, parts[:1]))
    assert set(actual) == {("pairs", "all"), ("pairs", "pairs alone"), ("examples", "all")}
    assert_same_examples(actual["examples", "all"], accumulate_examples(table, SPEC))
    for key, statistics in accumulate(table, SPEC).items():
        assert_same(actual["pairs", "all"][key], statistics, SPEC)
        assert_same(actual["pairs", "pairs alone"][key], statistics, SPEC)


def test_statistics_of_two_collections_equal_one_call_over_all_rows(table):
    ids = table.column(SPEC.id_column).to_pylist()
    middle = next(i for i in range(70, len(ids)) if ids[i] != ids[i - 1])
    own = [n for n in table.schema.names if not n.startswith("counterfactual.")]
    paired = table.slice(0, middle).to_batches(max_chunksize=17)
    unmatched = table.slice(middle).select(own).to_batches(max_chunksize=17)
    parts = [Part("", SPEC)]
    actual = run_transform((paired, unmatched), OfBoth(parts, parts))
    assert_same_examples(actual["examples", ""], accumulate_examples(table, SPEC))
    for key, statistics in accumulate(table.slice(0, middle), SPEC).items():
        assert_same(actual["pairs", ""][key], statistics, SPEC)


def test_of_unmatched_originals_a_part_may_choose_others(table):
    unmatched = table.to_batches(max_chunksize=17)
    parts = [Part("", SPEC)]
    actual = run_transform(([], unmatched), OfBoth(parts, [Part("", SPEC, first_rows)]))
    few = pa.Table.from_batches([batch.slice(0, 5) for batch in unmatched])
    assert_same_examples(actual["examples", ""], accumulate_examples(few, SPEC))


def first_rows(batch):
    """Chooses rows in a worker."""
    return batch.slice(0, 5)


def no_rows(batch):
    return batch.slice(0, 0)


def test_parts_are_counted_in_one_pass_as_each_is_by_itself(table):
    batches = table.to_batches(max_chunksize=50)
    unlabelled = dataclasses.replace(SPEC, models=("new",), label_column=None, slices=())
    parts = [
        Part("all", SPEC),
        Part("one model", unlabelled),
        Part("some rows", SPEC, first_rows),
        Part("none", unlabelled, no_rows),
    ]
    actual = run_transform(batches, PairStatisticsOfParts(parts))
    few = pa.Table.from_batches([batch.slice(0, 5) for batch in batches])
    for name, rows, spec in (
        ("all", table, SPEC),
        ("one model", table, unlabelled),
        ("some rows", few, SPEC),
        ("none", table.slice(0, 0), unlabelled),
    ):
        own = actual[name]
        expected = accumulate(rows, spec) if rows.num_rows else {}
        assert set(own) == {OVERALL, *expected}
        for key, statistics in expected.items():
            assert_same(own[key], statistics, spec)
    assert actual["none"][OVERALL].num_pairs == 0


def test_nothing_in_gives_an_empty_overall_slice():
    actual = statistics_of([])
    assert list(actual) == [OVERALL]
    assert actual[OVERALL].num_pairs == 0


def test_scattered_originals_stop_the_run(table):
    order = np.random.default_rng(0).permutation(table.num_rows)
    with pytest.raises(Exception, match="do not stand together"):
        statistics_of(table.take(order).to_batches(max_chunksize=50))
