"""The matched threshold of two bounded passes is the one found by looking at all scores."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.bundle_sums import Part
from fairflip.metrics.batches.matched_passes import brackets, count_near, resolve
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.batches.second_pass_transforms import CountAgain, PlanSecondPass
from fairflip.metrics.batches.transforms import PairStatisticsOfParts
from fairflip.metrics.statistics import kept_rows
from fairflip.metrics.statistics.columns import read_columns
from fairflip.metrics.statistics.pair_statistics import merge
from fairflip.metrics.statistics.spec import StatisticsSpec
from support.metrics.pair_statistics import SLICES, rows_by_slice, run_transform
from support.metrics.scored_pairs import random_pairs


def spec_for(weighted: bool, thresholds=(0.5, 0.2)) -> StatisticsSpec:
    return StatisticsSpec(
        models=("base", "new", "other"),
        thresholds=thresholds,
        slices=SLICES,
        label_column="label",
        weight_column="weight" if weighted else None,
        num_buckets=8,
    )


def matched_flips(batches, statistics, spec):
    actual = {key: brackets(value, spec) for key, value in statistics.items()}
    sums = {}
    for batch in batches:
        for key, counts in count_near(read_columns([batch], spec), actual, spec).items():
            before = sums.get(key)
            sums[key] = (
                counts if before is None else [a + b for a, b in zip(before, counts, strict=True)]
            )
    return {
        key: [resolve(*both) for both in zip(actual[key], sums[key], strict=True)] for key in sums
    }


def brute_force(scores, target, weights, own):
    """Tries every rate that can be had, by the contract's words."""
    total = weights.sum()

    def rate(t):
        return weights[scores > t].sum() / total

    if abs(rate(own) - target) < 1e-12:
        return own
    observed = np.unique(scores)
    tried = [np.nextafter(observed[0], -1), *((observed[1:] + observed[:-1]) / 2), observed[-1]]
    best = None
    for t in tried:
        key = (round(abs(rate(t) - target), 11), round(rate(t) - target, 11) > 0, t)
        best = key if best is None or key < best else best
    return best[2]


def assert_matches_brute_force(actual, table, spec):
    rows_of = rows_by_slice(table, spec)
    assert {key.name for key in actual} == {
        name
        for name, rows in rows_of.items()
        if any(not row.get("flip_is_legitimate") for row in rows)
    }
    for key, flips in actual.items():
        rows = [row for row in rows_of[key.name] if not row.get("flip_is_legitimate")]
        w = np.array([row["weight"] if spec.weight_column else 1.0 for row in rows])
        base = np.array([row["score.base"] for row in rows])
        target = w[base > spec.thresholds[0]].sum() / w.sum()
        assert len(flips) == spec.num_models - 1
        for model, flip in zip(spec.models[1:], flips, strict=True):
            p = np.array([row[f"score.{model}"] for row in rows])
            q = np.array([row[f"counterfactual.score.{model}"] for row in rows])
            expected = brute_force(p, target, w, spec.thresholds[0])
            assert flip.threshold == pytest.approx(expected, rel=1e-15, abs=1e-300)
            assert flip.baseline_positive_rate == pytest.approx(target, rel=1e-12)
            t = flip.threshold
            assert flip.positive_rate == pytest.approx(w[p > t].sum() / w.sum(), rel=1e-12)
            for counted, holds in (
                (flip.negative_to_positive, (p <= t) & (q > t)),
                (flip.positive_to_negative, (p > t) & (q <= t)),
            ):
                assert counted[0].sum() == holds.sum()
                assert counted[1].sum() == pytest.approx(w[holds].sum(), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("seed", "weighted", "grid", "thresholds"),
    [
        (0, False, 20, (0.5, 0.2)),
        (1, True, 20, (0.3,)),
        (2, False, None, (0.5,)),
        (3, True, None, (0.05,)),
        (4, False, 3, (0.999,)),
        (5, False, 20, (-0.5,)),
    ],
)
def test_two_passes_find_what_all_scores_show(seed, weighted, grid, thresholds):
    spec = spec_for(weighted, thresholds)
    table = random_pairs(80, spec.models, seed, weighted=weighted, legitimate=seed == 0, grid=grid)
    batches = table.to_batches(max_chunksize=23)
    statistics = merge(accumulate(batch, spec) for batch in batches)
    assert_matches_brute_force(matched_flips(reversed(batches), statistics, spec), table, spec)


def test_scores_crowded_in_one_bin_are_told_apart():
    spec = spec_for(weighted=False)
    table = random_pairs(60, spec.models, 8, grid=None)
    for model in spec.models[1:]:
        for side in ("", "counterfactual."):
            name = f"{side}score.{model}"
            values = pa.array(0.3 + 1e-9 * np.array(table[name].to_pylist()))
            table = table.set_column(table.schema.get_field_index(name), name, values)
    statistics = accumulate(table, spec)
    assert_matches_brute_force(matched_flips([table], statistics, spec), table, spec)


def test_the_same_model_keeps_its_decisions():
    spec = spec_for(weighted=True)
    table = random_pairs(100, spec.models, 9, weighted=True, grid=None)
    for side in ("", "counterfactual."):
        name = f"{side}score.new"
        position = table.schema.get_field_index(name)
        table = table.set_column(position, name, table[f"{side}score.base"])
    statistics = accumulate(table, spec)
    for key, flips in matched_flips([table], statistics, spec).items():
        counts = statistics[key].flip_counts(spec, 0)
        assert flips[0].positive_rate == pytest.approx(counts.positive_rate[0], rel=1e-12)
        assert flips[0].threshold == 0.5
        assert flips[0].negative_to_positive[1].sum() == pytest.approx(
            counts.negative_to_positive[0], rel=1e-12
        )
        assert flips[0].positive_to_negative[1].sum() == pytest.approx(
            counts.positive_to_negative[0], rel=1e-12
        )


class BothPasses(beam.PTransform):
    def __init__(self, spec):
        super().__init__()
        self.spec = spec

    def expand(self, batches):
        parts = [Part("all", self.spec)]
        statistics = batches | "First" >> PairStatisticsOfParts(parts)
        plans = statistics | PlanSecondPass(parts)
        marked = batches | "Mark" >> beam.Map(lambda batch: (True, batch))
        return (marked, plans) | "Second" >> CountAgain(parts)


def test_the_transform_gives_the_same(monkeypatch):
    monkeypatch.setattr(kept_rows, "MAX_CLUSTERS", 0)
    spec = spec_for(weighted=True)
    table = random_pairs(80, spec.models, 11, weighted=True, grid=None)
    actual = run_transform(table.to_batches(max_chunksize=19), BothPasses(spec))
    matched = {key: large.matched for key, large in actual["all"].items()}
    assert_matches_brute_force(matched, table, spec)


def test_small_slices_need_no_second_pass():
    spec = spec_for(weighted=False)
    table = random_pairs(80, spec.models, 11, grid=None)
    assert run_transform(table.to_batches(max_chunksize=19), BothPasses(spec)) == {}
