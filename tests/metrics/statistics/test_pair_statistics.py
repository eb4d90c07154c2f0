"""Every count of the pair statistics equals a direct recount of the rows."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import OVERALL, SliceKey, parse_slices
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.example_statistics import ExampleStatistics, accumulate_examples
from fairflip.metrics.statistics.pair_statistics import SliceStatistics, merge
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding
from fairflip.protos.errors import ConfigurationError, InputError
from support.metrics.pair_statistics import (
    SLICES,
    THRESHOLDS,
    assert_same,
    flip_sample,
    rows_by_slice,
)
from support.metrics.scored_pairs import random_pairs, slices_of


def spec_for(**changes) -> StatisticsSpec:
    settings = {
        "models": ("base", "new"),
        "thresholds": THRESHOLDS,
        "slices": SLICES,
        "label_column": "label",
        "num_buckets": 8,
        "num_example_ids": 5,
    }
    return StatisticsSpec(**{**settings, **changes})


def assert_slice_equals_recount(statistics, rows, spec):
    remaining = [row for row in rows if not row.get("flip_is_legitimate")]
    assert statistics.num_pairs == len(remaining)
    by_id: dict[str, list[dict]] = {}
    for row in remaining:
        by_id.setdefault(row["example_id"], []).append(row)
    assert statistics.num_originals == len(by_id)
    weight = {id(row): row.get("weight", 1.0) if spec.weight_column else 1.0 for row in rows}
    for m, model in enumerate(spec.models):
        p = np.array([row[f"score.{model}"] for row in remaining])
        q = np.array([row[f"counterfactual.score.{model}"] for row in remaining])
        w = np.array([weight[id(row)] for row in remaining])
        counts = statistics.flip_counts(spec, m)
        for t, threshold in enumerate(spec.thresholds):
            for a, b in itertools.product((False, True), repeat=2):
                cell = ((p > threshold) == a) & ((q > threshold) == b)
                assert counts.counts[t, int(a), int(b)] == cell.sum()
                np.testing.assert_allclose(
                    counts.weights[t, int(a), int(b)], w[cell].sum(), rtol=1e-12, atol=1e-12
                )
            for direction, flip in enumerate(
                ((p <= threshold) & (q > threshold), (p > threshold) & (q <= threshold))
            ):
                flipped = {row["example_id"] for row, f in zip(remaining, flip, strict=True) if f}
                sample = flip_sample(statistics, spec, m, threshold, direction)
                assert set(sample) <= flipped
                assert len(sample) == min(len(flipped), spec.num_example_ids)
        if spec.label_column:
            y = np.array([row["label"] for row in remaining])
            cells = statistics.counts.originals.cells[m].sum(axis=1)
            for t, threshold in enumerate(spec.ascending_thresholds):
                for label in (0, 1):
                    expected = ((y == label) & (p > threshold)).sum()
                    assert tables.positives(cells[label])[t] == expected
        gaps = statistics.gaps[m].sum(axis=-1)
        np.testing.assert_allclose(gaps[0], (w * np.abs(q - p)).sum(), atol=1.2e-10 * w.sum())
        np.testing.assert_allclose(gaps[1], (w * (q - p)).sum(), atol=1.2e-10 * w.sum())
        np.testing.assert_allclose(gaps[2], (w * (q - p) ** 2).sum(), atol=1.2e-10 * w.sum())
        deviations, ranges, total = 0.0, 0.0, 0.0
        for group in by_id.values():
            scores = [group[0][f"score.{model}"]]
            scores += [row[f"counterfactual.score.{model}"] for row in group]
            weight_of = weight[id(group[0])]
            deviations += weight_of * np.std(scores)
            ranges += weight_of * np.ptp(scores)
            total += weight_of
        if total:
            deviation, score_range = statistics.originals.spread()
            np.testing.assert_allclose(deviation[m], deviations / total, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(score_range[m], ranges / total, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("seed", "weighted", "legitimate", "labelled"),
    [
        (0, False, False, True),
        (1, True, False, True),
        (2, True, True, True),
        (3, False, True, False),
    ],
)
def test_counts_equal_a_recount_of_the_rows(seed, weighted, legitimate, labelled):
    spec = spec_for(
        weight_column="weight" if weighted else None, label_column="label" if labelled else None
    )
    table = random_pairs(
        120, spec.models, seed, weighted=weighted, legitimate=legitimate, labelled=labelled
    )
    expected = rows_by_slice(table, spec)
    actual = {key.name: value for key, value in accumulate(table, spec).items()}
    assert set(actual) == set(expected)
    for name, rows in expected.items():
        assert_slice_equals_recount(actual[name], rows, spec)


def test_slice_names_are_those_of_tfma():
    assert OVERALL.name == "Overall"
    assert SliceKey((("gender", "female"),)).name == "gender:female"
    assert parse_slices(["race, gender"]) == (("gender", "race"),)
    table = pa.table(
        {"gender": pa.array([["female", "female"], []]), "race": pa.array(["black", None])}
    )
    from fairflip.metrics.flips.slicing import memberships

    actual = {
        m.key.name: m.rows.tolist() for m in memberships(table, parse_slices(["race,gender"]))
    }
    assert actual == {"Overall": [0, 1], "gender_X_race:female_X_black": [0]}


def test_legitimate_flips_are_counted_apart():
    spec = spec_for(models=("base",), thresholds=(0.5,), slices=(), label_column=None)
    table = pa.table(
        {
            "example_id": ["a", "a", "b"],
            "score.base": [0.2, 0.2, 0.9],
            "counterfactual.score.base": [0.8, 0.7, 0.1],
            "flip_is_legitimate": [True, False, None],
        }
    )
    counts = accumulate(table, spec)[OVERALL].flip_counts(spec, 0)
    assert counts.counts[0].tolist() == [[0, 1], [1, 0]]
    assert counts.legitimate_counts[0].tolist() == [[0, 1], [0, 0]]


@pytest.mark.parametrize("batch_size", [1, 7, 64, 1000])
def test_batches_of_any_size_merge_in_any_order_to_the_same(batch_size):
    spec = spec_for(weight_column="weight")
    table = random_pairs(90, spec.models, 5, weighted=True, legitimate=True)
    whole = accumulate(table, spec)
    # Of single rows forty, and the others at once.
    edges = [*range(0, table.num_rows, batch_size)[:40], table.num_rows]
    parts = [
        accumulate(table.slice(start, end - start), spec)
        for start, end in itertools.pairwise(edges)
    ]
    rng = np.random.default_rng(0)
    shuffled = [parts[i] for i in rng.permutation(len(parts))]
    for merged in (merge(parts), merge(iter(shuffled)), accumulate(table.to_batches(3), spec)):
        assert set(merged) == set(whole)
        for key in whole:
            assert_same(merged[key], whole[key], spec)


def test_zero_changes_nothing():
    spec = spec_for()
    one = accumulate(random_pairs(30, spec.models, 6), spec)[OVERALL]
    zero = SliceStatistics.zero(spec)
    assert_same(zero + one, one, spec)
    assert_same(one + zero, one, spec)
    assert np.isnan(zero.originals.spread()).all()
    assert np.isnan(zero.flip_counts(spec, 0).flip_rate).all()


def test_scattered_originals_count_once_within_a_batch():
    spec = spec_for()
    table = random_pairs(60, spec.models, 7)
    order = np.random.default_rng(1).permutation(table.num_rows)
    whole, scattered = accumulate(table, spec), accumulate(table.take(pa.array(order)), spec)
    for key in whole:
        assert_same(scattered[key], whole[key], spec)


def test_encoding_keeps_everything():
    for weight in (None, "weight"):
        spec = spec_for(weight_column=weight)
        table = random_pairs(80, spec.models, 8, weighted=bool(weight), legitimate=bool(weight))
        for statistics in accumulate(table, spec).values():
            decoded = encoding.decode(SliceStatistics, encoding.encode(statistics))
            assert_same(decoded, statistics, spec)
        for examples in accumulate_examples(table, spec).values():
            decoded = encoding.decode(ExampleStatistics, encoding.encode(examples))
            assert decoded.num_examples == examples.num_examples
            np.testing.assert_array_equal(
                decoded.total().counts.cells, examples.total().counts.cells
            )


@pytest.mark.parametrize("batch_size", [1, 13, 500])
def test_examples_count_each_original_once(batch_size):
    spec = spec_for(weight_column="weight", models=("base",))
    pairs = random_pairs(70, spec.models, 9, weighted=True)
    unmatched = random_pairs(40, spec.models, 10, weighted=True, max_counterfactuals=1)
    ids = pa.array([f"lone-{i}" for i in range(unmatched.num_rows)])
    unmatched = unmatched.drop_columns(["counterfactual.score.base", "group"]).set_column(
        0, "example_id", ids
    )
    parts = [
        accumulate_examples(batch, spec)
        for table in (pairs, unmatched)
        for batch in table.to_batches(max_chunksize=batch_size)
    ]
    merged = merge(reversed(parts))
    rows = {row["example_id"]: row for row in pairs.to_pylist() + unmatched.to_pylist()}
    expected: dict[str, list[dict]] = {}
    for row in rows.values():
        for name in slices_of(row, spec.original_slices):
            expected.setdefault(name, []).append(row)
    assert {key.name for key in merged} == set(expected)
    for key, statistics in merged.items():
        total, members = statistics.total(), expected[key.name]
        assert statistics.num_examples == total.num_examples == len(members)
        p = np.array([row["score.base"] for row in members])
        y = np.array([row["label"] for row in members])
        w = np.array([row["weight"] for row in members])
        for t, threshold in enumerate(spec.ascending_thresholds):
            for label in (0, 1):
                chosen = (y == label) & (p > threshold)
                cells = total.counts.cells[0, label].sum(axis=0)
                assert tables.positives(cells)[t] == chosen.sum()
                weights = total.weighted.cells[0, label].sum(axis=0)
                np.testing.assert_allclose(
                    tables.positives(weights)[t], w[chosen].sum(), rtol=1e-12, atol=1e-12
                )
        assert total.score_histogram.to_array().sum() == pytest.approx(w.sum(), rel=1e-12)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("score.base", float("nan"), "NaN"),
        ("counterfactual.score.base", None, "NaN"),
        ("label", 0.5, "label other than 0 and 1"),
        ("weight", -1.0, "negative"),
    ],
)
def test_bad_values_are_refused_by_name(column, value, message):
    spec = spec_for(models=("base",), weight_column="weight")
    table = random_pairs(5, ("base",), 1, weighted=True)
    values = table[column].to_pylist()
    values[2] = value
    position = table.schema.get_field_index(column)
    table = table.set_column(position, column, pa.array(values, pa.float64()))
    with pytest.raises(InputError, match=message) as raised:
        accumulate(table, spec)
    assert column in str(raised.value)
    assert "row 2" in str(raised.value)


def test_missing_columns_are_named():
    table = random_pairs(5, ("base",), 1)
    for changes, name in (
        ({"models": ("other",)}, "score.other"),
        ({"label_column": "toxic"}, "toxic"),
        ({"slices": (("age",),)}, "age"),
    ):
        with pytest.raises(InputError, match=name):
            accumulate(table, spec_for(**{"models": ("base",), **changes}))


def test_settings_that_cannot_be_counted_are_refused():
    for changes in (
        {"thresholds": ()},
        {"thresholds": (0.5, 0.5)},
        {"num_buckets": 1},
        {"models": ()},
    ):
        with pytest.raises(ConfigurationError):
            spec_for(**changes)
    with pytest.raises(ConfigurationError):
        parse_slices(["gender,"])


def test_gap_bins_are_fine_relative_to_the_gap():
    gaps = np.concatenate([10.0 ** np.linspace(-8, 0.5, 500), [0.0]])
    values = tables.gap_bin_value(tables.gap_bins(gaps))
    np.testing.assert_allclose(values[:-1], gaps[:-1], rtol=0.004)
    assert values[-1] == 0.0


def test_controls_of_pairs_are_in_no_count():
    batch = random_pairs(30, ("base", "new"), seed=8)
    spec = spec_for()
    ids = batch["example_id"].to_pylist()
    # Behind the pairs of each original, as the pairing stage leaves them.
    order = sorted(range(2 * len(ids)), key=lambda row: (ids.index(ids[row % len(ids)]), row))
    edits = ["identity"] * len(ids) + ["control"] * len(ids)
    both = pa.concat_tables([batch, batch]).append_column("edit", pa.array(edits))
    mixed = both.take(pa.array(order)).combine_chunks()
    plain, actual = accumulate(batch, spec), accumulate(mixed, spec, must_be_together=True)
    assert set(plain) == set(actual)
    for key, sums in plain.items():
        assert_same(actual[key], sums, spec)
    plain, actual = accumulate_examples(batch, spec), accumulate_examples(mixed, spec)
    assert set(plain) == set(actual)
    for key, sums in plain.items():
        np.testing.assert_array_equal(
            actual[key].total().counts.cells, sums.total().counts.cells, err_msg=str(key)
        )
