"""A score is read from every shape of answer, or it is said why there is none."""

from __future__ import annotations

import json
import math

import pytest

from fairflip.pipeline.score.services.answers import check, scores_in
from fairflip.protos.forms.checks import Problems
from fairflip.protos.service_pb2 import Answer, LabelScore, Service

FALSE = [LabelScore(label="false", score=0)]
YES_NO = [LabelScore(label="yes", score=1), LabelScore(label="no", score=0.25)]

JUDGED = {"labels": YES_NO, "label_probabilities": True}


def read(answer, num_texts=1, **fields):
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return scores_in(content, Answer(**fields), num_texts)


@pytest.mark.parametrize(
    ("answer", "fields", "expected"),
    [
        (0.5, {}, 0.5),
        ("0.5", {}, 0.5),
        (True, {}, 1.0),
        ({"a": {"b": [1, 0.75]}}, {"pointer": "/a/b/1"}, 0.75),
        ({"a/b": {"~": 0.1}}, {"pointer": "/a~1b/~0"}, 0.1),
        (
            [[{"label": "ok", "score": 0.9}, {"label": "in/sult", "score": 0.1}]],
            {"pointer": "/0/[label=in/sult]/score"},
            0.1,
        ),
        (
            {"top": [{"token": " No", "logprob": -1}, {"token": "Yes", "logprob": -0.5}]},
            {"pointer": "/top/[token=Yes]/logprob", "log_probability": True},
            math.exp(-0.5),
        ),
        (
            {
                "top": [
                    {"token": "Yes", "logprob": math.log(0.3), "bytes": [89]},
                    {"token": " yes", "logprob": math.log(0.1)},
                    {"token": "No", "logprob": math.log(0.2)},
                    {"token": "maybe", "logprob": math.log(0.4)},
                ]
            },
            {
                "pointer": "/top",
                "labels": [LabelScore(label="yes", score=1), LabelScore(label="no", score=0)],
                "label_probabilities": True,
            },
            0.4 / 0.6,
        ),
        (
            {"yes": math.log(0.2), "no": math.log(0.6)},
            {"labels": YES_NO, "label_probabilities": True},
            (0.2 * 1 + 0.6 * 0.25) / 0.8,
        ),
        (
            [{"token": "no", "logprob": -9999.0}, {"token": "yes", "logprob": -0.1}],
            {"labels": YES_NO, "label_probabilities": True},
            1.0,
        ),
        ("I would say 35 of 100.", {"pattern": r"(\d+) of", "divide_by": 100}, 0.35),
        ("Yes.", {"labels": YES_NO}, 1.0),
        ("The answer is: NO!", {"pattern": r"\w+!", "labels": YES_NO}, 0.25),
        (
            {"flagged": False},
            {"pointer": "/flagged", "labels": [LabelScore(label="false", score=0)]},
            0.0,
        ),
    ],
)
def test_shapes(answer, fields, expected):
    assert read(answer, **fields) == [pytest.approx(expected)]


@pytest.mark.parametrize(
    ("answer", "fields", "reason"),
    [
        (b"<html>busy</html>", {}, "the answer is no JSON"),
        (b"\xff", {}, "the answer is no JSON"),
        (b"[" * 100_000, {}, "the answer is no JSON"),
        ({"a": 1}, {"pointer": "/b"}, "answer.pointer finds nothing"),
        ([1], {"pointer": "/1"}, "answer.pointer finds nothing"),
        ("word", {}, "the answer is no number"),
        (None, {}, "the answer is no number"),
        ({"a": 1}, {}, "the answer is no number"),
        ("NaN", {}, "the answer is no finite number"),
        (b"1e999", {}, "the answer is no finite number"),
        ("none", {"pattern": r"\d"}, "answer.pattern finds nothing"),
        ("perhaps", {"labels": YES_NO}, "the answer is none of answer.labels"),
        ([{"token": "well", "logprob": -1}], JUDGED, "none of answer.labels is among the tokens"),
        ([{"token": "yes", "logprob": -1e9}], JUDGED, "none of answer.labels is among the tokens"),
        ([{"token": "yes"}], JUDGED, "answer.pointer finds no list of tokens"),
        ("yes", JUDGED, "answer.pointer finds no list of tokens"),
        ({"yes": None}, JUDGED, "the answer is no number"),
        (b'{"yes": NaN}', JUDGED, "the answer is no finite number"),
    ],
)
def test_what_cannot_be_read_says_why_and_nothing_of_the_answer(answer, fields, reason):
    assert read(answer, **fields) == [reason]


def test_one_answer_for_several_texts():
    answer = {"predictions": [{"p": 0.1}, {"q": 0.2}, {"p": "x"}, {"p": 0.4}]}
    assert read(answer, 4, pointer="/predictions/*/p") == [
        0.1,
        "answer.pointer finds nothing",
        "the answer is no number",
        0.4,
    ]
    wrong = ["the answer has 4 scores for 3 texts"] * 3
    assert read(answer, 3, pointer="/predictions/*/p") == wrong
    assert read({"p": 1}, 2, pointer="/*/p") == ["answer.pointer finds no list"] * 2


def test_mistakes_of_a_description():
    problems = Problems()
    answer = Answer(pointer="a/*/*", pattern="(a)(")
    check(Service(texts_per_call=2, answer=answer), problems)
    assert [problem.split(";")[0].split(" (")[0] for problem in problems] == [
        "answer.pointer: does not begin with /",
        "answer.pointer: has more than one *",
        "answer.pattern: is no regular expression",
    ]


def test_label_probabilities_need_labels_and_stand_alone():
    problems = Problems()
    one = [LabelScore(label="yes", score=1), LabelScore(label="Yes.", score=0)]
    answer = Answer(label_probabilities=True, labels=one, pattern="x", log_probability=True)
    check(Service(answer=answer), problems)
    assert [problem.split(":")[0] for problem in problems] == [
        "answer.label_probabilities",
        "answer.pattern",
        "answer.log_probability",
    ]
    problems = Problems()
    check(Service(answer=Answer(label_probabilities=True, labels=YES_NO)), problems)
    assert not list(problems)
