"""Controls and excess in the report are those of a recount from the rows."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.controls import kept_rows
from fairflip.metrics.controls.counting import accumulate_controls, settled
from fairflip.metrics.flips.slicing import parse_slices
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.spec import StatisticsSpec
from support.metrics.controlled_pairs import controlled_pairs
from support.metrics.excess_recount import Rows, recount
from support.recount_report import rates

SPEC = StatisticsSpec(
    models=("base", "new"),
    thresholds=(0.5, 0.2),
    slices=parse_slices(["gender", "counterfactual_group", "counterfactual_term"]),
    weight_column="weight",
    num_example_ids=0,
)
WAYS = {"both": "flip", "up": "negative_to_positive", "down": "positive_to_negative"}


def build(table, spec=SPEC):
    controls = settled(accumulate_controls([table], spec), spec)
    statistics = accumulate(table, spec)
    return build_models_and_comparisons(statistics, {}, spec, controls=controls)


@functools.cache
def pairs():
    return controlled_pairs(160, seed=5, weighted=True, legitimate=True, grid=None)


@pytest.fixture(scope="module")
def table():
    return pairs()


@pytest.fixture(scope="module")
def built(table):
    return build(table)


@functools.cache
def rows_of(name):
    """The rows of a slice of `table`, read once for all tests of it."""
    return Rows(pairs().to_pandas(), name, "weight")


def by_name(slices):
    return {one.slice: one for one in slices}


def same(message, expected):
    np.testing.assert_allclose((message.lower, message.upper), expected, rtol=1e-6, atol=1e-9)


SLICES = ("Overall", "gender:female", "counterfactual_group:male", "counterfactual_term:women")


@pytest.mark.parametrize("name", SLICES)
@pytest.mark.parametrize("model", [0, 1])
def test_rates_and_intervals_equal_a_recount(built, model, name):
    rows = rows_of(name)
    actual = by_name(built[0][model].slices)[name]
    assert actual.num_control_pairs == rows.num_controls
    assert actual.num_pairs_without_control == len(rows.pairs) - len(rows.has)
    assert actual.num_pairs == len(rows.pairs)
    for entry in actual.thresholds:
        for way, word in WAYS.items():
            flips = rows.decisions(SPEC.models[model], entry.threshold, way)
            expected = recount(rows, *flips)
            control = getattr(entry, f"control_{word}_rate")
            excess = getattr(entry, f"excess_{word}_rate")
            assert control.value == pytest.approx(expected["control"])
            assert control.lower <= control.value <= control.upper
            assert excess.value == pytest.approx(expected["excess"])
            if expected["events"] >= 10:
                same(excess, expected["a"])
                suffix = "" if way == "both" else f"{word}_"
                same(getattr(entry, f"excess_{suffix}over_words"), expected["b"])
        expected = recount(rows, *rows.decisions(SPEC.models[model], entry.threshold))
        assert actual.effective_terms == pytest.approx(expected["terms"])
        if entry.top_term not in expected["without"]:  # all pairs edit it
            assert not entry.HasField("excess_without_top_term")
        else:
            most = max(expected["influence"].values())
            assert expected["influence"][entry.top_term] == pytest.approx(most)
            assert entry.excess_without_top_term == pytest.approx(
                expected["without"][entry.top_term]
            )


@pytest.mark.parametrize("name", SLICES[:2])
def test_gaps_equal_a_recount(built, name):
    rows = rows_of(name)
    actual = by_name(built[0][1].slices)[name]
    expected = recount(rows, *rows.gaps("new"))
    assert actual.control_ctf_gap.value == pytest.approx(expected["control"])
    assert actual.excess_ctf_gap.value == pytest.approx(expected["excess"])
    assert actual.excess_ctf_gap.lower < actual.excess_ctf_gap.value < actual.excess_ctf_gap.upper
    over_words = actual.excess_ctf_gap_over_words
    assert over_words.lower < actual.excess_ctf_gap.lower


@pytest.mark.parametrize("name", SLICES[:2])
def test_comparisons_and_matched_thresholds_equal_a_recount(built, name):
    rows = rows_of(name)
    actual = by_name(built[1][0].slices)[name]
    matched = by_name(built[0][1].slices)[name].matched
    at_match = recount(rows, *rows.decisions("new", matched.threshold))
    assert matched.control_flip_rate.value == pytest.approx(at_match["control"])
    assert matched.excess_flip_rate.value == pytest.approx(at_match["excess"])
    if at_match["events"] >= 10:
        same(matched.excess_over_words, at_match["b"])
    for entry, own in [(e, e.threshold) for e in actual.thresholds] + [(actual.matched, 0.5)]:
        candidate = rows.decisions("new", entry.threshold)
        baseline = rows.decisions("base", own)
        differences = [a - b for a, b in zip(candidate[1], baseline[1], strict=True)]
        expected = recount(rows, candidate[0] - baseline[0], differences, signed=True)
        assert entry.control_flip_rate_difference.value == pytest.approx(expected["control"])
        assert entry.excess_flip_rate_difference.value == pytest.approx(expected["excess"])
        if expected["events"] >= 10:
            same(entry.excess_flip_rate_difference, expected["a"])
            same(entry.excess_difference_over_words, expected["b"])
        control = entry.control_flip_rate_difference
        assert control.lower < control.value < control.upper


def test_the_baselines_matched_fields_are_those_of_its_own_threshold(built):
    for one in built[0][0].slices:
        assert one.matched.excess_flip_rate == one.thresholds[0].excess_flip_rate
        assert one.matched.top_term == one.thresholds[0].top_term


def test_no_field_is_there_where_no_pair_has_a_control(table):
    pairs = table.filter(np.array(table["edit"]) == "identity")
    for part in (pairs, pairs.drop_columns(["edit"])):
        for model in build(part)[0]:
            for one in model.slices:
                assert not one.HasField("control_ctf_gap")
                assert not one.num_pairs_without_control
                assert not one.thresholds[0].HasField("excess_flip_rate")
                assert not one.matched.HasField("excess_over_words")


def test_old_fields_are_those_of_data_that_knows_no_controls(table, built):
    pairs = table.filter(np.array(table["edit"]) == "identity").drop_columns(["edit"])
    before = build(pairs)
    for model, other in zip(built[0], before[0], strict=True):
        for one, plain in zip(model.slices, other.slices, strict=True):
            assert one.thresholds[0].flip_rate == plain.thresholds[0].flip_rate
            assert one.matched.flip_rate == plain.matched.flip_rate
            assert one.ctf_gap == plain.ctf_gap


def test_bounds_over_words_need_the_words_of_all(table):
    """As where a run hides texts, and so the words of controls, in what it keeps."""
    hidden = [
        [] if edit == "control" else words
        for edit, words in zip(table["edit"].to_pylist(), table["term"].to_pylist(), strict=True)
    ]
    place = table.schema.get_field_index("term")
    actual = build(table.set_column(place, "term", [hidden]))[0][0].slices[0]
    entry = actual.thresholds[0]
    assert np.isnan(entry.excess_over_words.lower)
    assert actual.effective_terms == 0
    assert entry.excess_flip_rate.lower < entry.excess_flip_rate.upper


def test_a_large_slice_has_exact_rates_and_near_intervals(table, built, monkeypatch):
    """Rates are of sums over buckets; what words differ in is that of a sample."""
    for name, value in (("MAX_CLUSTERS", 40), ("SAMPLE_SIZE", 120)):
        monkeypatch.setattr(kept_rows, name, value)
    spec = dataclasses.replace(SPEC, slices=())
    models, comparisons = build(table, spec)
    # Said to be of a sample, where it is one.
    assert models[0].slices[0].num_originals_sampled_for_words == 120
    assert built[0][0].slices[0].num_originals_sampled_for_words == 0
    for model, (one, exact) in enumerate(zip(models, built[0], strict=True)):
        for entry, other in zip(one.slices[0].thresholds, exact.slices[0].thresholds, strict=True):
            for field in ("control_flip_rate", "excess_flip_rate"):
                near, wanted = getattr(entry, field), getattr(other, field)
                assert near.value == pytest.approx(wanted.value), (model, field)
                width = wanted.upper - wanted.lower
                assert near.upper - near.lower == pytest.approx(width, rel=0.35)
            width = other.excess_over_words.upper - other.excess_over_words.lower
            near = entry.excess_over_words
            assert near.upper - near.lower == pytest.approx(width, rel=0.5)
    difference = comparisons[0].slices[0].thresholds[0].excess_flip_rate_difference
    wanted = built[1][0].slices[0].thresholds[0].excess_flip_rate_difference
    assert difference.value == pytest.approx(wanted.value)


@pytest.fixture(scope="module")
def swapped():
    """As `table`, with swaps within one group among its rows."""
    return controlled_pairs(160, seed=5, weighted=True, legitimate=True, grid=None, same_group=True)


def test_swaps_within_a_group_stand_beside_and_change_no_other_number(built, swapped):
    models, comparisons = build(swapped)
    for model in models:
        for part in model.slices:
            part.ClearField("num_same_group_pairs")
            for entry in part.thresholds:
                entry.ClearField("same_group_flip_rate")
    assert (models, comparisons) == tuple(built)


@pytest.mark.parametrize("most_clusters", [10_000, 40])
def test_swaps_within_a_group_flip_as_often_as_counted(swapped, most_clusters, monkeypatch):
    monkeypatch.setattr(kept_rows, "MAX_CLUSTERS", most_clusters)
    models, _ = build(swapped)
    every = swapped.to_pandas()
    every = every[every["control_kind"] == "same_group"]
    for slice_name in SLICES:
        # The swaps of a slice are those of its pairs, which are the pairs of `table`.
        of_slice = rows_of(slice_name).pairs
        keys = set(zip(of_slice["example_id"], of_slice["counterfactual_index"], strict=True))
        own = zip(every["example_id"], every["control_of"], strict=True)
        swaps = every[[key in keys for key in own]]
        for model, name in zip(models, SPEC.models, strict=True):
            actual = by_name(model.slices)[slice_name]
            assert actual.num_same_group_pairs == len(swaps) > 5
            for entry in actual.thresholds:
                before = swaps[f"score.{name}"] > entry.threshold
                after = swaps[f"counterfactual.score.{name}"] > entry.threshold
                rate = entry.same_group_flip_rate
                flips = swaps["weight"][before != after].sum() / swaps["weight"].sum()
                assert rate.value == pytest.approx(flips)
                assert 0 <= rate.lower <= rate.value <= rate.upper < 1
                if most_clusters == 10_000 and (before != after).sum() > 10:
                    same(rate, clustered(swaps, before != after))


def clustered(rows, flips):
    """Wilson's interval on the number of pairs that would vary as much, originals being drawn."""
    weights = rows["weight"].groupby(rows["example_id"]).sum().to_numpy()
    events = (rows["weight"] * flips).groupby(rows["example_id"]).sum().to_numpy()
    actual = rates.rate(events, weights)
    return actual.lower, actual.upper
