"""Kinds of clusters against clusters one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fairflip.metrics.batches import grouped_rows
from fairflip.metrics.batches.clustered_rows import ClusteredRows, about_alike, grouped
from fairflip.metrics.intervals.hypothesis_tests import paired_cluster_test
from fairflip.metrics.intervals.rates_and_means import rate_difference, rate_interval
from fairflip.metrics.statistics.spec import StatisticsSpec

NAMES = (
    "positive",
    "negative",
    "negative_to_positive",
    "positive_to_negative",
    "count_differences",
    "flipped_originals",
)
SIZE = 256


def rows_of(seed: int, num_clusters: int, most: int) -> ClusteredRows:
    """Clusters of one or two originals with some pairs each, of two models."""
    rng = np.random.default_rng(seed)
    originals_of = np.repeat(np.arange(num_clusters), rng.integers(1, 3, num_clusters))
    sizes = rng.integers(1, most + 1, len(originals_of))
    originals = np.repeat(np.arange(len(originals_of)), sizes)
    before = rng.beta(0.6, 1.2, (2, len(originals_of)))[:, originals].round(2)
    moved = rng.normal(0, 0.2, before.shape) * (rng.random(before.shape) < 0.5)
    return ClusteredRows(
        clusters=np.repeat(originals_of, sizes),
        num_clusters=num_clusters,
        originals=originals.astype(np.uint64),
        labels=np.zeros(len(originals), np.uint8),
        weights=None,
        scores=before,
        counterfactual_scores=np.clip(before + moved, 0, 1).round(2),
    )


def spec_of(num_thresholds: int) -> StatisticsSpec:
    thresholds = tuple(np.linspace(0, 1, num_thresholds + 2)[1:-1].round(3).tolist())
    return StatisticsSpec(models=("m", "n"), thresholds=thresholds)


@pytest.mark.parametrize("most", [1, 3, 9])
@pytest.mark.parametrize("num_thresholds", [1, 9, 100])
@pytest.mark.parametrize("models", [[0], [1], [0, 1]])
def test_kinds_give_the_counts_intervals_and_tests_of_clusters(
    monkeypatch, most, num_thresholds, models
):
    monkeypatch.setattr(grouped_rows, "_MOST_KINDS", 1000)
    parts = [rows_of(1, 200, most), rows_of(2, 1, most), rows_of(3, 90, most)]
    spec = spec_of(num_thresholds)
    table = grouped(parts, SIZE)
    kinds = table.kinds(models, spec.ascending_thresholds)
    clusters = np.array([part.num_clusters for part in parts])
    assert (kinds.repeats.sum(axis=0) == clusters[:, None]).all()
    kinds_of = [kinds.by_name(number) for number in range(len(models))]
    for s, part in enumerate(parts):
        repeats = kinds.repeats[:, s]
        sums = [part.sums(model, spec) for model in models]
        for actual, dense in zip(kinds_of, sums, strict=True):
            for name in NAMES:
                expected = getattr(dense, name).sum(axis=0)
                np.testing.assert_array_equal((actual[name][:, None] * repeats).sum(0), expected)
            for name in ("pairs", "originals"):
                total = (actual[name][:, None] * repeats).sum(axis=0)
                np.testing.assert_array_equal(total, getattr(dense, name).sum())
            if part.num_clusters < 2:  # No interval is of one cluster.
                continue
            for numerator, denominator in (
                ("negative_to_positive", "pairs"),
                ("negative_to_positive", "negative"),
                ("positive_to_negative", "positive"),
                ("flipped_originals", "originals"),
            ):
                one = rate_interval(
                    actual[numerator][:, None],
                    actual[denominator][:, None],
                    part.num_clusters,
                    one_pair_each=False,
                    exact=True,
                    repeats=repeats,
                )
                other = rate_interval(
                    getattr(dense, numerator),
                    getattr(dense, denominator),
                    part.num_clusters,
                    one_pair_each=False,
                    exact=True,
                )
                for field, mine, theirs in zip(one._fields, one, other, strict=True):
                    np.testing.assert_allclose(mine, theirs, rtol=1e-11, err_msg=field)
            mine = paired_cluster_test(actual["count_differences"][:, None], repeats)
            theirs = paired_cluster_test(dense.count_differences)
            np.testing.assert_allclose(mine, theirs, rtol=1e-11)
        if len(models) == 2 and part.num_clusters > 1:
            mine = rate_difference(
                kinds_of[1]["flips"][:, None],
                kinds_of[0]["flips"][:, None],
                kinds_of[0]["pairs"][:, None],
                part.num_clusters,
                exact=True,
                repeats=repeats,
            )
            flips = [one.negative_to_positive + one.positive_to_negative for one in sums]
            theirs = rate_difference(
                flips[1], flips[0], sums[0].pairs, part.num_clusters, exact=True
            )
            for field, one, other in zip(mine._fields, mine, theirs, strict=True):
                np.testing.assert_allclose(one, other, rtol=1e-11, err_msg=field)


def test_both_ways_of_counting_codes_find_the_same(monkeypatch):
    table = grouped([rows_of(4, 200, 3), rows_of(5, 150, 3)], SIZE)
    thresholds = spec_of(9).ascending_thresholds
    actual = []
    for few in (32, 0):
        monkeypatch.setattr(grouped_rows, "_FEW_THRESHOLDS", few)
        actual.append(table.kinds([0], thresholds))
    for name, values in actual[0].by_name(0).items():
        np.testing.assert_array_equal(values, actual[1].by_name(0)[name])
    np.testing.assert_array_equal(actual[0].repeats, actual[1].repeats)


def test_sums_by_cluster_are_those_of_each_slice():
    parts, spec = [rows_of(6, 200, 3), rows_of(7, 40, 2)], spec_of(3)
    table = grouped(parts, SIZE)
    for s, part in enumerate(parts):
        dense, k = part.sums(1, spec), part.num_clusters
        flips = dense.negative_to_positive + dense.positive_to_negative
        for actual, expected in (
            (table.pairs, dense.pairs),
            (table.originals, dense.originals),
            (table.gaps(1), dense.gaps),
            (table.flips(1, spec.ascending_thresholds[1]), flips[:, 1]),
        ):
            np.testing.assert_array_equal(actual[:k, s], expected)
            assert not actual[k:, s].any()


def test_nothing_is_told_by_kind_where_kinds_are_many_or_clusters_large():
    rows, thresholds = rows_of(8, 200, 9), spec_of(100).ascending_thresholds
    assert grouped([rows], 200).kinds([0, 1], thresholds) is None
    whole = dataclasses.replace(rows, clusters=np.zeros_like(rows.clusters), num_clusters=1)
    assert grouped([whole], 2).kinds([0, 1], thresholds) is None


def test_slices_go_together_by_powers_of_two():
    assert about_alike([1, 2, 3, 4, 5, 9, 4]) == {2: [0, 1], 4: [2, 3, 6], 8: [4], 16: [5]}


@pytest.mark.parametrize("pairs_each", [1, 2])
@pytest.mark.parametrize("flipping", [False, True])
def test_clusters_that_are_all_alike_are_one_kind(pairs_each, flipping):
    """As of a model that always answers the same."""
    num = 40
    originals = np.repeat(np.arange(num), pairs_each)
    scores = np.full((2, len(originals)), 0.2)
    rows = ClusteredRows(
        clusters=originals,
        num_clusters=num,
        originals=originals.astype(np.uint64),
        labels=np.zeros(len(originals), np.uint8),
        weights=None,
        scores=scores,
        counterfactual_scores=scores + 0.6 * flipping,
    )
    spec = spec_of(1)
    kinds = grouped([rows], 64).kinds([0, 1], spec.ascending_thresholds)
    assert len(kinds.pairs) == 1
    repeats, dense = kinds.repeats[:, 0], rows.sums(0, spec)
    one, two = (kinds.by_name(number) for number in (0, 1))
    for numerator, denominator in (("flips", "pairs"), ("negative_to_positive", "negative")):
        flips = dense.negative_to_positive + dense.positive_to_negative
        own = (flips, dense.pairs[:, None]) if numerator == "flips" else (flips, dense.negative)
        mine = rate_interval(
            one[numerator][:, None],
            one[denominator][:, None],
            num,
            one_pair_each=False,
            exact=True,
            repeats=repeats,
        )
        theirs = rate_interval(*own, num, one_pair_each=False, exact=True)
        np.testing.assert_allclose(np.array(mine), np.array(theirs), rtol=1e-11)
    mine = rate_difference(
        two["flips"][:, None], one["flips"][:, None], one["pairs"][:, None], num,
        exact=True, repeats=repeats,
    )  # fmt: skip
    theirs = rate_difference(flips, flips, dense.pairs[:, None], num, exact=True)
    np.testing.assert_allclose(np.array(mine), np.array(theirs), rtol=1e-11)
