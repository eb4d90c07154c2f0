"""Plain edits: beside the full ones, and what they must be by themselves."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.plain_edits.edits import PlainEdits
from fairflip.text.substitution import Substitution

IDENTITY = load_terms("identity")


@pytest.fixture(scope="module")
def swaps():
    return PlainEdits(IDENTITY, "substitution")


@pytest.fixture(scope="module")
def removals():
    return PlainEdits(IDENTITY, "ablation")


#: Texts of which the full edits and the plain ones make the same.
ALIKE = [
    "she sings", "She sings", "SHE SINGS", "HE said SHE sings", "tell him that her brother sings",
    "a woman is late", "an actress is a woman", "his mother saw her", "the book is his",
    "ex-wife of the king", "my boyfriend's mother", "an African-American man", "a gay man",
    "Muslim women are late. Women sing", "a Christian and an atheist", "a Jewish teacher",
    "the black woman is old", "Mr. Jones is late", "they sing", "https://she.com/he is down",
    "w*man is no word", "mothers-in-law and fathers", "he_man", "", "   ", "tea is good",
    "deaf ears heard her mother",
]  # fmt: skip


@pytest.mark.parametrize("text", ALIKE)
def test_swaps_are_those_of_the_full_edits(swaps, text):
    full = [made.text for made in Substitution(IDENTITY).generate([text])[0]]
    assert sorted(swaps.swapped([text], 1000)[0]) == sorted(full)


@pytest.mark.parametrize(
    "text",
    [
        "she sings", "tea with her mother.", "He, she and tea", "the ex-wife is late",
        "women's tea", "(gay) tea", "a gay artist", "an old woman", "gay", "tea", "",
        "a line\nhe\ntea", "women-only tea", "#gay tea", '"she" is a word', "gay, lesbian tea",
    ],
)  # fmt: skip
def test_removals_are_those_of_the_full_edits(removals, text):
    made = Ablation(IDENTITY).generate([text])[0]
    assert removals.removed([text])[0] == (made[0].text if made else None)


def test_no_more_than_asked_for_and_the_first_of_all(swaps):
    text = "a muslim woman meets a jewish man"
    whole, few = swaps.swapped([text], 1000)[0], swaps.swapped([text], 3)[0]
    assert len(whole) > 5
    assert few == whole[:3]


def test_a_text_and_its_counterfactual_meet_the_same_groups(swaps):
    """Which exchanges come first follows from the words beside the terms."""
    first = swaps.swapped(["the muslim teacher sings well"], 2)[0]
    second = swaps.swapped(["the jewish teacher sings well"], 2)[0]
    groups = [{made.split()[1] for made in texts} for texts in (first, second)]
    others = {
        frozenset(made.split()[1] for made in texts)
        for texts in swaps.swapped([f"the muslim teacher sings {i} times" for i in range(40)], 2)
    }
    assert len(groups[0] | groups[1]) < 4
    assert len(others) > 5


@pytest.mark.parametrize(
    ("name", "method", "reason"),
    [
        ("singular_they", "substitution", "verb"),
        ("turkish", "ablation", "dotless"),
        ("emoji", "ablation", "no words"),
        ("chinese", "ablation", "no words"),
    ],
)
def test_what_a_graph_cannot_do_is_refused(name, method, reason):
    from fairflip.protos.errors import ConfigurationError
    from fairflip.text.terms import parse_terms

    lists = {
        "turkish": "term\nkadın\n",
        "emoji": "term\n👩\n",
        "chinese": "term\n女人\n",
    }
    terms = parse_terms(lists[name], name) if name in lists else load_terms(name)
    with pytest.raises(ConfigurationError, match=reason):
        PlainEdits(terms, method)
