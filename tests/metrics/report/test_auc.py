"""AUC by ranks: exact, blind to monotone rescaling, with DeLong's variance."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.batches.second_pass import count_again, example_plans, pair_plans
from fairflip.metrics.flips.ranking import placements, ranked_auc
from fairflip.metrics.flips.slicing import OVERALL
from fairflip.metrics.report.auc import auc_estimates
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics import kept_rows
from fairflip.metrics.statistics.example_statistics import accumulate_examples
from fairflip.metrics.statistics.pair_statistics import merge
from fairflip.metrics.statistics.spec import StatisticsSpec

RESCALINGS = {
    "logit x 8": lambda p: stats.logistic.cdf(8 * stats.logistic.ppf(p)),
    "logit - 12": lambda p: stats.logistic.cdf(stats.logistic.ppf(p) - 12),
    "logit x 0.1": lambda p: stats.logistic.cdf(0.1 * stats.logistic.ppf(p)),
    "to percent": lambda p: 100 * p,
}


def pairs(n, seed=0, rescale=lambda p: p, weighted=False, grid=None):
    """Pairs of n originals, and a model `new` that ranks as `base` does."""
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.2).astype(float)
    p = np.clip(rng.beta(2 + 2 * label, 5), 1e-6, 1 - 1e-6)
    if grid:
        p = np.round(p * grid) / grid * 0.98 + 0.01
    q = np.clip(p + rng.normal(0, 0.05, n), 1e-6, 1 - 1e-6)
    columns = {"example_id": [f"id{i}" for i in range(n)], "label": label}
    if weighted:
        columns["weight"] = rng.exponential(1.0, n)
    for model, change in (("base", lambda p: p), ("new", rescale)):
        columns[f"score.{model}"] = change(p)
        columns[f"counterfactual.score.{model}"] = change(q)
    table = pa.table(columns)
    return table.take(np.repeat(np.arange(n), rng.integers(1, 3, n)))


def spec_for(**changes):
    return StatisticsSpec(
        **{"models": ("base", "new"), "label_column": "label", "num_example_ids": 0, **changes}
    )


def built(table, spec, chunk=10_000):
    """The report of both passes, over batches of some size."""
    batches = table.to_batches(max_chunksize=chunk)
    statistics = merge(accumulate(batch, spec) for batch in batches)
    examples = merge(accumulate_examples(batch, spec) for batch in batches)
    actual = []
    for plans, one_row_each in (
        (pair_plans(statistics, spec), False),
        (example_plans(examples), True),
    ):
        sums = {}
        for batch in batches:
            for key, one in count_again([batch], plans, spec, one_row_each).items():
                sums[key] = sums[key] + one if key in sums else one
        actual.append({key: one.large_slice(plans[key]) for key, one in sums.items()})
    return build_models_and_comparisons(statistics, examples, spec, *actual)


@pytest.mark.parametrize("weighted", [False, True])
def test_auc_is_that_of_scikit_learn(weighted):
    table = pairs(800, 3, weighted=weighted, grid=20)
    spec = spec_for(weight_column="weight" if weighted else None)
    models, _ = built(table, spec)
    weights = table["weight"].to_numpy() if weighted else None
    labels, scores = table["label"].to_numpy(), table["score.base"].to_numpy()
    expected = roc_auc_score(labels, scores, sample_weight=weights)
    assert models[0].slices[0].auc == pytest.approx(expected, abs=1e-12)
    once = np.unique(np.array(table["example_id"].to_pylist()), return_index=True)[1]
    weights = None if weights is None else weights[once]
    expected = roc_auc_score(labels[once], scores[once], sample_weight=weights)
    assert models[0].examples[0].auc == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("limit", [kept_rows.MAX_CLUSTERS, 0])
@pytest.mark.parametrize("name", RESCALINGS)
def test_a_monotone_rescaling_changes_nothing(monkeypatch, name, limit):
    monkeypatch.setattr(kept_rows, "MAX_CLUSTERS", limit)
    table = pairs(3_000, 5, RESCALINGS[name])
    # What rounding makes of two scores is a tie, and no rescaling of the model's.
    distinct = [len(table[f"score.{m}"].unique()) for m in ("base", "new")]
    assert distinct[0] == distinct[1]
    models, (comparison,) = built(table, spec_for())
    assert models[0].slices[0].by_bucket == (limit == 0)
    for base, new in (
        (models[0].slices[0], models[1].slices[0]),
        (models[0].examples[0], models[1].examples[0]),
    ):
        assert base.auc == new.auc
        assert base.auc_interval == new.auc_interval
        assert base.auc_interval.lower < base.auc < base.auc_interval.upper
    difference = comparison.slices[0].auc_difference
    assert (difference.value, difference.lower, difference.upper) == (0.0, 0.0, 0.0)


def test_large_slices_are_exact_to_a_ten_thousandth(monkeypatch):
    table = pairs(40_000, 7)
    with monkeypatch.context() as patch:
        patch.setattr(kept_rows, "MAX_CLUSTERS", 10**9)
        patch.setattr(kept_rows, "MAX_ROWS", 10**9)
        patch.setattr(kept_rows, "BUDGET_BYTES", 10**12)
        exact_models, _ = built(table, spec_for())
    models, _ = built(table, spec_for())
    for exact, actual in (
        (exact_models[0].slices[0], models[0].slices[0]),
        (exact_models[0].examples[0], models[0].examples[0]),
    ):
        assert actual.by_bucket
        assert not exact.by_bucket
        assert actual.auc == pytest.approx(exact.auc, abs=1e-4)
        width = exact.auc_interval.upper - exact.auc_interval.lower
        assert actual.auc_interval.upper - actual.auc_interval.lower == pytest.approx(
            width, rel=0.3
        )


def test_the_stated_error_bounds_the_true_one():
    table, spec = pairs(40_000, 9), spec_for()
    plans = pair_plans(accumulate(table, spec), spec)
    sums = count_again([table], plans, spec)[OVERALL]
    errors = sums.ranks.largest_error()
    labels = table["label"].to_numpy()
    for model, error in zip(spec.models, errors, strict=True):
        exact = roc_auc_score(labels, table[f"score.{model}"].to_numpy())
        actual = sums.large_slice(plans[OVERALL]).aucs[spec.models.index(model)].value
        assert 0 < abs(actual - exact) <= error <= 1e-4


def test_one_worker_or_many_give_the_same_bits(monkeypatch):
    monkeypatch.setattr(kept_rows, "MAX_CLUSTERS", 500)
    monkeypatch.setattr(kept_rows, "SAMPLE_SIZE", 400)
    table = pairs(2_000, 11)
    reports = [
        [
            m.SerializeToString(deterministic=True)
            for part in built(table, spec_for(), n)
            for m in part
        ]
        for n in (10_000, 333, 70)
    ]
    assert reports[0] == reports[1] == reports[2]


def test_influences_are_delongs_variance():
    rng = np.random.default_rng(1)
    labels = rng.random(300) < 0.3
    scores = rng.normal(0, 1, 300) + labels
    actual = ranked_auc(scores, labels, None, np.arange(300), 300)
    above = scores[labels][:, None] - scores[~labels][None, :]
    wins = (above > 0) + 0.5 * (above == 0)
    variance = np.var(wins.mean(1), ddof=1) / labels.sum()
    variance += np.var(wins.mean(0), ddof=1) / (~labels).sum()
    assert actual.value == pytest.approx(wins.mean())
    assert np.square(actual.influences).sum() == pytest.approx(variance)
    assert actual.influences.sum() == pytest.approx(0, abs=1e-12)
    values = placements(scores, labels, None)
    assert values[labels] == pytest.approx(wins.mean(1))
    assert values[~labels] == pytest.approx(wins.mean(0))


def test_intervals_of_auc_hold_their_level():
    """Clusters of three examples of one label, whose scores resemble each other."""
    rng = np.random.default_rng(2)
    truth = stats.norm.cdf(1 / np.sqrt(2))
    held = []
    for _ in range(600):
        labels = np.repeat(rng.random(150) < 0.3, 3)
        level = np.repeat(rng.normal(0, np.sqrt(0.7), 150), 3)
        scores = level + rng.normal(0, np.sqrt(0.3), 450) + labels
        ranked = ranked_auc(scores, labels, None, np.repeat(np.arange(150), 3), 150)
        actual = auc_estimates([ranked], 0.95)[0].interval
        held.append(actual.lower <= truth <= actual.upper)
    assert 0.925 <= np.mean(held) <= 0.975


def test_one_positive_cluster_says_nothing_of_the_spread():
    scores, labels = np.array([0.9, 0.1, 0.2, 0.3]), np.array([True, False, False, False])
    assert ranked_auc(scores, labels, None, np.arange(4), 4).rests_on_one
    assert np.isnan(ranked_auc(scores, labels & False, None, np.arange(4), 4).value)
