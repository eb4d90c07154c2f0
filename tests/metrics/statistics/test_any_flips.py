"""Originals and clusters of which any pair flips, in any order and grouping of batches."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import OVERALL
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics import any_flips, kept_rows
from fairflip.metrics.statistics.any_flips import AnyFlips
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding
from support.metrics.controlled_pairs import controlled_pairs

SPEC = StatisticsSpec(
    models=("base", "new"),
    thresholds=(0.5, 0.1, 0.85),
    weight_column="weight",
    cluster_column="template",
    num_buckets=8,
)


@pytest.fixture(scope="module")
def table():
    return controlled_pairs(200, seed=7, templates=25, weighted=True, grid=20)


def flips_of(table, model: str, threshold: float):
    rows = table.to_pandas()
    rows = rows[rows["edit"] == "identity"]
    before = rows[f"score.{model}"] > threshold
    return rows, before != (rows[f"counterfactual.score.{model}"] > threshold)


def merged(table, edges, spec=SPEC):
    total = None
    for start, end in reversed(list(zip([0, *edges], [*edges, table.num_rows], strict=True))):
        part = accumulate(table.slice(start, end - start), spec)[OVERALL].any_flips
        sent = encoding.decode(AnyFlips, encoding.encode(part))
        total = sent if total is None else sent + total
    return total


@pytest.mark.parametrize("step", [1, 7, 64, 10_000])
def test_sums_equal_a_direct_count_however_batches_are_cut(table, step):
    # Of single rows a hundred, and the others at once.
    actual = merged(table, list(range(step, table.num_rows, step))[:100])
    originals, flipped = actual.totals()
    shares, num = actual.clusters.shares(2, 3)
    assert num == actual.clusters.count
    for model, name in enumerate(SPEC.models):
        for threshold in SPEC.thresholds:
            rows, flips = flips_of(table, name, threshold)
            by_original = rows.assign(flip=flips).groupby("example_id")
            weights = by_original["weight"].first()
            assert originals.sum() == pytest.approx(weights.sum())
            position = SPEC.position(threshold)
            expected = weights[by_original["flip"].any()].sum()
            assert flipped[model, :, position].sum() == pytest.approx(expected)
            by_template = flips.groupby(rows["template"]).any()
            assert actual.clusters.count == len(by_template)
            assert shares[model, position] == pytest.approx(by_template.mean())


def test_of_many_clusters_a_sample_is_kept_in_any_order(table, monkeypatch):
    spec = dataclasses.replace(SPEC, cluster_column="example_id")
    whole = merged(table, [], spec).clusters
    monkeypatch.setattr(any_flips, "MAX_CLUSTERS", 80)
    one, other = (merged(table, edges, spec).clusters for edges in ([], [50, 99, 200]))
    assert not one.is_complete
    assert len(one.hashes) == 80
    np.testing.assert_array_equal(one.hashes, whole.hashes[:80])
    np.testing.assert_array_equal(one.hashes, other.hashes)
    np.testing.assert_array_equal(one.flips, whole.flips[:80])
    np.testing.assert_array_equal(one.flips, other.flips)
    assert one.count == pytest.approx(200, rel=0.3)


@pytest.mark.parametrize("cluster", [None, "template"])
def test_slices_that_keep_no_rows_have_the_same_values(table, monkeypatch, cluster):
    spec = dataclasses.replace(SPEC, cluster_column=cluster)

    def overall():
        models, _ = build_models_and_comparisons(accumulate(table, spec), {}, spec)
        return [model.slices[0] for model in models]

    exact = overall()
    monkeypatch.setattr(kept_rows, "MAX_ROWS", 50)
    for one, other in zip(overall(), exact, strict=True):
        assert one.by_bucket
        assert not other.by_bucket
        assert one.num_clusters == other.num_clusters == (25 if cluster else one.num_originals)
        for entry, wanted in zip(one.thresholds, other.thresholds, strict=True):
            for field in ("originals_with_flip", "clusters_with_flip"):
                near, known = getattr(entry, field), getattr(wanted, field)
                assert near.value == pytest.approx(known.value)
                assert near.lower <= near.value <= near.upper


def test_without_clusters_both_shares_are_one(table):
    spec = dataclasses.replace(SPEC, cluster_column=None)
    models, _ = build_models_and_comparisons(accumulate(table, spec), {}, spec)
    for entry in models[0].slices[0].thresholds:
        assert entry.clusters_with_flip == entry.originals_with_flip
