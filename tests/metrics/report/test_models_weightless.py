"""Pairs of weight 0 are counted, and move no rate, no interval and no test of rates."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import OVERALL
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.report.terms import to_coverage
from fairflip.metrics.statistics import any_flips, kept_rows
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.statistics.terms import accumulate_terms
from fairflip.metrics.sums import encoding
from support.metrics.controlled_pairs import controlled_pairs

SPEC = StatisticsSpec(
    models=("base", "new"), thresholds=(0.5, 0.1), weight_column="weight", label_column="label"
)
#: Numbers of pairs and originals, which count those of weight 0, too, and a test on such numbers.
COUNTED = ("count", "num_pairs", "num_originals", "direction_p_value", "by_bucket")


def with_weight(table: pa.Table, weight: float | None, prefix: str) -> pa.Table:
    """The identity pairs, under IDs and templates of their own."""
    rows = table.to_pandas()
    rows = rows[rows["edit"] == "identity"].drop(columns=["control_kind", "control_of"])
    for name in ("example_id", "template"):
        rows[name] = prefix + rows[name].astype(str)
    if weight is not None:
        rows["weight"] = weight
    return pa.Table.from_pandas(rows, preserve_index=False)


@pytest.fixture(scope="module")
def tables() -> tuple[pa.Table, pa.Table]:
    weighted = with_weight(controlled_pairs(80, seed=3, templates=35, weighted=True), None, "a")
    nothing = with_weight(controlled_pairs(60, seed=4, templates=40, weighted=True), 0.0, "b")
    return weighted, pa.concat_tables([weighted, nothing], promote_options="permissive")


def fields_of(message) -> dict[str, str]:
    """Every field but those that count, as text: NaN equals NaN."""
    return {
        field.name: str(value)
        for field, value in message.ListFields()
        if not any(part in field.name for part in (*COUNTED, "thresholds", "matched"))
    }


def parts_of(table: pa.Table, spec: StatisticsSpec) -> list:
    """All that a report says of Overall, message by message."""
    models, comparisons = build_models_and_comparisons(accumulate(table, spec), {}, spec)
    slices = [model.slices[0] for model in models] + [one.slices[0] for one in comparisons]
    return [one for part in slices for one in (part, part.matched, *part.thresholds)]


@pytest.mark.parametrize("cluster", [None, "template"])
@pytest.mark.parametrize("by_bucket", [False, True])
def test_no_rate_and_no_interval_knows_of_them(tables, monkeypatch, cluster, by_bucket):
    spec = dataclasses.replace(SPEC, cluster_column=cluster)
    if by_bucket:
        monkeypatch.setattr(kept_rows, "MAX_ROWS", 50)
    wanted, actual = (parts_of(table, spec) for table in tables)
    assert len(actual) == 2 * 4 + 4
    for one, other in zip(actual, wanted, strict=True):
        assert fields_of(one) == fields_of(other)
    weighted, everything = tables
    overall = actual[0]
    assert overall.num_pairs == everything.num_rows > weighted.num_rows
    assert overall.num_originals == len(set(everything["example_id"].to_pylist()))
    of = weighted[cluster or "example_id"].to_pylist()
    assert overall.num_clusters == len(set(of))
    assert overall.by_bucket == by_bucket


def test_the_test_of_directions_is_one_of_numbers_and_counts_them(tables):
    _, everything = tables
    rows = everything.to_pandas().groupby("example_id").first().reset_index()
    [model] = build_models_and_comparisons(
        accumulate(pa.Table.from_pandas(rows, preserve_index=False), spec := one_model()), {}, spec
    )[0]
    before, after = rows["score.base"] > 0.5, rows["counterfactual.score.base"] > 0.5
    rises, falls = int((~before & after).sum()), int((before & ~after).sum())
    from scipy.stats import binomtest

    at = model.slices[0].thresholds[0]
    assert at.negative_to_positive_count == rises
    # One pair an original: McNemar's exact test, although some weigh nothing.
    assert at.direction_p_value == pytest.approx(binomtest(rises, rises + falls).pvalue)


def one_model() -> StatisticsSpec:
    return dataclasses.replace(SPEC, models=("base",))


def test_clusters_with_a_weight_are_counted_in_any_order_of_batches(tables, monkeypatch):
    _, everything = tables
    spec = dataclasses.replace(SPEC, cluster_column="template")
    order = np.argsort(everything["example_id"].to_pylist(), kind="stable")[::-1]
    rows = everything.take(pa.array(order))
    parts = [accumulate(rows.slice(start, 37), spec)[OVERALL] for start in range(0, len(rows), 37)]
    total = SliceStatistics.zero(spec)
    for part in parts:
        total = total + encoding.decode(SliceStatistics, encoding.encode(part))
    clusters = everything.to_pandas().groupby("template")["weight"].sum()
    assert total.num_clusters == (clusters > 0).sum() < len(clusters)
    assert total.num_clusters_of_any_weight == len(clusters)
    originals = everything.to_pandas().groupby("example_id")["weight"].sum()
    assert total.originals.num_weighted == (originals > 0).sum() < len(originals)
    monkeypatch.setattr(any_flips, "MAX_CLUSTERS", 40)
    limited = accumulate(everything, spec)[OVERALL]
    assert limited.num_clusters == pytest.approx((clusters > 0).sum(), rel=0.4)


def test_terms_have_the_same_intervals(tables):
    spec = one_model()
    wanted, actual = (
        {
            term: to_coverage(term, one, spec)
            for term, one in accumulate_terms([table.combine_chunks()], spec).items()
        }
        for table in tables
    )
    assert set(wanted) == set(actual)
    for term, one in actual.items():
        assert one.num_pairs > wanted[term].num_pairs
        for field in ("flip_rate", "ctf_gap"):
            assert getattr(one, field)["base"] == getattr(wanted[term], field)["base"]
