"""The same pairs of two runs are found by what is in them, whatever their order."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.compare.common_pairs import join_pairs
from fairflip.pipeline.compare.finished_runs import open_run
from fairflip.protos.errors import InputError
from support.runs import finished_runs

PAIRS = finished_runs.pairs(40)
SCORES = np.linspace(0, 1, 40)


def run(folder, table, **settings):
    return open_run(finished_runs.write_run(folder, table, **settings))


def with_scores(table, scores):
    return finished_runs.scored(table, "model", scores, scores)


def test_rows_in_another_order_meet_their_own(tmp_path):
    order = np.random.default_rng(1).permutation(40)
    one = run(tmp_path / "one", with_scores(PAIRS, SCORES))
    two = run(tmp_path / "two", with_scores(PAIRS, SCORES).take(pa.array(order)))
    joined = join_pairs(one, two)
    assert joined.overlap.is_same_set
    assert joined.overlap.num_common == 40
    for name in ("example_id", "counterfactual.comment_text", "score.model"):
        assert joined.reference[name].to_pylist() == joined.other[name].to_pylist()


def test_the_common_part_is_what_is_equal_on_both_sides(tmp_path):
    other = with_scores(PAIRS, SCORES).slice(10)
    texts = other["counterfactual.comment_text"].to_pylist()
    texts[0] = texts[0] + "!"
    place = other.column_names.index("counterfactual.comment_text")
    other = other.set_column(place, "counterfactual.comment_text", pa.array(texts))
    joined = join_pairs(
        run(tmp_path / "one", with_scores(PAIRS, SCORES)), run(tmp_path / "two", other)
    )
    pairs = joined.overlap
    assert not pairs.is_same_set
    counts = (pairs.num_common, pairs.num_only_in_reference, pairs.num_only_in_run)
    assert counts == (29, 11, 1)
    assert joined.reference["score.model"].to_pylist() == SCORES[11:].tolist()


def test_pairs_that_read_alike_are_matched_one_to_one(tmp_path):
    twice = pa.concat_tables([PAIRS.slice(0, 4), PAIRS.slice(0, 4)])
    joined = join_pairs(
        run(tmp_path / "one", with_scores(twice, SCORES[:8])),
        run(tmp_path / "two", with_scores(PAIRS, SCORES)),
    )
    assert joined.overlap.num_common == 4
    assert joined.overlap.num_only_in_reference == 4
    assert len(set(joined.reference["counterfactual.comment_text"].to_pylist())) == 4


def test_other_labels_are_counted_by_original(tmp_path):
    other = PAIRS.set_column(
        PAIRS.column_names.index("toxicity"),
        "toxicity",
        pa.array(
            [1 - value if i < 6 else value for i, value in enumerate(PAIRS["toxicity"].to_pylist())]
        ),
    )
    joined = join_pairs(
        run(tmp_path / "one", with_scores(PAIRS, SCORES)),
        run(tmp_path / "two", with_scores(other, SCORES)),
    )
    assert joined.overlap.num_differing_labels == 3


def test_runs_without_texts_are_matched_by_number_where_the_sets_agree(tmp_path):
    order = np.random.default_rng(2).permutation(40)
    hidden = run(tmp_path / "one", with_scores(PAIRS, SCORES).take(pa.array(order)), no_text=True)
    shown = run(tmp_path / "two", with_scores(PAIRS, SCORES))
    joined = join_pairs(hidden, shown)
    assert joined.overlap.is_same_set
    assert joined.reference["score.model"].to_pylist() == joined.other["score.model"].to_pylist()


def test_runs_without_texts_on_other_pairs_are_refused(tmp_path):
    hidden = run(tmp_path / "one", with_scores(PAIRS, SCORES), no_text=True)
    shown = run(tmp_path / "two", with_scores(PAIRS, SCORES).slice(1))
    with pytest.raises(InputError, match="left its texts out"):
        join_pairs(hidden, shown)


def test_runs_without_a_common_pair_are_refused(tmp_path):
    one = run(tmp_path / "one", with_scores(PAIRS, SCORES).slice(0, 20))
    two = run(tmp_path / "two", with_scores(PAIRS, SCORES).slice(20))
    with pytest.raises(InputError, match="no pair in common"):
        join_pairs(one, two)
