"""A second pass over files of pairs and of examples counts each kind as it is counted alone."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pytest

from fairflip.metrics.batches import bundle_sums
from fairflip.metrics.batches.bundle_sums import Part
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.batches.second_pass import (
    count_again,
    example_plans,
    pair_plans,
    plans_of_both,
)
from fairflip.metrics.batches.second_pass_transforms import CountAgain, originals_of
from fairflip.metrics.statistics import kept_rows
from fairflip.metrics.statistics.example_statistics import accumulate_examples
from fairflip.metrics.statistics.spec import StatisticsSpec
from support.metrics.pair_statistics import SLICES, run_transform
from support.metrics.scored_pairs import random_pairs

SPEC = StatisticsSpec(
    models=("base", "new"),
    slices=SLICES,
    label_column="label",
    weight_column="weight",
    num_buckets=8,
)


class Again(beam.PTransform):
    """The second pass over batches of which it is told whether they are pairs."""

    def __init__(self, parts, *plans):
        super().__init__()
        self.parts, self.plans = parts, plans

    def expand(self, marked):
        plans = marked.pipeline | "Plans" >> beam.Create(self.plans)
        return (marked, plans) | CountAgain(self.parts)


@pytest.fixture
def kinds(monkeypatch):
    """Batches of pairs, and of originals without any, none of which is small."""
    monkeypatch.setattr(kept_rows, "MAX_CLUSTERS", 0)
    table = random_pairs(120, SPEC.models, 11, weighted=True, grid=None)
    ids = table.column(SPEC.id_column).to_pylist()
    middle = next(i for i in range(150, len(ids)) if ids[i] != ids[i - 1])
    own = [n for n in table.schema.names if not n.startswith("counterfactual.")]
    unmatched = table.slice(middle).select(own)
    return table.slice(0, middle).to_batches(50), unmatched.to_batches(50), table.select(own)


def assert_found(actual, sums, plans):
    assert set(actual) == set(sums)
    for key, one in sums.items():
        expected = one.large_slice(plans[key])
        for auc, other in zip(actual[key].aucs, expected.aucs, strict=True):
            assert auc.value == pytest.approx(other.value, rel=1e-12, nan_ok=True)
            np.testing.assert_allclose(auc.influences, other.influences, rtol=1e-9, atol=1e-12)
        thresholds = [flips.threshold for flips in expected.matched]
        assert [flips.threshold for flips in actual[key].matched] == thresholds


@pytest.mark.parametrize("rows_at_once", [1, 150, 1 << 17])
def test_pairs_and_examples_are_counted_as_each_alone(kinds, rows_at_once, monkeypatch):
    monkeypatch.setattr(bundle_sums, "ROWS_PER_CHUNK", rows_at_once)
    pairs, unmatched, originals = kinds
    plans = pair_plans(accumulate(pairs, SPEC), SPEC)
    own_plans = example_plans(accumulate_examples(originals, SPEC))
    # A bundle's batches come in any order.
    marked = [*((True, one) for one in pairs[:2]), *((False, one) for one in unmatched)]
    marked += [(True, one) for one in pairs[2:]]
    parts = [Part("all", SPEC), Part("without a plan", SPEC)]
    name = originals_of("all")
    actual = run_transform(marked, Again(parts, ("all", plans), (name, own_plans)))
    assert set(actual) == {"all", name}
    assert_found(actual["all"], count_again(pairs, plans, SPEC), plans)
    assert_found(actual[name], count_again([originals], own_plans, SPEC, True), own_plans)


def test_pairs_alone_are_counted_where_originals_have_no_plan(kinds):
    pairs, _, _ = kinds
    plans = pair_plans(accumulate(pairs, SPEC), SPEC)
    marked = [(True, one) for one in pairs]
    actual = run_transform(marked, Again([Part("all", SPEC)], ("all", plans)))
    assert set(actual) == {"all"}
    assert_found(actual["all"], count_again(pairs, plans, SPEC), plans)


def test_borders_of_one_sample_are_those_found_of_each(kinds):
    pairs, _, originals = kinds
    statistics = accumulate(pairs, SPEC)
    for rows in ([originals], pairs):  # Of originals without a pair, and of no other ones.
        examples = accumulate_examples(rows, SPEC)
        both = plans_of_both(statistics, examples, SPEC)
        alone = pair_plans(statistics, SPEC), example_plans(examples)
        for actual, expected in zip(both, alone, strict=True):
            assert list(actual) == list(expected)
            for key, plan in expected.items():
                one, other = actual[key].borders, plan.borders
                assert (one.rarer_share, one.num_clusters) == (
                    other.rarer_share,
                    other.num_clusters,
                )
                for name in ("borders", "placements"):
                    for array, same in zip(getattr(one, name), getattr(other, name), strict=True):
                        np.testing.assert_array_equal(array, same)
    assert any(
        plan.borders.borders is both[0][key].borders.borders for key, plan in both[1].items()
    )
