"""Which pairs are shown."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.view.pairs import flipped_pairs
from support import random_controls, random_reports


def test_choice_is_the_largest_moves_in_any_order_of_batches():
    table = random_reports.scored_pairs(500)
    models = ["baseline", "remediated"]
    batches = table.to_batches(max_chunksize=37)
    one = flipped_pairs.select_flipped(batches, models, 0.5, max_pairs=9)
    other = flipped_pairs.select_flipped(reversed(batches), models, 0.5, max_pairs=9)
    assert one == other
    moves, flips = [], np.zeros(500, dtype=bool)
    for model in models:
        before = table[f"score.{model}"].to_numpy()
        after = table[f"counterfactual.score.{model}"].to_numpy()
        moves.append(np.abs(after - before))
        flips |= (before > 0.5) != (after > 0.5)
    largest = np.sort(np.max(moves, axis=0)[flips])[::-1][:9]
    shown = [
        max(abs(s.counterfactual - s.original) for s in pair.scores.values()) for pair in one.shown
    ]
    assert shown == pytest.approx(list(largest))
    assert one.num_flipped == flips.sum()


def test_score_at_the_threshold_is_negative_and_directions_are_right():
    table = pa.table(
        {
            "example_id": ["same", "up", "down"],
            "score.m": [0.5, 0.5, 0.6],
            "counterfactual.score.m": [0.4, 0.6, 0.5],
        }
    )
    actual = flipped_pairs.select_flipped(table.to_batches(), ["m"], 0.5, max_pairs=9)
    assert {pair.example_id: pair.scores["m"].flip for pair in actual.shown} == {
        "up": "negative_to_positive",
        "down": "positive_to_negative",
    }
    assert not actual.has_text


def test_legitimate_flips_are_left_out():
    table = pa.table(
        {
            "example_id": ["a", "b", "c"],
            "score.m": [0.1, 0.1, 0.1],
            "counterfactual.score.m": [0.9, 0.9, 0.9],
            "flip_is_legitimate": [True, False, None],
        }
    )
    actual = flipped_pairs.select_flipped(table.to_batches(), ["m"], 0.5, max_pairs=9)
    assert [pair.example_id for pair in actual.shown] == ["b", "c"]


def test_several_terms_changed_at_once_are_all_named():
    table = pa.table(
        {
            "example_id": ["a", "b", "c"],
            "term": [["she", "mother"], ["she"], None],
            "group": [["female"], [], None],
            "score.m": [0.1, 0.1, 0.1],
            "counterfactual.score.m": [0.9, 0.2, 0.1],
        }
    )
    actual = flipped_pairs.select_flipped(table.to_batches(), ["m"], 0.5, max_pairs=9)
    assert (actual.shown[0].term, actual.shown[0].group) == ("she, mother", "female")


def with_others(table, most, **options):
    return flipped_pairs.select_flipped(
        table.to_batches(max_chunksize=options.pop("rows", 10_000)),
        ["baseline"],
        0.5,
        max_pairs=most,
        others_from=table,
        **options,
    )


def test_controls_that_flip_and_a_sample_of_the_rest_have_places_of_their_own():
    table = random_controls.with_controls(random_reports.scored_pairs(600), ("baseline",))
    rows = table.to_pylist()
    flips = [
        (r["score.baseline"] > 0.5) != (r["counterfactual.score.baseline"] > 0.5) for r in rows
    ]
    num_flips = sum(f for f, r in zip(flips, rows, strict=True) if r["edit"] == "identity")
    made = with_others(table, 100)
    assert made.num_flipped == num_flips > 100
    kinds = [(pair.edit == "identity", bool(pair.scores["baseline"].flip)) for pair in made.shown]
    assert kinds == sorted(kinds, key=lambda kind: (not kind[1], not kind[0]))
    assert [
        kinds.count(k) for k in ((True, True), (False, True), (True, False), (False, False))
    ] == [
        *(70, 20, 5, 5),
    ]
    assert len(made.identity_flips) == 70
    again = with_others(table.take(np.random.default_rng(3).permutation(len(rows))), 100, rows=37)
    assert made.shown == again.shown
    # Places that flips do not need are those of controls.
    few = with_others(table.filter(pa.array([r["edit"] == "control" for r in rows])), 100)
    assert few.shown == ()  # they are of no pair that is there


def test_pairs_that_flip_at_a_models_own_threshold_alone_come_after_the_others():
    table = pa.table(
        {
            "example_id": ["first", "own", "none", "at"],
            "score.m": [0.1, 0.3, 0.1, 0.41],
            "counterfactual.score.m": [0.6, 0.45, 0.2, 0.3],
        }
    )
    actual = flipped_pairs.select_flipped(
        table.to_batches(), ["m"], 0.5, max_pairs=9, matched={"m": [0.41, 0.9], "other": [0.15]}
    )
    # A score at a threshold is negative.
    assert [pair.example_id for pair in actual.shown] == ["first", "own"]
    assert actual.num_flipped == 1


def test_each_output_has_its_turn():
    count = 40
    moves = np.linspace(0.01, 0.4, count)
    half = np.arange(count) % 2 == 0
    table = pa.table(
        {
            "example_id": [f"{number:02d}" for number in range(count)],
            "score.m/a": np.where(half, 0.5, 0.1),
            "counterfactual.score.m/a": np.where(half, 0.5 + moves, 0.1),
            "score.m/b": np.where(half, 0.1, 0.5),
            "counterfactual.score.m/b": np.where(half, 0.1, 0.5 + moves / 100),
        }
    )
    actual = flipped_pairs.select_flipped(
        table.to_batches(max_chunksize=7),
        ["m/a", "m/b"],
        0.5,
        max_pairs=6,
        outputs=[["m/a"], ["m/b"]],
    )
    assert [pair.example_id for pair in actual.shown] == ["38", "39", "36", "37", "34", "35"]
    assert actual.num_flipped == count / 2


def test_a_control_has_the_slices_of_its_pair():
    table = random_controls.with_controls(random_reports.scored_pairs(300), ("baseline",))
    names = ["Overall", "counterfactual_term:she", "gender:male"]
    made = with_others(table, 1000, slices=names)
    rows = table.to_pylist()
    pair_of = {
        (r["example_id"], r["counterfactual_index"]): r for r in rows if r["edit"] == "identity"
    }
    own = {
        (r["example_id"], r["counterfactual.comment_text"]): pair_of[
            r["example_id"], r["counterfactual_index" if r["edit"] == "identity" else "control_of"]
        ]
        for r in rows
    }
    assert {pair.edit for pair in made.shown} == {"identity", "control", "same_group"}
    for pair in made.shown:
        changed = "".join(text for kind, text in pair.changes if kind != "removed")
        row = own[pair.example_id, changed]
        inside = [True, row["term"] == "she", "male" in row["gender"]]
        assert list(pair.slices) == np.flatnonzero(inside).tolist()
        if pair.edit != "identity":
            assert pair.term.startswith("word")
