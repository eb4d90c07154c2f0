"""Nouns of people in names of things are left alone; the same nouns for people are swapped."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.substitution import Substitution


@pytest.fixture(scope="module")
def swap():
    return Substitution(load_terms("identity").only(["gender"]))


@pytest.mark.parametrize(
    "text",
    [
        "A widow walrus swam by.",  # a thing that is called after people
        "They saw king otters there.",
        "We bought queen turnips at the market.",
        "Marble is the mother of all gravel.",
        "Coal was king of the furnace.",
        "A maiden-in-mist grew by the wall.",
        "Move the king beside the rook.",
        "A knight took two pawns.",
        "The beekeeper marked the queen.",
        "The tapeworm left the host.",
        "Reboot the host tonight.",
        "The Otters host Boston in May.",
    ],
)
def test_things_are_left_alone(swap, text):
    assert swap.generate([text])[0] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A king sang.", "A queen sang."),  # "sang" is a plant as well
        ("They gave the king turnips.", "They gave the queen turnips."),
        ("They gave a boy turnips.", "They gave a girl turnips."),
        ("I like my mom soup.", "I like my dad soup."),
        ("The man fishes here.", "The woman fishes here."),
        ("The girl films birds.", "The boy films birds."),
        ("The girl will win.", "The boy will win."),
        ("A mother of two spoke.", "A father of two spoke."),
        ("The king of the country spoke.", "The queen of the country spoke."),
        ("The prince of that tale spoke.", "The princess of that tale spoke."),
        ("My mother-in-law spoke.", "My father-in-law spoke."),
        ("The radio host spoke.", "The radio hostess spoke."),
        ("The queen spoke.", "The king spoke."),
        ("A lady who plays chess spoke.", "A gentleman who plays chess spoke."),
        ("The man made a table.", "The woman made a table."),
        ("The son of a farmer spoke.", "The daughter of a farmer spoke."),
    ],
)
def test_people_are_swapped(swap, text, expected):
    assert expected in [made.text for made in swap.generate([text])[0]]
