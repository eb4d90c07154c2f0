"""Sums over controls: the same however rows come, and equal to a direct count."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.controls import kept_rows
from fairflip.metrics.controls.counting import accumulate_controls, settled
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips.buckets import hash_ids
from fairflip.metrics.flips.slicing import OVERALL, parse_slices
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding
from support.metrics.controlled_pairs import controlled_pairs

SPEC = StatisticsSpec(
    models=("base", "new"),
    thresholds=(0.5, 0.1, 0.85),
    slices=parse_slices(["gender", "counterfactual_group", "counterfactual_term"]),
    weight_column="weight",
    num_buckets=8,
)
SUMS = ("pairs", "flips", "gaps", "swaps", "swap_flips")
NUMBERS = ("num_pairs", "num_with_control", "num_control_pairs", "num_originals", "num_swaps")


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return controlled_pairs(150, seed=3, weighted=True, legitimate=True, grid=None)


def whole(table: pa.Table, spec=SPEC):
    return settled(accumulate_controls([table], spec), spec)


def in_parts(table: pa.Table, edges, spec=SPEC):
    """Counted in batches that end at some rows, merged from the last to the first."""
    actual: dict = {}
    for start, end in reversed(list(zip([0, *edges], [*edges, table.num_rows], strict=True))):
        part = accumulate_controls([table.slice(start, end - start)], spec)
        for key, sums in part.items():
            sent = encoding.decode(ControlStatistics, encoding.encode(sums))
            actual[key] = sent + actual[key] if key in actual else sent
    return settled(actual, spec)


def assert_same(actual, expected):
    assert set(actual) == set(expected)
    for key, sums in expected.items():
        for name in NUMBERS:
            assert getattr(actual[key], name) == getattr(sums, name), (key, name)
        for name in SUMS:
            np.testing.assert_allclose(getattr(actual[key], name), getattr(sums, name), atol=1e-9)
        for remaining in ("kept_rows", "kept_swaps"):
            assert_same_rows(getattr(actual[key], remaining), getattr(sums, remaining))


def assert_same_rows(one, other):
    assert one.is_complete == other.is_complete
    assert one.num_rows == other.num_rows
    for name in dataclasses.fields(one):
        a, b = (getattr(remaining.in_order(), name.name) for remaining in (one, other))
        if isinstance(a, np.ndarray):
            np.testing.assert_array_equal(a, b, err_msg=name.name)
    assert one.names == other.names


@pytest.mark.parametrize("seed", range(2))
def test_cuts_between_batches_change_nothing(table, seed):
    rng = np.random.default_rng(seed)
    edges = np.sort(rng.choice(np.arange(1, table.num_rows), 60, replace=False)).tolist()
    assert_same(in_parts(table, edges), whole(table))


def test_every_row_by_itself_gives_the_same(table):
    part = table.slice(0, 90)
    assert_same(in_parts(part, list(range(1, 90))), whole(part))


def test_sums_equal_a_direct_count(table):
    rows = table.to_pandas()
    actual = whole(table)[OVERALL]
    pairs = rows[(rows["edit"] == "identity") & ~rows["flip_is_legitimate"]]
    keys = set(zip(pairs["example_id"], pairs["counterfactual_index"], strict=True))
    controls = rows[rows["edit"] == "control"]
    mine = [key in keys for key in zip(controls["example_id"], controls["control_of"], strict=True)]
    controls = controls[mine]
    number = controls.groupby(["example_id", "control_of"]).size()
    assert actual.num_pairs == len(pairs)
    assert actual.num_control_pairs == len(controls)
    assert actual.num_with_control == len(number)
    assert actual.num_originals == controls["example_id"].nunique()
    of_pair = controls.set_index(["example_id", "control_of"]).index.map(number).to_numpy()
    for model, name in enumerate(SPEC.models):
        for threshold in SPEC.thresholds:
            before = controls[f"score.{name}"] > threshold
            after = controls[f"counterfactual.score.{name}"] > threshold
            weights = controls["weight"] / of_pair
            sums = actual.flips[1, :, model, :, SPEC.position(threshold)].sum(axis=1)
            np.testing.assert_allclose(
                sums, [weights[~before & after].sum(), weights[before & ~after].sum()]
            )


def test_a_control_belongs_to_the_slices_of_its_pair(table):
    """Its own words are no terms, and no slice is named after them."""
    names = [key.name for key in whole(table)]
    assert "counterfactual_term:women" in names
    assert not [name for name in names if "word" in name]
    total = sum(
        one.num_control_pairs
        for key, one in whole(table).items()
        if key.name.startswith("counterfactual_group")
    )
    assert total == whole(table)[OVERALL].num_control_pairs


def test_data_that_knows_no_controls_counts_for_none(table):
    assert accumulate_controls([table.drop_columns(["edit"])], SPEC) == {}


def test_a_control_that_names_no_pair_belongs_to_the_only_one(table):
    nothing = pa.nulls(table.num_rows, pa.int32())
    place = table.schema.get_field_index("control_of")
    actual = whole(table.set_column(place, "control_of", nothing))[OVERALL]
    rows = table.to_pandas()
    pairs = rows[rows["edit"] == "identity"].groupby("example_id")
    single = pairs.filter(lambda own: len(own) == 1 and not own["flip_is_legitimate"].any())
    controls = rows[(rows["edit"] == "control") & rows["example_id"].isin(single["example_id"])]
    assert actual.num_control_pairs == len(controls)


@pytest.mark.parametrize("seed", range(2))
def test_an_attribute_is_one_term_whatever_its_values_are(table, seed):
    """Of tables and images, whose controls name no replacements; in some originals or all."""
    rng = np.random.default_rng(seed)
    rows = table.to_pandas()
    originals = rows["example_id"].unique()
    chosen = originals if seed else rng.choice(originals, len(originals) // 2, replace=False)
    replacements = [
        None if edit == "control" and of in chosen else list(words)
        for edit, of, words in zip(
            rows["edit"], rows["example_id"], rows["replacement"], strict=True
        )
    ]
    place = table.schema.get_field_index("replacement")
    column = pa.array(replacements, pa.list_(pa.string()))
    changed = table.set_column(place, "replacement", column)
    edges = np.sort(rng.choice(np.arange(1, table.num_rows), 60, replace=False)).tolist()
    assert_same(in_parts(changed, edges), whole(changed))
    actual, before = (whole(one)[OVERALL].kept_rows.in_order() for one in (changed, table))
    is_alone = np.isin(actual.originals, hash_ids(pa.array(chosen)))
    alone = np.repeat(is_alone, actual.num_items)
    np.testing.assert_array_equal(actual.edits[alone], actual.terms[alone])
    np.testing.assert_array_equal(actual.edits[~alone], before.edits[~alone])
    assert (before.edits != before.terms)[alone].any()


@pytest.fixture(scope="module")
def swapped() -> pa.Table:
    """As `table`, with swaps within one group among its rows."""
    return controlled_pairs(150, seed=3, weighted=True, legitimate=True, grid=None, same_group=True)


def test_swaps_within_a_group_change_nothing_of_pairs_and_controls(table, swapped):
    actual, expected = whole(swapped), whole(table)
    for key, sums in expected.items():
        assert actual[key].num_swaps >= sums.num_swaps == 0
        for name in NUMBERS[:-1]:
            assert getattr(actual[key], name) == getattr(sums, name), (key, name)
        for name in SUMS[:3]:
            np.testing.assert_array_equal(getattr(actual[key], name), getattr(sums, name))
        assert_same_rows(actual[key].kept_rows, sums.kept_rows)


def test_swaps_within_a_group_equal_a_direct_count_wherever_batches_end(swapped):
    rows, actual = swapped.to_pandas(), whole(swapped)
    assert_same(in_parts(swapped, list(range(5, swapped.num_rows, 11))), actual)
    pairs = rows[(rows["edit"] == "identity") & ~rows["flip_is_legitimate"]]
    keys = set(zip(pairs["example_id"], pairs["counterfactual_index"], strict=True))
    swaps = rows[rows["control_kind"] == "same_group"]
    mine = [key in keys for key in zip(swaps["example_id"], swaps["control_of"], strict=True)]
    swaps, overall = swaps[mine], actual[OVERALL]
    assert overall.num_swaps == len(swaps) > 50
    assert overall.swaps.sum() == pytest.approx(swaps["weight"].sum())
    for model, name in enumerate(SPEC.models):
        for threshold in SPEC.thresholds:
            before = swaps[f"score.{name}"] > threshold
            after = swaps[f"counterfactual.score.{name}"] > threshold
            flips = overall.swap_flips[model, :, SPEC.position(threshold)].sum()
            assert flips == pytest.approx(swaps["weight"][before != after].sum())


def test_a_large_slice_keeps_whole_originals_at_random(table, monkeypatch):
    for name, value in (("MAX_CLUSTERS", 40), ("SAMPLE_SIZE", 30)):
        monkeypatch.setattr(kept_rows, name, value)
    actual = whole(table)
    remaining, everything = actual[OVERALL].kept_rows, table.to_pandas()
    assert not remaining.is_complete
    assert len(np.unique(remaining.originals)) == 30
    assert_same(in_parts(table, list(range(7, table.num_rows, 7))), actual)
    controls = everything[everything["edit"] == "control"]
    assert 0 < len(remaining.pair_of) < len(controls)
