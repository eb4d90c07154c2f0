"""Flips and gaps by term equal a direct count, however the pairs are split and merged."""

from __future__ import annotations

import itertools

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.metrics.batches.bundle_sums import Part
from fairflip.metrics.report.term_transforms import TermCoverageOfParts
from fairflip.metrics.report.terms import merged_coverage, to_coverage
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.statistics.terms import TermStatistics, accumulate_terms
from fairflip.protos.report_pb2 import Interval, TermCoverage
from support.metrics.scored_pairs import random_pairs

TERMS = ("she", "he", "her", "gay", "мать")
SPEC = StatisticsSpec(
    models=("base", "new"), thresholds=(0.5, 0.25), weight_column="weight", num_buckets=16
)
PLAIN = StatisticsSpec(models=SPEC.models, thresholds=SPEC.thresholds, num_buckets=16)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Pairs with none, one or several terms, ties at the threshold, and legitimate flips."""
    made = random_pairs(300, SPEC.models, 5, weighted=True, legitimate=True)
    random = np.random.default_rng(0)
    terms = [
        None if n % 11 == 0 else random.choice(TERMS, random.integers(0, 3), replace=False).tolist()
        for n in range(made.num_rows)
    ]
    return made.append_column("term", pa.array(terms, pa.list_(pa.string())))


def direct(table: pa.Table, model: str, term: str, weighted: bool) -> tuple:
    """Pairs, distinct originals, flip rate and CTF gap, row by row."""
    rows = [
        row for row in table.to_pylist() if term in (row["term"] or ())
        and not row["flip_is_legitimate"]
    ]  # fmt: skip
    before = np.array([row[f"score.{model}"] for row in rows])
    after = np.array([row[f"counterfactual.score.{model}"] for row in rows])
    weights = np.array([row["weight"] if weighted else 1.0 for row in rows])
    flips = (before > 0.5) != (after > 0.5)
    return (
        len(rows),
        len({row["example_id"] for row in rows}),
        float((weights * flips).sum() / weights.sum()),
        float((weights * np.abs(after - before)).sum() / weights.sum()),
    )


def assert_direct(actual: list[TermCoverage], table: pa.Table, weighted: bool) -> None:
    assert {entry.term for entry in actual} == set(TERMS)
    flipped = 0
    for entry in actual:
        for model in SPEC.models:
            num_pairs, num_originals, rate, gap = direct(table, model, entry.term, weighted)
            assert (entry.num_pairs, entry.num_originals) == (num_pairs, num_originals)
            measured = entry.flip_rate[model]
            assert measured.value == pytest.approx(rate, abs=1e-12)
            assert entry.ctf_gap[model].value == pytest.approx(gap, abs=1e-8)
            for one in (measured, entry.ctf_gap[model]):
                assert 0.0 <= one.lower < one.value < one.upper <= 1.0
            flipped += rate > 0
    assert flipped == len(TERMS) * len(SPEC.models)


def described(sums: dict[str, TermStatistics], spec: StatisticsSpec) -> list[TermCoverage]:
    return [to_coverage(term, one, spec) for term, one in sums.items()]


@pytest.mark.parametrize("spec", [SPEC, PLAIN], ids=["weighted", "plain"])
def test_terms_equal_a_direct_count(table, spec):
    actual = described(accumulate_terms(table.to_batches(), spec), spec)
    assert_direct(actual, table, spec.weight_column is not None)


def test_any_split_and_order_gives_the_same(table):
    whole = accumulate_terms(table.to_batches(), PLAIN)
    parts = [accumulate_terms([b], PLAIN) for b in table.to_batches(max_chunksize=37)]
    assert len(parts) > 10
    for order in (parts, parts[::-1]):
        for term in TERMS:
            total = TermStatistics.zero(PLAIN)
            for part in order:
                total += part.get(term, TermStatistics.zero(PLAIN))
            assert to_coverage(term, total, PLAIN) == to_coverage(term, whole[term], PLAIN)
    coder = beam.coders.registry.get_coder(TermStatistics)
    for term, sums in whole.items():
        again = coder.decode(coder.encode(sums))
        assert to_coverage(term, again, PLAIN) == to_coverage(term, sums, PLAIN)


FOUND: list = []


def keep(element):
    """Runs in this process: the runner pickles it by its name."""
    FOUND.append(element)


@pytest.mark.parametrize("max_terms", [100, 2])
def test_the_transform_gives_the_same_and_no_more_terms_than_asked_for(table, max_terms):
    FOUND.clear()
    without_terms = table.drop_columns(["term"]).to_batches()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = (
            pipeline
            | beam.Create([*table.to_batches(max_chunksize=50), *without_terms])
            | TermCoverageOfParts([Part("base", SPEC)], max_terms)
            | beam.Map(keep)
        )
    [(name, actual)] = FOUND
    assert name == "base"
    sizes = [entry.num_pairs for entry in actual]
    assert sizes == sorted(sizes, reverse=True)
    if max_terms == 100:
        assert_direct(actual, table, weighted=True)
    else:
        everything = sorted((direct(table, "base", t, True)[0] for t in TERMS), reverse=True)
        assert sizes == everything[:2]


def test_pairs_without_terms_have_none(table):
    assert accumulate_terms([], SPEC) == {}
    assert accumulate_terms(table.drop_columns(["term"]).to_batches(), SPEC) == {}
    empty = table.set_column(table.column_names.index("term"), "term", pa.nulls(len(table)))
    assert accumulate_terms(empty.to_batches(), SPEC) == {}


def reaction(term: str, **rates: float) -> TermCoverage:
    entry = TermCoverage(term=term, num_pairs=5, num_originals=4)
    for model, rate in rates.items():
        entry.flip_rate[model].CopyFrom(Interval(value=rate))
    return entry


def test_what_covers_a_term_and_how_models_react_become_one_entry():
    she = TermCoverage(
        term="she", group="female", category="gender", num_originals=6, num_pairs=7, num_rejected=1
    )
    gays = [TermCoverage(term="gay", group=g, category="x", num_pairs=5) for g in ("a", "b")]
    entries = [she, *gays, reaction("gay", base=0.1), reaction("she", base=0.2), reaction("own")]
    for order in itertools.permutations(entries):
        actual = {(e.term, e.group): e for e in merged_coverage(order)}
        assert set(actual) == {("she", "female"), ("gay", "a"), ("gay", "b"), ("own", "")}
        one = actual["she", "female"]
        assert (one.num_originals, one.num_pairs, one.num_rejected) == (6, 7, 1)
        assert one.flip_rate["base"].value == 0.2
        assert [actual["gay", g].flip_rate["base"].value for g in "ab"] == [0.1, 0.1]
    again = merged_coverage([*merged_coverage(entries), reaction("she", base=0.3, new=0.1)])
    [one] = [e for e in again if e.term == "she"]
    assert {model: rate.value for model, rate in one.flip_rate.items()} == {"base": 0.3, "new": 0.1}
    own = merged_coverage([reaction("own", base=0.5), reaction("own", new=0.4)])
    assert [(e.term, e.num_pairs, sorted(e.flip_rate)) for e in own] == [
        ("own", 5, ["base", "new"])
    ]
