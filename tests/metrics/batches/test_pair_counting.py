"""Pairs and their originals counted on one reading are, to the byte, those counted by themselves."""

from __future__ import annotations

import dataclasses

import pytest

from fairflip.metrics.batches.pair_counting import accumulate, accumulate_with_examples
from fairflip.metrics.flips.slicing import OVERALL
from fairflip.metrics.statistics import example_statistics, kept_rows
from fairflip.metrics.statistics.example_statistics import accumulate_examples
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding
from support.metrics.pair_statistics import SLICES, THRESHOLDS
from support.metrics.scored_pairs import random_pairs

MODELS = ("base", "new")
PLAIN = StatisticsSpec(models=MODELS, thresholds=THRESHOLDS, slices=SLICES, label_column="label")


def batches_of(**how):
    table = random_pairs(400, MODELS, 5, grid=None, **how)
    return table.to_batches(max_chunksize=150)


def assert_same_bytes(batches, spec):
    pairs, examples = accumulate_with_examples(batches, spec)
    for actual, expected in (
        (pairs, accumulate(batches, spec, must_be_together=True)),
        (examples, accumulate_examples(batches, spec, must_be_together=True)),
    ):
        assert list(actual) == list(expected)
        for key, one in expected.items():
            assert encoding.encode(actual[key]) == encoding.encode(one), key
    assert len(examples) < len(pairs), "slices by what was changed are none of originals"
    return pairs, examples


@pytest.mark.parametrize("most", [10_000, 60])
@pytest.mark.parametrize("how", ["plain", "weighted", "legitimate", "seeded", "clustered"])
def test_both_are_as_by_themselves(how, most, monkeypatch):
    monkeypatch.setattr(kept_rows, "MAX_CLUSTERS", most)
    monkeypatch.setattr(example_statistics, "MAX_CLUSTERS", most)
    monkeypatch.setattr(kept_rows, "SAMPLE_SIZE", 2 * most)
    spec = dataclasses.replace(
        PLAIN,
        weight_column="weight" if how == "weighted" else None,
        seed=7 if how == "seeded" else 0,
        cluster_column="race" if how == "clustered" else None,
    )
    batches = batches_of(weighted=how == "weighted", legitimate=how == "legitimate")
    _, examples = assert_same_bytes(batches, spec)
    assert examples[OVERALL].kept_rows.is_complete == (most == 10_000)


def test_small_slices_are_as_by_themselves(monkeypatch):
    monkeypatch.setattr(example_statistics, "MANY", 1)
    assert_same_bytes(batches_of(), PLAIN)


def test_where_pairs_are_too_many_to_be_kept_and_originals_are_not(monkeypatch):
    monkeypatch.setattr(kept_rows, "MAX_ROWS", 500)
    monkeypatch.setattr(example_statistics, "MAX_CLUSTERS", 60)
    pairs, examples = assert_same_bytes(batches_of(), PLAIN)
    assert not pairs[OVERALL].kept_rows.is_complete
    assert examples[OVERALL].kept_rows.is_complete
