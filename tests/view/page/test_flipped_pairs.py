"""Which pairs are shown, and what is marked in them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.view.page import flipped_pairs
from support import random_reports


@pytest.mark.parametrize(
    ("original", "counterfactual"),
    [
        ("she is kind", "he is kind"),
        ("", "new"),
        ("gone", ""),
        ("no change", "no change"),
        ("line\none two", "line\ntwo"),
        ("שלום she", "שלום he"),
    ],
)
def test_marked_changes_give_both_texts_back(original, counterfactual):
    changes = flipped_pairs.mark_changes(original, counterfactual)
    assert "".join(text for kind, text in changes if kind != "added") == original
    assert "".join(text for kind, text in changes if kind != "removed") == counterfactual


def test_only_the_changed_word_is_marked():
    changes = flipped_pairs.mark_changes("the gay man, the man", "the man, the man")
    assert [text.strip() for kind, text in changes if kind != "same"] == ["gay"]


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
    found = flipped_pairs.select_flipped(table.to_batches(), ["m"], 0.5, max_pairs=9)
    assert {pair.example_id: pair.scores["m"].flip for pair in found.shown} == {
        "up": "negative_to_positive",
        "down": "positive_to_negative",
    }
    assert not found.has_text


def test_legitimate_flips_are_left_out():
    table = pa.table(
        {
            "example_id": ["a", "b", "c"],
            "score.m": [0.1, 0.1, 0.1],
            "counterfactual.score.m": [0.9, 0.9, 0.9],
            "flip_is_legitimate": [True, False, None],
        }
    )
    found = flipped_pairs.select_flipped(table.to_batches(), ["m"], 0.5, max_pairs=9)
    assert [pair.example_id for pair in found.shown] == ["b", "c"]


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Overall", [True, True, True]),
        ("gender:female", [True, True, False]),
        ("race:a:b", [True, False, False]),
        ("gender_X_race:female_X_a:b", [True, False, False]),
        ("counterfactual_group:g", [True, False, True]),
        ("nothing:x", [False, False, False]),
    ],
)
def test_slices_by_name(name, inside):
    batch = pa.record_batch(
        {
            "gender": [["female", "male"], ["female"], []],
            "race": ["a:b", None, "c"],
            "group": ["g", "h", "g"],
        }
    )
    assert flipped_pairs.in_slice(batch, name).tolist() == inside


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
    found = flipped_pairs.select_flipped(table.to_batches(), ["m"], 0.5, max_pairs=9)
    assert (found.shown[0].term, found.shown[0].group) == ("she, mother", "female")


def test_a_file_of_scored_pairs_is_not_read_ahead(tmp_path):
    path = tmp_path / "scored.parquet"
    texts = np.random.default_rng(0).integers(0, 1 << 60, 100_000).astype("U100")
    texts = np.char.add(texts, "_" * 80).tolist()
    pq.write_table(pa.table({"comment_text": texts}), path, row_group_size=5_000)
    held, found = [], 0
    before = pa.total_allocated_bytes()
    for batch in flipped_pairs.scored_batches(str(path)):
        held.append(pa.total_allocated_bytes() - before)
        found += batch.num_rows
    assert found == len(texts)
    assert max(held) < sum(map(len, texts)) / 4
