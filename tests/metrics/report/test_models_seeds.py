"""No number of a report depends on the seed while slices keep their rows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.report.terms import to_coverage
from fairflip.metrics.statistics import kept_rows
from fairflip.metrics.statistics.example_statistics import accumulate_examples
from fairflip.metrics.statistics.kept_rows import KeptRows, within_budget
from fairflip.metrics.statistics.pair_statistics import merge
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.statistics.terms import accumulate_terms
from support.metrics.scored_pairs import random_pairs

SPEC = StatisticsSpec(
    models=("base", "new"),
    thresholds=(0.5, 0.25),
    slices=(("gender",), ("race",), ("gender", "race")),
    label_column="label",
    weight_column="weight",
)


def report(table, spec, chunk=10_000):
    batches = table.to_batches(max_chunksize=chunk)
    statistics = merge(accumulate(batch, spec) for batch in batches)
    examples = merge(accumulate_examples(batch, spec) for batch in batches)
    models, comparisons = build_models_and_comparisons(statistics, examples, spec)
    terms = {}
    for batch in batches:
        for term, sums in accumulate_terms([batch], spec).items():
            terms[term] = terms[term] + sums if term in terms else sums
    coverage = [to_coverage(term, terms[term], spec) for term in sorted(terms)]
    return [m.SerializeToString(deterministic=True) for m in (*models, *comparisons, *coverage)]


@pytest.fixture(scope="module")
def table():
    pairs = random_pairs(80, SPEC.models, 3, weighted=True, legitimate=True, grid=None)
    terms = pa.array([["she", "he", "they"][i % 3] for i in range(len(pairs))])
    return pairs.append_column("term", terms)


def test_six_seeds_give_one_report(table):
    # Sums by bucket have as many cells as buckets, and are not what is tested here.
    spec = dataclasses.replace(SPEC, num_buckets=8, slices=(("gender",),))
    first = report(table, spec)
    for seed in range(1, 6):
        assert report(table, dataclasses.replace(spec, seed=seed)) == first, seed


def test_buckets_do_depend_on_the_seed(table, monkeypatch):
    """What the test above would not see if rows were not used."""
    monkeypatch.setattr(kept_rows, "MAX_CLUSTERS", 0)
    assert report(table, SPEC) != report(table, dataclasses.replace(SPEC, seed=1))


def test_any_order_of_batches_gives_the_same_bits(table):
    assert report(table, SPEC, chunk=41) == report(table, SPEC)


@pytest.mark.parametrize("weight", [1e-7, 3.7, 1e9])
def test_equal_weights_are_none(table, weight):
    plain = dataclasses.replace(SPEC, weight_column=None)
    position = table.schema.get_field_index("weight")
    weighted = table.set_column(position, "weight", pa.array(np.full(len(table), weight)))
    for actual, expected in zip(_models(weighted, SPEC), _models(table, plain), strict=True):
        for one, other in zip(actual.slices, expected.slices, strict=True):
            one.weighted_num_pairs = other.weighted_num_pairs
            for name in ("ctf_gap", "signed_ctf_gap", "auc", "auc_interval", "num_independent"):
                assert getattr(one, name) == getattr(other, name)
            assert one.matched.flip_rate == other.matched.flip_rate
            for at, plain_at in zip(one.thresholds, other.thresholds, strict=True):
                assert at.flip_rate == plain_at.flip_rate
                name = "positive_to_negative_rate_given_positive"
                assert getattr(at, name) == getattr(plain_at, name)


def _models(table, spec):
    return build_models_and_comparisons(accumulate(table, spec), {}, spec)[0]


def test_one_original_that_outweighs_the_others_is_flagged():
    ids = np.concatenate([np.arange(1, 50), np.zeros(50, int)])
    rng = np.random.default_rng(0)
    p, q = rng.random((2, 99))
    columns = {"example_id": ids.astype(str), "score.base": p, "counterfactual.score.base": q}
    spec = StatisticsSpec(models=("base",))
    actual = _models(pa.table(columns), spec)[0].slices[0]
    assert actual.num_originals == 50
    assert actual.num_independent == pytest.approx(99**2 / (49 + 50**2))
    assert actual.has_few_originals
    assert actual.too_few_to_say


@dataclasses.dataclass(frozen=True)
class _Sums:
    kept_rows: KeptRows


def _rows(first, size):
    zero = KeptRows.zero(1, False)
    return _Sums(
        dataclasses.replace(
            zero,
            clusters=np.arange(first, first + size, dtype=np.uint64),
            labels=np.zeros(size, np.uint8),
            scores=np.zeros((size, 2)),
            num_rows=size,
        )
    )


def test_slices_share_a_budget_and_workers_decide_alike(monkeypatch):
    monkeypatch.setattr(kept_rows, "MAX_ROWS", 64)
    monkeypatch.setattr(kept_rows, "BUDGET_BYTES", 25 * 100)
    sizes = {"a": 60, "b": 30, "c": 12, "d": 3}
    whole = within_budget({key: _rows(0, size) for key, size in sizes.items()})
    assert {key for key, one in whole.items() if one.kept_rows.is_complete} == {"b", "c", "d"}
    assert sum(one.kept_rows.nbytes for one in whole.values()) <= 25 * 100
    # On two workers, of which one sees little of the largest slice.
    parts = [
        within_budget({key: _rows(start, stop - start) for key, (start, stop) in ranges.items()})
        for ranges in (
            {"a": (0, 50), "b": (0, 10), "c": (0, 12), "d": (0, 1)},
            {"a": (50, 60), "b": (10, 30), "d": (1, 3)},
        )
    ]
    merged = {}
    for part in parts:
        for key, one in part.items():
            merged[key] = _Sums(merged[key].kept_rows + one.kept_rows) if key in merged else one
    merged = within_budget(merged)
    for key, one in whole.items():
        assert merged[key].kept_rows.is_complete == one.kept_rows.is_complete
        remaining = sorted(merged[key].kept_rows.clusters.tolist())
        assert remaining == sorted(one.kept_rows.clusters.tolist())
