"""Controls of a pair: the same edit, made to other words."""

from __future__ import annotations

import random
import re

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.generate.term_lists import IDENTITY_LISTS, load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.controls import draw
from fairflip.text.controls.draw import ControlDrawer
from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.word_classes import FUNCTION_WORDS, NEGATIONS
from fairflip.text.matcher import Matcher, words_of
from fairflip.text.substitution import Substitution
from fairflip.text.terms import normalised, parse_terms

TERMS = parse_terms(
    "term,group,category,swap\nhe,male,gender,she\nshe,female,gender,he\n"
    "man,male,gender,woman\nwoman,female,gender,man\n",
    "few",
)
LISTED = {normalised(term.text) for term in TERMS.terms}
SOME = (
    "he she man woman not never the of and you report weather history garden bread river "
    "stone a an apple it is was London @bob http://x.org don't well-known I very blue green"
)
WORDS = SOME.split()
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=14).map(" ".join)
corpora = st.lists(texts, min_size=5, max_size=25)


def pairs_of(generator, corpus: list[str]) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """ID, text and keyed counterfactuals of the texts that have any."""
    actual = []
    for number, (text, made) in enumerate(zip(corpus, generator.generate(corpus), strict=True)):
        changed = [one.text for one in made if one.text.strip() and one.text != text]
        if changed:
            actual.append((f"id{number}", text, [(c, str(k)) for k, c in enumerate(changed)]))
    return actual


def drawer_of(corpus: list[str], **settings) -> ControlDrawer:
    return ControlDrawer(DocumentFrequencies.zero().plus_texts(corpus), [TERMS], **settings)


@given(corpora, st.booleans())
def test_no_control_edits_a_term_or_a_negation_or_leaves_nothing(corpus, removes):
    drawer = drawer_of(corpus, num_controls=3)
    for id, text, pairs in pairs_of((Ablation if removes else Substitution)(TERMS), corpus):
        counts = words_of(text).words
        for drawn in drawer.draw(text, pairs, id):
            assert len({frozenset(control.words) for control in drawn.controls}) == len(
                drawn.controls
            )
            assert bool(drawn.shortage) == (len(drawn.controls) < 3)
            for control in drawn.controls:
                assert control.text.strip()
                assert control.text != text
                assert not {*control.words, *control.replacements} & (LISTED | NEGATIONS)
                assert not set(control.words) & {"an", "bob", "org", "don", "well"}
                # As many places as the pair's own edit, most repeated first.
                assert [counts.count(word) for word in control.words] == [
                    edit.num_places for edit in drawn.edits
                ]
                assert len(set(control.words)) == len(control.words)
                assert [bool(word) for word in control.replacements] == [
                    bool(edit.replacement) for edit in drawn.edits
                ]
                left = words_of(control.text).words
                for word, other in zip(control.words, control.replacements, strict=True):
                    if other not in control.words:
                        assert other == "" or left.count(other) >= counts.count(word)
                    if word not in control.replacements:
                        assert word not in left


@given(corpora, st.randoms(use_true_random=False), st.booleans())
def test_the_same_controls_in_any_order_and_batch(corpus, chance: random.Random, removes):
    pairs = pairs_of((Ablation if removes else Substitution)(TERMS), corpus)
    frequencies = DocumentFrequencies.zero().plus_texts(corpus)
    shuffled = corpus[:]
    chance.shuffle(shuffled)
    cut = chance.randint(0, len(corpus))
    parts = [DocumentFrequencies.zero().plus_texts(p) for p in (shuffled[:cut], shuffled[cut:])]
    first, second = (
        ControlDrawer(each, [TERMS], seed=3) for each in (frequencies, parts[1] + parts[0])
    )
    expected = {id: first.draw(text, keyed, id) for id, text, keyed in pairs}
    chance.shuffle(pairs)
    for id, text, keyed in pairs:
        one_by_one = [second.draw(text, [pair], id)[0] for pair in reversed(keyed)]
        assert one_by_one[::-1] == expected[id]


def test_more_controls_keep_those_that_fewer_have():
    corpus = ["the garden and the river near a woman were blue"] * 9
    pair = [("the garden and the river near a were blue", "0")]
    one, three = (drawer_of(corpus, num_controls=n).draw(corpus[0], pair, "7")[0] for n in (1, 3))
    assert three.controls[:1] == one.controls
    assert len(three.controls) == 3
    other = drawer_of(corpus, num_controls=3, seed=1).draw(corpus[0], pair, "7")[0]
    assert other.controls != three.controls


def test_a_word_as_frequent_is_drawn_most_and_its_article_is_repaired():
    corpus = ["an apple"] * 64 + ["woman"] * 64 + ["river garden bread"]
    text = "look at an apple but one river with this woman"
    drawn = [
        drawer_of(corpus, num_controls=1).draw(text, [(text.replace(" woman", ""), "0")], str(n))[0]
        for n in range(200)
    ]
    words = [d.controls[0].words[0] for d in drawn]
    assert words.count("apple") > 195  # the river is six octaves away
    assert drawn[words.index("apple")].controls[0].text == "look at a but one river with this woman"


def test_a_pronoun_is_compared_with_function_words_and_repeats_with_repeats():
    corpus = ["she saw the garden of the river and of you", "this he said bread"] * 4
    drawer = drawer_of(corpus, num_controls=5)
    (drawn,) = drawer.draw(corpus[0], [(corpus[0].replace("she", "he"), "0")], "1")
    assert drawn.controls
    for control in drawn.controls:
        assert {*control.words, *control.replacements} <= FUNCTION_WORDS
    twice = "she said she saw the garden and the river"
    (drawn,) = drawer_of([twice] * 3, num_controls=5).draw(twice, [("said saw the garden", "")], "")
    assert drawn.shortage == draw.NO_WORD_AS_FREQUENT  # "said" is one of the edited words here
    (drawn,) = drawer_of([twice] * 3).draw(twice, [(twice.replace("she ", ""), "0")], "1")
    assert [control.words for control in drawn.controls] == [("the",)]
    assert drawn.controls[0].text == "she said she saw garden and river"


def test_terms_that_change_places_have_words_that_change_places():
    text = "he met this woman near that garden"
    corpus = [text, "she is a man"] * 3
    (made,) = Substitution(TERMS).generate(["he and she saw the garden near that river today"])
    text = "he and she saw the garden near that river today"
    (drawn,) = drawer_of([text, *corpus]).draw(text, [(made[0].text, "0")], "1")
    for control in drawn.controls:
        assert control.replacements == control.words[::-1]
        assert sorted(words_of(control.text).words) == sorted(words_of(text).words)


def test_a_term_that_no_text_holds_has_controls_where_every_word_is_frequent():
    text = "this woman saw a garden"
    swapped = text.replace("woman", "gentleman")
    (drawn,) = drawer_of([text, "a river and bread"] * 100).draw(text, [(swapped, "0")], "1")
    assert drawn.controls
    assert {r for c in drawn.controls for r in c.replacements} <= {"river", "bread"}


@pytest.mark.parametrize(
    ("original", "changed", "reason"),
    [
        ("a woman here", "a woman here", draw.NO_WORD_EDITED),
        ("a woman here", "a tall woman here", draw.NO_WORD_EDITED),
        ("woman", "man", draw.NO_WORD_AS_FREQUENT),
        (" ".join(f"w{i}x" for i in range(20)), "nothing of it", draw.REWRITTEN),
    ],
)
def test_why_a_pair_has_no_control(original, changed, reason):
    (drawn,) = drawer_of([original, changed]).draw(original, [(changed, "0")], "1")
    assert not drawn.controls
    assert drawn.shortage == reason


def test_a_word_beyond_the_bound_of_the_frequencies_is_no_control():
    text = "this woman saw a garden"
    frequencies = DocumentFrequencies.zero(max_words=1).plus_texts([text, "bread and butter"])
    known = set(frequencies.counts) - FUNCTION_WORDS
    assert len(known) == 1
    (drawn,) = ControlDrawer(frequencies, [TERMS]).draw(
        text, [(text.replace(" woman", ""), "0")], ""
    )
    assert {word for control in drawn.controls for word in control.words} <= set(frequencies.counts)


def test_controls_of_real_texts_hold_no_listed_word(real_data):
    texts = pq.read_table(real_data / "davidson_tweets.parquet")["comment_text"].to_pylist()[:4000]
    lists = [load_terms(name) for name in IDENTITY_LISTS]
    listed = Matcher(sorted({normalised(t.text) for terms in lists for t in terms.terms}))
    drawer = ControlDrawer(DocumentFrequencies.zero().plus_texts(texts), lists)
    num_controls = num_pairs = 0
    for generator in (Ablation(lists[0]), Substitution(lists[0])):
        for id, text, pairs in pairs_of(generator, texts):
            before = [normalised(text[m.start : m.end]) for m in listed.find(text)]
            for drawn in drawer.draw(text, pairs, id):
                num_pairs += 1
                for control in drawn.controls:
                    num_controls += 1
                    assert not any(listed.find(word) for word in control.words)
                    after = [control.text[m.start : m.end] for m in listed.find(control.text)]
                    assert sorted(map(normalised, after)) == sorted(before)
                    # A capital inside of a sentence is a name.
                    for word in control.words:
                        assert not re.search(rf"[a-z] {re.escape(word.title())}\b", text)
    assert num_controls > 1.7 * num_pairs > 1000
