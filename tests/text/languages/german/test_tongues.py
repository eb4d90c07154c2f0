"""The German language is nobody: "ins Deutsche"."""

from __future__ import annotations

import functools

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec


@functools.cache
def generator(category):
    spec = GeneratorSpec(method="substitution", terms="identity_de", categories=[category])
    return make_generator(spec)


@pytest.mark.parametrize("category", ["gender", "nationality"])
@pytest.mark.parametrize(
    "text",
    [
        "Das Buch ist aus dem Deutschen übersetzt.",
        "Im Deutschen sagt man das so.",
        "Das Deutsche hat vier Fälle.",
        "Die Wörter des Deutschen sind lang.",
        "Wer des Deutschen mächtig ist, liest es leicht.",
        "Vom Deutschen ins Polnische.",
        "Übersetzt wurde es vom Deutschen.",
        "Man lernt Deutsch und Türkisch.",
        "Auf Deutsch heißt es anders.",
        "Auf gut Deutsch gesagt: nein.",
    ],
)
def test_the_language_is_left_alone(text, category):
    assert generator(category).generate([text])[0] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ich traue dem Deutschen nicht.", "Ich traue der Deutschen nicht."),
        ("Das Auto des Deutschen war rot.", "Das Auto der Deutschen war rot."),
        ("Ein Deutscher kam ins Haus.", "Eine Deutsche kam ins Haus."),
        ("Es kam von dem Deutschen.", "Es kam von der Deutschen."),
    ],
)
def test_one_of_the_people_is_swapped(text, expected):
    assert [one.text for one in generator("gender").generate([text])[0]] == [expected]


def test_an_adjective_is_no_language():
    made = generator("nationality").generate(["Das deutsche Kind lacht."])[0]
    assert "Das türkische Kind lacht." in [one.text for one in made]
