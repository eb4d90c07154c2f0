"""Answers in every shape in use become one score a record, or a sentence with the choices."""

from __future__ import annotations

import numpy as np
import pytest
from apache_beam.ml.inference.base import PredictionResult

from fairflip.pipeline.score.handlers.answers import names_of, scores_of, scores_of_each
from fairflip.protos.errors import ConfigurationError, InputError

SCORES = [0.25, 0.5, 0.75]


def labelled(*names: str) -> list[list[dict]]:
    """Scores of two labels, sorted by score as a pipeline does."""
    rows = []
    for score in SCORES:
        both = [{"label": names[0], "score": 1 - score}, {"label": names[1], "score": score}]
        rows.append(sorted(both, key=lambda entry: -entry["score"]))
    return rows


@pytest.mark.parametrize(
    ("answers", "output", "class_names"),
    [
        (SCORES, "", ()),
        (np.array(SCORES, np.float32), "", ()),
        ([np.float64(score) for score in SCORES], "", ()),
        ([[score] for score in SCORES], "", ()),
        ([np.array([score]) for score in SCORES], "", ()),
        ([[1 - score, score] for score in SCORES], "", ()),
        ([[1 - score, score] for score in SCORES], "", (False, True)),
        ([[1 - score, score] for score in SCORES], "", (0, 1)),
        ([[score, 1 - score] for score in SCORES], "toxic", ("toxic", "ok")),
        ([[score, 9, 9] for score in SCORES], ":0", ()),
        ({"toxic": SCORES, "insult": [0, 0, 0]}, "toxic", ()),
        ({"toxic": SCORES}, "", ()),
        ([{"toxic": score, "insult": 0} for score in SCORES], "toxic", ()),
        (labelled("LABEL_0", "LABEL_1"), "", ()),
        (labelled("NEGATIVE", "POSITIVE"), "POSITIVE", ()),
        (labelled("z", "a"), ":1", ("z", "a")),
        ([{"labels": ["x", "y"], "scores": [score, 0]} for score in SCORES], "x", ()),
        ([PredictionResult("text", score) for score in SCORES], "", ()),
        ([PredictionResult("text", np.array([1 - s, s])) for s in SCORES], ":1", ()),
        (
            [PredictionResult("text", {"logits": [9, 9], "p": np.array([s])}) for s in SCORES],
            "p",
            (),
        ),
        ([{"p": np.array([s, 1 - s])} for s in SCORES], ":0", ()),
        ({"p": np.array([[s, 7] for s in SCORES]), "q": np.zeros((3, 4))}, "p:0", ()),
        ({"pair": np.array([[1 - s, s] for s in SCORES])}, "", ()),
        (np.array([[1 - s, s] for s in SCORES]), "pair:1", ("pair:0", "pair:1")),
        (SCORES, "toxic", ("ok", "toxic")),
        ([-score for score in SCORES], "ok", ("ok", "toxic")),
        (SCORES, "", (0, 1)),
        ([[score] for score in SCORES], "LABEL_0", ("LABEL_0",)),
        (SCORES, ":0", ()),
    ],
)
def test_every_shape_gives_the_same_scores(answers, output, class_names):
    actual = scores_of(answers, 3, model="m", output=output, class_names=class_names)
    assert actual.dtype == np.float64
    assert actual.tolist() == pytest.approx(SCORES)


@pytest.mark.parametrize(
    ("answers", "output", "class_names", "named"),
    [
        ([[0.1, 0.9]] * 3, "", ("toxic", "ok"), "'toxic', 'ok'"),
        ([[0.1, 0.2, 0.7]] * 3, "", (), ":INDEX"),
        ([[0.1, 0.9]] * 3, "hate", ("toxic", "ok"), "'hate' is none of them"),
        ([[0.1, 0.9]] * 3, ":2", (), "':2' is none of them"),
        (labelled("NEGATIVE", "POSITIVE"), "", (), "'NEGATIVE', 'POSITIVE'"),
        ([{"label": "POSITIVE", "score": 0.9}] * 3, "", (), "top_k=None"),
        ([[0.4, 0.9]] * 3, "", (), "'0', '1'"),
        (SCORES, "", ("clean", "abusive"), "'clean', 'abusive'"),
        (SCORES, "toxic", ("rude",), "'toxic' is none of them"),
        (SCORES, ":1", (), "':1' is none of them"),
        ({"score": np.ones((3, 1)), "pair": np.ones((3, 2))}, "", (), "one of pair, score"),
        ({"score": np.ones((3, 1)), "pair": np.ones((3, 2))}, "pair", (), "'0', '1'"),
        ({"pair": np.ones((3, 2))}, "other:1", (), "'other:1' is not an output"),
    ],
)
def test_an_open_choice_names_the_choices(answers, output, class_names, named):
    with pytest.raises(ConfigurationError, match=r"models\[m\]") as raised:
        scores_of(answers, 3, model="m", output=output, class_names=class_names)
    assert named in str(raised.value)


@pytest.mark.parametrize(
    ("answers", "output"),
    [
        ([0.1, 0.2], "2 answers for 3 records"),
        (0.5, "answers for 3 records"),
        (["yes", "no", 0.5], "2 of 3 answers are no numbers but str"),
        (np.zeros((3, 2, 2)), r"shape \(3, 2, 2\)"),
        ([*labelled("a", "b")[:2], [{"label": "a", "score": 1.0}]], "no score for the label 'b'"),
        (None, "NoneType"),
    ],
)
def test_missing_or_unreadable_answers_are_refused(answers, output):
    with pytest.raises(InputError, match=output):
        scores_of(answers, 3, model="m", output="a" if isinstance(answers, list) else "")


@pytest.mark.parametrize(
    ("answers", "class_names", "names"),
    [
        ([{"b": s, "a": 1 - s} for s in SCORES], (), ("a", "b")),
        (labelled("z", "a"), ("z", "a"), ("z", "a")),
        (np.array([[s, 0, 1] for s in SCORES]), (), (":0", ":1", ":2")),
        (np.array([[s, 0] for s in SCORES]), ("no", "yes"), ("no", "yes")),
        ({"one": np.array(SCORES), "two": np.zeros((3, 2))}, (), ("one", "two:0", "two:1")),
        ({"only": np.zeros((3, 2))}, (), (":0", ":1")),
        (SCORES, (), ("",)),
        (SCORES, ("no", "yes"), ("no", "yes")),
    ],
)
def test_all_numbers_have_names_by_which_they_can_be_asked_for(answers, class_names, names):
    assert names_of(answers, 3, model="m", class_names=class_names) == names
    if len(names) > 1:
        together = scores_of_each(answers, 3, model="m", outputs=names, class_names=class_names)
        assert together.shape == (3, len(names))
        for column, name in zip(together.T, names, strict=True):
            alone = scores_of(answers, 3, model="m", output=name, class_names=class_names)
            np.testing.assert_array_equal(column, alone)


def test_numbers_of_another_shape_say_what_was_expected():
    with pytest.raises(InputError, match=r"shape \(3, 2, 2\) for 3 records; expected are one, or"):
        names_of(np.zeros((3, 2, 2)), 3, model="m")
