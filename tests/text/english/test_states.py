"""States of things are left alone; those of people are swapped."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.substitution import Substitution


@pytest.fixture(scope="module")
def swap():
    return Substitution(load_terms("identity").only(["disability"]))


@pytest.mark.parametrize(
    "text",
    [
        "The microphone is disabled.",
        "Two microphones were not disabled.",
        "The update disabled the camera.",
        "A disabled microphone lay there.",
        "The harbour was paralyzed by fog.",
        "I stood there paralyzed with sheer terror.",
    ],
)
def test_things_are_left_alone(swap, text):
    assert swap.generate([text])[0] == []


@pytest.mark.parametrize(
    "text",
    [
        "My neighbour is disabled.",
        "A disabled student came.",
        "Nora was paralyzed by an accident.",
        "Both legs are paralyzed.",
        "There is a disabled toilet.",
        "I am disabled.",
    ],
)
def test_people_are_swapped(swap, text):
    assert swap.generate([text])[0]
