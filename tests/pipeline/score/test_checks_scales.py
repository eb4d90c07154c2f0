"""Scores are judged by their model's scale, counted as the model gave them, and logits read."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.score.checks import check_scores
from fairflip.pipeline.score.score_account import ScoreAccount
from fairflip.protos.forms.model_specs import ANY, LOGIT, PROBABILITY

SCORES = st.one_of(
    st.none(),
    st.floats(),
    st.floats(-1, 2),
    st.sampled_from([0.0, 1.0, -0.0, 1.5, -1e-300, math.nan, math.inf, -math.inf]),
)


def batch_of(rows: list[tuple[float | None, float | None]]) -> pa.RecordBatch:
    ours, theirs = zip(*rows, strict=True) if rows else ((), ())
    return pa.RecordBatch.from_pydict(
        {
            "id": pa.array([str(n) for n in range(len(rows))], pa.string()),
            "score.m": pa.array(ours, pa.float64(), from_pandas=False),
            "counterfactual.score.m": pa.array(theirs, pa.float64(), from_pandas=False),
        }
    )


def is_good(score: float | None, scale: str) -> bool:
    """One score, judged by the page's words."""
    if score is None or math.isnan(score):
        return False
    return {"probability": 0 <= score <= 1, "logit": True, "any": math.isfinite(score)}[scale]


@given(st.lists(st.tuples(SCORES, SCORES), max_size=12), st.sampled_from([PROBABILITY, LOGIT, ANY]))
def test_every_score_is_kept_or_counted(rows, scale):
    checked = check_scores(batch_of(rows), {"m": scale}, "id")
    good = [n for n, row in enumerate(rows) if all(is_good(score, scale) for score in row)]
    assert checked.good["id"].to_pylist() == [str(n) for n in good]
    assert [r.record for r in checked.rejects] == [
        str(n) for n in range(len(rows)) if n not in good
    ]
    scores = [score for row in rows for score in row]
    numbers = [score for score in scores if score is not None and not math.isnan(score)]
    finite = [score for score in numbers if math.isfinite(score)]
    [actual] = checked.account.to_protos()
    assert (actual.num_scores, actual.num_missing) == (len(scores), len(scores) - len(numbers))
    assert actual.num_off_scale == sum(not is_good(score, scale) for score in numbers)
    if finite:
        assert (actual.lowest, actual.highest) == (min(finite), max(finite))
    else:
        assert math.isnan(actual.lowest)
        assert math.isnan(actual.highest)
    for side, name in enumerate(("score.m", "counterfactual.score.m")):
        remaining = checked.good[name].to_pylist()
        given_scores = [rows[n][side] for n in good]
        if scale != "logit":
            assert remaining == given_scores
            continue
        assert all(0 <= score <= 1 for score in remaining)
        order = np.argsort(given_scores, kind="stable")
        assert (np.diff(np.array(remaining)[order]) >= 0).all(), "a sigmoid keeps the order"


@pytest.mark.parametrize(
    ("logit", "probability"),
    [(0.0, 0.5), (math.log(3), 0.75), (-math.log(3), 0.25), (math.inf, 1.0), (-math.inf, 0.0)],
)
def test_a_logit_becomes_its_probability(logit, probability):
    good = check_scores(batch_of([(logit, -logit)]), {"m": "logit"}, "id").good
    [row] = good.to_pylist()
    assert row["score.m"] == pytest.approx(probability, abs=1e-15)
    assert row["counterfactual.score.m"] == pytest.approx(1 - probability, abs=1e-15)


@given(st.lists(st.tuples(SCORES, SCORES), min_size=1, max_size=12), st.integers(1, 5))
def test_accounts_of_parts_add_up_to_that_of_the_whole(rows, size):
    whole = check_scores(batch_of(rows), {"m": "probability"}, "id").account
    parts = [
        check_scores(batch_of(rows[n : n + size]), {"m": "probability"}, "id").account
        for n in range(0, len(rows), size)
    ]
    assert ScoreAccount.sum(parts[::-1]) == whole
    assert ScoreAccount.from_dict(whole.to_dict()) == whole
    assert ScoreAccount.zero() + whole == whole


def test_a_pair_that_one_model_gave_no_score_leaves_for_all():
    batch = batch_of([(0.5, 0.5), (0.5, 3.0)])
    for name in ("score.n", "counterfactual.score.n"):
        batch = batch.append_column(name, pa.array([-4.0, 4.0]))
    checked = check_scores(batch, {"m": "probability", "n": "logit"}, "id")
    assert checked.good["id"].to_pylist() == ["0"]
    assert [reject.reason for reject in checked.rejects] == ["score_out_of_range"]
    assert "score_scale" in checked.rejects[0].detail
    by_model = {actual.model: actual for actual in checked.account.to_protos()}
    assert Fraction(by_model["m"].num_off_scale, by_model["m"].num_scores) == Fraction(1, 4)
    assert by_model["n"].num_off_scale == 0


def test_scores_that_are_exactly_0_or_1_are_counted():
    checked = check_scores(batch_of([(0.0, 1.0), (1.0, 0.5), (np.nan, 1.0)]), {"m": "any"}, "id")
    [actual] = checked.account.to_protos()
    assert (actual.num_scores, actual.num_missing, actual.num_zero_or_one) == (6, 1, 4)
