"""The words that an edit touched, found from both texts."""

from __future__ import annotations

import pytest

from fairflip.text.controls.edited_words import edit_key, words_edited
from fairflip.text.matcher import words_of


@pytest.mark.parametrize(
    ("original", "changed", "expected"),
    [
        ("She is a waiter.", "He is a waiter.", [("she", "he", 1)]),
        ("She said she would", "said would", [("she", "", 2)]),
        ("the woman's car", "the car", [("woman", "", 1)]),
        ("an old woman", "a woman", [("old", "", 1)]),
        ("he and she", "she and he", [("he", "she", 1), ("she", "he", 1)]),
        ("african american men", "asian american men", [("african", "asian", 1)]),
        ("white people sing", "muslims sing", [("white", "muslims", 1), ("people", "muslims", 1)]),
        ("a man", "a tall man", []),
        ("A MAN", "a man", []),
        ("her book is hers", "his book is his", [("her", "his", 1), ("hers", "his", 1)]),
        ("gay men and gay women left", "men and women", [("gay", "", 2), ("left", "", 1)]),
    ],
)
def test_edited_words(original, changed, expected):
    actual = words_edited(words_of(original), words_of(changed))
    assert [tuple(edit)[:3] for edit in actual] == expected
    assert all(0 <= edit.position < 1 for edit in actual)


def test_a_swap_and_its_way_back_are_one_thing():
    assert edit_key("he", "she") == edit_key("she", "he") == "he↔she"
    assert edit_key("he", "") == "he"
