"""The report's numbers are those of a direct computation on the rows."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import false_discovery_control

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.flips.slicing import OVERALL
from fairflip.metrics.intervals import rates_and_means
from fairflip.metrics.intervals.hypothesis_tests import mcnemar_exact
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.example_statistics import accumulate_examples
from fairflip.metrics.statistics.pair_statistics import SliceStatistics, merge
from fairflip.metrics.statistics.spec import StatisticsSpec
from support.metrics.pair_statistics import SLICES, rows_by_slice
from support.metrics.scored_pairs import random_pairs

SPEC = StatisticsSpec(
    models=("base", "new"),
    thresholds=(0.5, 0.1, 0.85),
    slices=SLICES,
    label_column="label",
    weight_column="weight",
    num_buckets=16,
    min_slice_size=20,
)


def build(table, spec):
    statistics = accumulate(table, spec)
    return build_models_and_comparisons(statistics, accumulate_examples(table, spec), spec)


@pytest.fixture(scope="module")
def table():
    return random_pairs(200, SPEC.models, 21, weighted=True, legitimate=True, grid=None)


@pytest.fixture(scope="module")
def built(table):
    return build(table, SPEC)


class Columns:
    """The rows of one slice as arrays."""

    def __init__(self, rows, model):
        self.p = np.array([row[f"score.{model}"] for row in rows])
        self.q = np.array([row[f"counterfactual.score.{model}"] for row in rows])
        self.w = np.array([row["weight"] for row in rows])
        self.y = np.array([row["label"] for row in rows])
        self.ids = np.array([row["example_id"] for row in rows])
        self.clusters = np.unique(self.ids, return_inverse=True)[1]

    def sums(self, values):
        return np.bincount(self.clusters, self.w * values)


def direct_auc(scores, labels, weights):
    positive, negative = labels == 1, labels == 0
    above = scores[positive][:, None] - scores[negative][None, :]
    w = weights[positive][:, None] * weights[negative][None, :]
    return (w * ((above > 0) + 0.5 * (above == 0))).sum() / w.sum()


def check_interval(actual, expected):
    assert actual.value == pytest.approx(float(expected.value), rel=1e-8, abs=1e-8, nan_ok=True)
    assert actual.lower == pytest.approx(float(expected.lower), rel=1e-8, abs=1e-8, nan_ok=True)
    assert actual.upper == pytest.approx(float(expected.upper), rel=1e-8, abs=1e-8, nan_ok=True)


def test_slices_equal_a_direct_computation(table, built):
    models, _ = built
    rows_of = rows_by_slice(table, SPEC)
    assert [m.name for m in models] == ["base", "new"]
    assert [m.is_baseline for m in models] == [True, False]
    for model in models:
        assert model.slices[0].slice == "Overall"
        assert {s.slice for s in model.slices} == set(rows_of)
        for actual in model.slices:
            marked = [row for row in rows_of[actual.slice] if row["flip_is_legitimate"]]
            rows = [row for row in rows_of[actual.slice] if not row["flip_is_legitimate"]]
            c = Columns(rows, model.name)
            n = len(set(c.ids))
            assert (actual.num_pairs, actual.num_originals) == (len(rows), n)
            assert actual.num_legitimate_pairs == len(marked)
            legitimate = Columns(marked, model.name)
            assert (
                actual.num_legitimate_flips == ((legitimate.p > 0.5) != (legitimate.q > 0.5)).sum()
            )
            assert actual.weighted_num_pairs == pytest.approx(c.w.sum())
            gap = np.abs(c.q - c.p)
            ones = c.sums(np.ones(len(rows)))
            check_interval(
                actual.ctf_gap,
                rates_and_means.mean_interval(c.sums(gap), ones, n, 0.95, (0, 1), True),
            )
            check_interval(
                actual.signed_ctf_gap,
                rates_and_means.mean_interval(c.sums(c.q - c.p), ones, n, 0.95, (-1, 1), True),
            )
            assert actual.positive_rate == pytest.approx(np.average(c.p > 0.5, weights=c.w))
            assert actual.counterfactual_positive_rate == pytest.approx(
                np.average(c.q > 0.5, weights=c.w)
            )
            assert actual.accuracy == pytest.approx(np.average((c.p > 0.5) == c.y, weights=c.w))
            negative = c.y == 0
            if negative.any():
                assert actual.false_positive_rate == pytest.approx(
                    np.average(c.p[negative] > 0.5, weights=c.w[negative])
                )
            assert actual.auc == pytest.approx(direct_auc(c.p, c.y, c.w), abs=1e-12)
            assert actual.auc_interval.lower <= actual.auc <= actual.auc_interval.upper
            assert actual.too_few_to_say or n >= SPEC.min_slice_size
            kish = ones.sum() ** 2 / np.square(ones).sum()
            assert actual.num_independent == pytest.approx(kish)
            assert actual.has_few_originals == (min(n, kish) < max(30, SPEC.min_slice_size))
            assert actual.too_few_to_say or not actual.has_few_originals
            for quantile in actual.ctf_gap_quantiles:
                order = np.argsort(gap)
                reached = np.cumsum(c.w[order]) >= quantile.quantile * c.w.sum()
                assert quantile.value == pytest.approx(gap[order][np.argmax(reached)], rel=0.01)
            assert [t.threshold for t in actual.thresholds] == list(SPEC.thresholds)
            for entry in actual.thresholds:
                t = entry.threshold
                up, down = (c.p <= t) & (c.q > t), (c.p > t) & (c.q <= t)
                assert entry.negative_to_positive_count == up.sum()
                assert entry.positive_to_negative_count == down.sum()
                assert entry.flip_count == (up | down).sum()
                assert entry.negative_count == (c.p <= t).sum()
                assert entry.positive_count == (c.p > t).sum()
                for name, part, whole in (
                    ("flip_rate", up | down, np.ones_like(up)),
                    ("negative_to_positive_rate", up, np.ones_like(up)),
                    ("positive_to_negative_rate", down, np.ones_like(up)),
                    ("negative_to_positive_rate_given_negative", up, c.p <= t),
                    ("positive_to_negative_rate_given_positive", down, c.p > t),
                ):
                    expected = rates_and_means.rate_interval(
                        c.sums(part), c.sums(whole), n, 0.95, exact=True
                    )
                    check_interval(getattr(entry, name), expected)


def test_matched_thresholds_and_comparisons(table, built):
    models, (comparison,) = built
    rows_of = rows_by_slice(table, SPEC)
    p_values = []
    assert (comparison.baseline, comparison.candidate) == ("base", "new")
    for position, actual in enumerate(comparison.slices):
        rows = [row for row in rows_of[actual.slice] if not row["flip_is_legitimate"]]
        base, new = Columns(rows, "base"), Columns(rows, "new")
        n, ones = len(set(base.ids)), base.sums(np.ones(len(rows)))
        t = matched_threshold(new.p, new.w, np.average(base.p > 0.5, weights=base.w), 0.5)
        assert actual.matched.threshold == t == models[1].slices[position].matched.threshold
        before = (base.p > 0.5) != (base.q > 0.5)
        after = (new.p > t) != (new.q > t)
        matched = models[1].slices[position].matched
        assert matched.flip_count == after.sum()
        assert matched.positive_rate == pytest.approx(np.average(new.p > t, weights=new.w))
        assert models[0].slices[position].matched.flip_count == before.sum()
        check_interval(
            actual.matched.flip_rate_difference,
            rates_and_means.rate_difference(
                new.sums(after), base.sums(before), ones, n, 0.95, True, adjustment(new, base, t)
            ),
        )
        expected = rates_and_means.rate_difference(
            new.sums((new.p > 0.1) != (new.q > 0.1)),
            base.sums((base.p > 0.1) != (base.q > 0.1)),
            ones,
            n,
            exact=True,
        )
        check_interval(actual.thresholds[1].flip_rate_difference, expected)
        assert actual.thresholds[1].p_value == pytest.approx(float(expected.p_value))
        p_values.append([t.p_value for t in actual.thresholds])
        gaps = rates_and_means.mean_difference(
            new.sums(np.abs(new.q - new.p)),
            base.sums(np.abs(base.q - base.p)),
            ones,
            n,
            0.95,
            (-1, 1),
            True,
        )
        check_interval(actual.ctf_gap_difference, gaps)
        slices = [m.slices[position] for m in models]
        assert actual.auc_difference.value == pytest.approx(slices[1].auc - slices[0].auc)
    families = {}
    for position, actual in enumerate(comparison.slices):
        if not models[0].slices[position].has_few_originals:
            families.setdefault(actual.slice.partition(":")[0], []).append(position)
        else:
            assert all(math.isnan(t.p_value_adjusted) for t in actual.thresholds)
    assert len(families) > 2
    for positions in families.values():
        tested = [p for position in positions for p in p_values[position]]
        adjusted = [t.p_value_adjusted for s in positions for t in comparison.slices[s].thresholds]
        assert adjusted == pytest.approx(false_discovery_control(tested).tolist())


def test_differences_of_directions_positive_rates_and_originals(table, built):
    _, (comparison,) = built
    rows_of = rows_by_slice(table, SPEC)
    for actual in comparison.slices:
        rows = [row for row in rows_of[actual.slice] if not row["flip_is_legitimate"]]
        base, new = Columns(rows, "base"), Columns(rows, "new")
        n, ones = len(set(base.ids)), base.sums(np.ones(len(rows)))
        firsts = np.unique(base.clusters, return_index=True)[1]
        weights = base.w[firsts]

        def difference(of, whole=ones, n=n, base=base, new=new):
            return rates_and_means.rate_difference(of(new), of(base), whole, n, exact=True)

        def any_flip(one, weights=weights):
            flips = np.bincount(one.clusters, (one.p > 0.1) != (one.q > 0.1))
            return weights * (flips > 0)

        at = actual.thresholds[1]
        for name, expected in {
            "negative_to_positive_rate_difference": difference(
                lambda one: one.sums((one.p <= 0.1) & (one.q > 0.1))
            ),
            "positive_to_negative_rate_difference": difference(
                lambda one: one.sums((one.p > 0.1) & (one.q <= 0.1))
            ),
            "positive_rate_difference": difference(lambda one: one.sums(one.p > 0.1)),
            "originals_with_flip_difference": difference(any_flip, weights),
        }.items():
            check_interval(getattr(at, name), expected)
        signed = rates_and_means.mean_difference(
            new.sums(new.q - new.p), base.sums(base.q - base.p), ones, n, 0.95, (-2, 2), True
        )
        check_interval(actual.signed_ctf_gap_difference, signed)


def adjustment(new, base, t):
    """By the formula of docs/matched_thresholds.md."""
    rate = np.average(new.p > t, weights=new.w)
    ends = []
    for target in (rate + min(rate, 1 - rate) / 2, rate - min(rate, 1 - rate) / 2):
        at = matched_threshold(new.p, new.w, target, None)
        flips = (new.p > at) != (new.q > at)
        ends.append((np.sum(new.w * (new.p > at)), np.sum(new.w * flips)))
    positives, flips = np.subtract(*ends)
    slope = flips / positives if positives else 0.0
    return -slope * new.sums((new.p > t) * 1.0 - (base.p > 0.5))


def test_examples_count_each_original_once(table, built):
    models, _ = built
    rows = {row["example_id"]: row for row in table.to_pylist()}.values()
    c = Columns(rows, "base")
    actual = models[0].examples[0]
    assert (actual.slice, actual.num_examples) == ("Overall", len(rows))
    assert actual.positive_rate == pytest.approx(np.average(c.p > 0.5, weights=c.w))
    assert actual.accuracy == pytest.approx(np.average((c.p > 0.5) == c.y, weights=c.w))
    assert actual.auc == pytest.approx(direct_auc(c.p, c.y, c.w), abs=1e-12)
    assert all(not e.slice.startswith("counterfactual_") for e in models[0].examples)


def test_direction_test_is_exact_for_one_pair_per_original():
    spec = StatisticsSpec(models=("base",), num_buckets=16)
    table = random_pairs(300, ("base",), 4, max_counterfactuals=1)
    (model,), comparisons = build(table, spec)
    entry = model.slices[0].thresholds[0]
    expected = mcnemar_exact(entry.negative_to_positive_count, entry.positive_to_negative_count)
    assert entry.direction_p_value == pytest.approx(float(expected))
    assert comparisons == []


def test_no_pairs_give_nan_and_no_labels_give_no_auc():
    spec = StatisticsSpec(models=("base", "new"), slices=(("gender",),))
    models, comparisons = build_models_and_comparisons({}, {}, spec)
    actual = models[1].slices[0]
    assert (actual.slice, actual.num_pairs, actual.num_originals) == ("Overall", 0, 0)
    assert math.isnan(actual.thresholds[0].flip_rate.value)
    assert math.isnan(actual.matched.threshold)
    assert math.isnan(actual.positive_rate)
    assert actual.too_few_to_say
    assert not actual.HasField("auc")
    assert not actual.HasField("accuracy")
    assert math.isnan(comparisons[0].slices[0].thresholds[0].flip_rate_difference.value)
    statistics = accumulate(random_pairs(20, spec.models, labelled=False), spec)
    (first, _), _ = build_models_and_comparisons(statistics, {}, spec)
    assert not first.slices[0].HasField("auc")
    assert first.slices[0].num_pairs > 0


def test_scores_that_are_no_probabilities_have_intervals_too():
    spec = StatisticsSpec(models=("base",), thresholds=(0.0,), num_buckets=16)
    rng = np.random.default_rng(0)
    table = pa.table(
        {
            "example_id": [f"{i}" for i in range(100)],
            "score.base": rng.normal(0, 5, 100),
            "counterfactual.score.base": rng.normal(0, 5, 100),
        }
    )
    (model,), _ = build(table, spec)
    gap = np.abs(table["score.base"].to_numpy() - table["counterfactual.score.base"].to_numpy())
    actual = model.slices[0].ctf_gap
    assert actual.value == pytest.approx(gap.mean())
    assert 0 < actual.lower < actual.value < actual.upper


def test_the_order_of_merging_does_not_show(table):
    # Sums are exact for weights that are, such as 1 or halves.
    spec = dataclasses.replace(SPEC, weight_column=None)
    parts = [accumulate(batch, spec) for batch in table.to_batches(max_chunksize=11)]
    reports = []
    for order in (parts, parts[::-1], [accumulate(table, spec)]):
        models, comparisons = build_models_and_comparisons(merge(order), {}, spec)
        reports.append([m.SerializeToString(deterministic=True) for m in [*models, *comparisons]])
    assert reports[0] == reports[1] == reports[2]


def test_a_zero_added_changes_nothing(table):
    statistics = accumulate(table, SPEC)
    added = {key: SliceStatistics.zero(SPEC) + value for key, value in statistics.items()}
    first = build_models_and_comparisons(statistics, {}, SPEC)[0][0]
    second = build_models_and_comparisons(added, {}, SPEC)[0][0]
    assert first.SerializeToString(deterministic=True) == second.SerializeToString(
        deterministic=True
    )
    assert OVERALL in statistics


def test_weights_of_any_spread_have_intervals():
    """Sums of large weights, subtracted from each other, must not hide the small ones."""
    spec = StatisticsSpec(
        models=("base",), thresholds=(0.01, 0.005, 0.02), weight_column="weight", num_example_ids=0
    )
    random = np.random.default_rng(5)
    for _ in range(4):
        p = random.beta(2, 5, 100_000)
        q = np.clip(p + random.normal(0, 0.05, p.size), 0, 1)
        w = np.exp(random.uniform(0, np.log(1e6), p.size))
        rows = {"example_id": [str(i) for i in range(p.size)], "weight": w}
        table = pa.table({**rows, "score.base": p, "counterfactual.score.base": q})
        (model,), _ = build_models_and_comparisons(accumulate(table, spec), {}, spec)
        for entry in model.slices[0].thresholds:
            negative, rose = p <= entry.threshold, (p <= entry.threshold) & (q > entry.threshold)
            actual = entry.negative_to_positive_rate_given_negative
            assert actual.value == pytest.approx(w[rose].sum() / w[negative].sum(), rel=1e-6)
            assert 0 <= actual.lower <= actual.value <= actual.upper <= 1


@pytest.mark.parametrize("negatives", [49, 50, 51])
def test_two_pairs_of_half_the_originals_are_not_one_pair_of_all(negatives):
    spec = StatisticsSpec(models=("base",), num_example_ids=0)
    p = np.repeat(np.where(np.arange(100) < negatives, 0.2, 0.9), 2)
    q = np.repeat(np.where(np.arange(100) % 3 == 0, 0.8, 0.1), 2)
    ids = np.repeat([f"id_{i}" for i in range(100)], 2)
    table = pa.table({"example_id": ids, "score.base": p, "counterfactual.score.base": q})
    (model,), _ = build_models_and_comparisons(accumulate(table, spec), {}, spec)
    [entry] = model.slices[0].thresholds
    actual = entry.negative_to_positive_rate_given_negative
    # Both pairs of an original flip together: some 50 draws, not 100.
    assert actual.upper - actual.lower > 0.22
