"""What scores look like that are not of their scale, and when they stop a run."""

from __future__ import annotations

import math

import pytest

from fairflip.pipeline.score.off_scale import describe_off_scale, refuse_scores_off_scale
from fairflip.protos.errors import InputError
from fairflip.protos.report_pb2 import ScoreRange


def a_range(lowest=-7.1, highest=6.3, off=90, missing=0, scale="probability") -> ScoreRange:
    return ScoreRange(
        model="m",
        num_scores=100,
        num_missing=missing,
        num_off_scale=off,
        lowest=lowest,
        highest=highest,
        score_scale=scale,
    )


@pytest.mark.parametrize(
    ("lowest", "highest", "looks", "cure"),
    [
        (-7.1, 6.3, "look like logits", "--score_scale m=logit"),
        (-0.9, 0.98, "a scale from -1 to 1", "--score_scale m=any and a --threshold"),
        (-12.5, -0.01, "logarithms of probabilities", "take the exponential"),
        (0.0, 97.0, "percentages or ratings", "divide percentages by 100"),
        (1.0, 5.0, "percentages or ratings", "--score_scale m=any"),
        (0.0, 4000.0, "without an upper end", "--score_scale m=any"),
    ],
)
def test_the_sentence_says_what_scores_look_like_and_what_to_do(lowest, highest, looks, cure):
    with pytest.raises(InputError) as caught:
        refuse_scores_off_scale([a_range(lowest, highest)])
    sentence = str(caught.value)
    assert sentence.startswith("models[m]: 90 of 100 scores are outside of 0 to 1")
    assert f"from {lowest:g} to {highest:g}" in sentence
    assert looks in sentence
    assert cure in sentence


@pytest.mark.parametrize(
    ("off", "missing", "stops"),
    [(50, 0, False), (51, 0, True), (0, 100, False), (0, 0, False), (6, 90, True), (5, 90, False)],
)
def test_more_than_half_of_the_scores_that_there_are_stop_a_run(off, missing, stops):
    if not stops:
        refuse_scores_off_scale([a_range(off=off, missing=missing)])
        return
    with pytest.raises(InputError):
        refuse_scores_off_scale([a_range(off=off, missing=missing)])


def test_every_such_model_is_named():
    both = [a_range(), ScoreRange(model="n", num_scores=4, num_off_scale=4, lowest=2, highest=9)]
    with pytest.raises(InputError, match=r"models\[m\].*models\[n\]"):
        refuse_scores_off_scale(both)


@pytest.mark.parametrize(("lowest", "highest"), [(math.nan, math.nan), (0.0, 1.0), (0.2, 0.2)])
def test_where_the_finite_scores_are_on_the_scale_the_others_are_infinite(lowest, highest):
    """Found by fuzzing: it said that all lie from nan to nan, or looked like counts."""
    sentence = describe_off_scale(a_range(lowest, highest))
    assert sentence == "models[m]: 90 of 100 scores are infinite; mend the model"


def test_of_any_scale_only_infinite_scores_are_off():
    assert "infinite; mend the model" in describe_off_scale(a_range(scale="any"))
