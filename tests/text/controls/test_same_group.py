"""Swaps within one group: another word for the same people, where a list has one."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.controls.draw import ControlDrawer
from fairflip.text.controls.edited_words import words_edited
from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.reading import Reading
from fairflip.text.controls.same_group import SameGroupSwaps
from fairflip.text.matcher import words_of
from fairflip.text.terms import parse_terms

IDENTITY = load_terms("identity")
FREQUENCIES = DocumentFrequencies.zero().plus_texts(
    ["the girl and the lady", "a girl", "a guy and a man", "Catholic bread", "women and girls"]
)
LIST = parse_terms(
    "term,group,category,swap,form\n"
    "engineer,inside,work,nurse,job\n"
    "electrician,inside,work,nurse,job\n"
    "nurse,outside,work,engineer,job\n"
    "tall,inside,work,small,\n"
    "long,inside,work,small,\n",
    "jobs",
)


def swap(original: str, changed: str, lists=(IDENTITY,), seed: int = 0):
    swaps = SameGroupSwaps(lists, FREQUENCIES, seed)
    edits = words_edited(words_of(original), words_of(changed))
    return swaps.swap(Reading(original, True), edits)


def test_another_term_of_the_group_stands_in_all_the_places_of_the_term():
    made = swap("A woman's work: the woman saw WOMAN.", "A man's work: the man saw MAN.")
    (new,) = made.replacements
    assert made.words == ("woman",)
    assert IDENTITY.by_text[new].group == "female"
    assert IDENTITY.by_text[new].form == IDENTITY.by_text["woman"].form
    assert made.text == f"A {new}'s work: the {new} saw {new.upper()}."


def test_articles_follow_the_new_word():
    made = swap("He was ill or an engineer.", "He was ill or a nurse.", [LIST])
    assert made.text == "He was ill or an electrician."


@pytest.mark.parametrize(
    ("original", "changed"),
    [
        ("she saw the river", "he saw the river"),  # pronouns have no other word
        ("a woman saw the river", "a saw the river"),  # removed, not swapped
        ("she and the woman saw it", "he and the man saw it"),  # one of two has none
        ("the weather is grey", "the weather is green"),  # no terms
    ],
)
def test_no_swap_where_a_word_has_no_other_of_its_group(original, changed):
    assert swap(original, changed) is None


def test_terms_without_a_form_are_left_alone():
    assert swap("a tall tree", "a small tree", [LIST]) is None
    assert swap("an engineer came", "a nurse came", [LIST]).replacements == ("electrician",)


def test_a_pair_that_swaps_within_a_group_itself_has_none():
    assert swap("an engineer came", "an electrician came", [LIST]) is None


def test_a_word_of_the_text_is_not_taken_again():
    texts = ("an engineer and electrician came", "a nurse and electrician came")
    assert swap(*texts, [LIST]) is None


def test_a_term_that_is_swapped_in_some_places_only_has_none():
    assert swap("Miss Woman saw a woman", "Miss Woman saw a man") is None


def test_the_choice_depends_on_words_and_seed_alone():
    made = {swap(f"the woman {word}", f"the man {word}").replacements for word in "abcdefg"}
    assert len(made) == 1
    pairs = ("the woman saw", "the man saw")
    assert len({swap(*pairs, seed=seed).replacements for seed in range(30)}) > 3


def test_the_new_word_is_about_as_frequent_as_that_of_the_pair():
    frequent = DocumentFrequencies.zero().plus_texts(["the man and the girl"] * 64 + ["a lass"])
    edits = words_edited(words_of("a woman"), words_of("a man"))
    taken = [
        SameGroupSwaps([IDENTITY], frequent, seed).swap(Reading("a woman", True), edits)
        for seed in range(50)
    ]
    assert [one.replacements for one in taken].count(("girl",)) > 45


def test_the_first_list_says_what_a_term_is():
    other = parse_terms("term,group,category,swap,form\nnurse,in,x,,y\nclerk,in,x,,y\n", "own")
    swaps = SameGroupSwaps([other, LIST], FREQUENCIES)
    edits = words_edited(words_of("a nurse"), words_of("an engineer"))
    assert swaps.swap(Reading("a nurse", True), edits).replacements == ("clerk",)


def test_drawing_controls_draws_them_beside():
    drawer = ControlDrawer(FREQUENCIES, [IDENTITY], num_controls=2)
    pairs = [("the man saw the river", "0"), ("the saw the river", "1")]
    swapped, removed = drawer.draw("the woman saw the river", pairs, "id")
    assert swapped.same_group.words == ("woman",)
    assert removed.same_group is None
    none = ControlDrawer(FREQUENCIES, [IDENTITY], num_controls=0)
    assert none.draw("the woman saw", [("the man saw", "0")], "id")[0].same_group is None
