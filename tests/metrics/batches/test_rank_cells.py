"""Counting by rank cells gives what looking up each row gives, to the bit."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairflip.metrics.batches.rank_cells import RankBorders, count_ranks_of_both
from fairflip.metrics.flips.slicing import parse_slices
from fairflip.metrics.statistics.columns import NEGATIVE, POSITIVE, read_columns
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding


def scored_pairs(seed, num_originals, grid, model_names):
    """Pairs in batches, some of which share an original; scores of few or of many values."""
    rng = np.random.default_rng(seed)
    which = np.repeat(np.arange(num_originals), rng.integers(1, 6, num_originals))
    table = {
        "example_id": [f"id{i}" for i in which],
        "label": pa.array(rng.choice([0.0, 1.0, np.nan], len(which)), from_pandas=True),
        "weight": rng.exponential(1.0, num_originals)[which],
        "town": rng.choice(["x", "y"], len(which)),
        "author": rng.choice(["x", "y"], num_originals)[which],
    }
    for name in model_names:
        scores = rng.random(num_originals)[which]
        # Not all rows of an original need have the same score.
        scores = np.where(rng.random(len(which)) < 0.1, rng.random(len(which)), scores)
        table[f"score.{name}"] = np.round(scores * grid) / grid
        table[f"counterfactual.score.{name}"] = rng.random(len(which))
    return pa.table(table).to_batches(max_chunksize=7)


def borders_of(rng, num_models, grid):
    levels = [np.unique(np.round(rng.random(9) * grid) / grid) for _ in range(num_models)]
    placements = [rng.random((2, 2 * len(one) + 1)) for one in levels]
    return RankBorders(tuple(levels), tuple(placements), 0.5, 9)


def count_ranks(columns, borders, num_buckets, one_row_each):
    """Of pairs alone, or of originals alone."""
    given = ({}, borders) if one_row_each else (borders, {})
    return count_ranks_of_both(columns, *given, num_buckets)[one_row_each]


def by_rows(columns, members, borders, num_buckets, one_row_each):
    """The cells, placements and weights of a slice, row by row; those pending, by original."""
    num_models = len(borders.borders)
    cells = [np.zeros((2, 2 * len(levels) + 1)) for levels in borders.borders]
    placed, weight = np.zeros((num_models, 2, num_buckets)), np.zeros((2, num_buckets))
    pending, seen = {}, None
    for row in members:
        is_again, seen = seen == columns.runs[row], columns.runs[row]
        label, bucket = columns.labels[row], columns.buckets[row]
        w = 1.0 if columns.weights is None else columns.weights[row]
        if one_row_each and (is_again or columns.is_open[row]):
            key = columns.originals[row]
            if columns.is_open[row] and not is_again and key not in pending:
                pending[key] = [label, bucket, w, *columns.scores[:, row]]
            continue
        if label not in (NEGATIVE, POSITIVE):
            continue
        side = 0 if label == POSITIVE else 1
        weight[side, bucket] += w
        for model, levels in enumerate(borders.borders):
            score = columns.scores[model, row]
            cell = int((levels < score).sum() + (levels <= score).sum())
            cells[model][label, cell] += w
            placed[model, side, bucket] += w * borders.placements[model][side, cell]
    originals = sorted(pending)
    return cells, placed, weight, originals, [pending[key] for key in originals]


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    num_originals=st.integers(1, 30),
    grid=st.sampled_from([4, 10**9]),
    weighted=st.booleans(),
    one_row_each=st.booleans(),
    names=st.sampled_from([("a",), ("a", "b")]),
)
def test_counts_are_those_of_each_row(seed, num_originals, grid, weighted, one_row_each, names):
    spec = StatisticsSpec(
        models=names,
        label_column="label",
        weight_column="weight" if weighted else None,
        slices=parse_slices(["town", "author"]),
        num_buckets=3,
    )
    batches = scored_pairs(seed, num_originals, grid, names)
    columns = read_columns(batches, spec)
    rng = np.random.default_rng(seed)
    borders = {member.key: borders_of(rng, len(names), grid) for member in columns.members}
    del borders[columns.members[-1].key]
    actual = count_ranks(columns, borders, spec.num_buckets, one_row_each)
    assert list(actual) == list(borders)
    for member in columns.members[:-1]:
        counts, own = actual[member.key], borders[member.key]
        cells, placed, weight, originals, rows = by_rows(
            columns, member.rows, own, spec.num_buckets, one_row_each
        )
        for one, other in zip(counts.cells, cells, strict=True):
            np.testing.assert_array_equal(one, other)
        np.testing.assert_array_equal(counts.placed, placed)
        np.testing.assert_array_equal(counts.weight, weight)
        assert counts.pending.originals.tolist() == originals
        np.testing.assert_array_equal(counts.pending.rows, np.reshape(rows, (-1, 3 + len(names))))


@pytest.mark.parametrize("score", [-np.inf, -1.0, 0.0, 0.5, 1.0, 2.0, np.inf])
def test_pending_originals_are_counted_in_the_end(score):
    table = {
        "example_id": ["id", "id"],
        "label": [1.0, 1.0],
        "score.a": [score] * 2,
        "counterfactual.score.a": [score] * 2,
    }
    spec = StatisticsSpec(models=("a",), label_column="label", num_buckets=2)
    columns = read_columns([pa.table(table)], spec)
    (key,) = [member.key for member in columns.members]
    borders = borders_of(np.random.default_rng(0), 1, 2)
    levels = np.array([0.0, 0.5, 1.0])
    borders = dataclasses.replace(borders, borders=(levels,), placements=(np.eye(2, 7),))
    counts = count_ranks(columns, {key: borders}, 2, True)[key]
    assert counts.weight.sum() == 0.0
    (cells,) = counts.total(borders).cells
    cell = int((levels < score).sum() + (levels <= score).sum())
    assert cells.tolist() == [[0.0] * 7, np.eye(7)[cell].tolist()]


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    grid=st.sampled_from([4, 10**9]),
    weighted=st.booleans(),
    are_same=st.booleans(),
)
def test_counting_both_gives_what_counting_each_gives(seed, grid, weighted, are_same):
    names = ("a", "b")
    spec = StatisticsSpec(
        models=names,
        label_column="label",
        weight_column="weight" if weighted else None,
        slices=parse_slices(["town", "author"]),
        num_buckets=3,
    )
    columns = read_columns(scored_pairs(seed, 20, grid, names), spec)
    rng = np.random.default_rng(seed)
    of_pairs = {member.key: borders_of(rng, 2, grid) for member in columns.members}
    of_originals = {key: borders_of(rng, 2, grid) for key in of_pairs}
    if are_same:
        of_originals = {
            key: dataclasses.replace(one, borders=tuple(map(np.copy, one.borders)), rarer_share=0.1)
            for key, one in of_pairs.items()
        }
    del of_pairs[columns.members[-1].key], of_originals[columns.members[0].key]
    both = count_ranks_of_both(columns, of_pairs, of_originals, 3)
    for one_row_each, borders in enumerate((of_pairs, of_originals)):
        expected = count_ranks(columns, borders, 3, bool(one_row_each))
        assert list(both[one_row_each]) == list(expected)
        for key, counts in expected.items():
            assert encoding.encode(both[one_row_each][key]) == encoding.encode(counts)


ODD = {
    "far apart": [-1e308, -3.5, 0.0, 5e-324, 1.0, 1e308],
    "in one bin": [0.0, *np.linspace(1e-9, 2e-9, 40), 1.0],
    "in two bins": [0.0, *np.linspace(0.25, 0.25 + 1e-12, 12), 0.5, 1.0],
    "alone": [0.25],
    "infinite": [-np.inf, 0.0, np.inf],
    "next to each other": [0.1, np.nextafter(0.1, 1), np.nextafter(np.nextafter(0.1, 1), 1)],
}


@pytest.mark.parametrize("name", ODD)
def test_each_score_is_found_among_odd_borders(name):
    levels = np.array(ODD[name])
    borders = RankBorders((levels,), (np.zeros((2, 2 * len(levels) + 1)),), 0.5, 9)
    scores = np.array([-np.inf, np.inf, 0.0, -0.0, 0.3, 2.0, -1e308, 1e308])
    beside = [np.nextafter(levels, side) for side in (-np.inf, np.inf)]
    scores = np.random.default_rng(0).permutation(np.concatenate([scores, levels, *beside]))
    expected = [int((levels < score).sum() + (levels <= score).sum()) for score in scores]
    assert borders.levels[0].cells(scores).tolist() == expected
