"""Which words are part of a name: by capitals, small words and families."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.names import is_in_name, is_pronoun_in_title
from fairflip.text.substitution import Substitution


@pytest.fixture(scope="module")
def swap():
    return Substitution(load_terms("identity").only(["gender"]))


@pytest.mark.parametrize(
    "text",
    [
        "Papa Was a Farmer lasts ten minutes.",
        "They played Wait for Your Man twice.",
        "Sons of Ohio was on at ten.",
        "Daughters was filmed there.",
        "A poster of the Ferrante sisters hung there.",
        "A slogan was Lemon Her Way.",
    ],
)
def test_names_are_left_alone(swap, text):
    assert swap.generate([text])[0] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sons of Ohio were there.", "Daughters of Ohio were there."),
        ("The sisters were there.", "The brothers were there."),
        ("The Muslim sisters were there.", "The Muslim brothers were there."),
        ("I saw Her there.", "I saw Him there."),
        ("I told Anna. She Left.", "I told Anna. He Left."),
        ("Anna said Her mother left.", "Anna said His father left."),
        ("Local Man Finds Your Dog After Ten Long Weeks", "Local Woman Finds Your Dog"),
    ],
)
def test_people_are_swapped(swap, text, expected):
    assert any(made.text.startswith(expected) for made in swap.generate([text])[0])


def test_a_pronoun_needs_capitals_on_both_sides():
    text = "They sang Show Her Mercy aloud."
    start = text.index("Her")
    assert is_pronoun_in_title(text, start, start + 3)
    for other in ("They sang to Her Mercy aloud.", "They sang Show Her mercy aloud."):
        start = other.index("Her")
        assert not is_pronoun_in_title(other, start, start + 3)


def test_a_family_is_one_by_its_name():
    text = "the Everly brothers and the brothers"
    first, last = text.index("brothers"), text.rindex("brothers")
    assert is_in_name(text, first, first + 8, "brothers")
    assert not is_in_name(text, last, last + 8, "brothers")
