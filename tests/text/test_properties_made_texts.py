"""What an edit makes of texts whose terms are known, since the texts are put together from them."""

from __future__ import annotations

import functools

from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.counterfactual import Counterfactual
from fairflip.text.english.phrases import fixed_phrases
from fairflip.text.finder import TermFinder
from fairflip.text.substitution import Substitution
from fairflip.text.terms import parse_terms
from support.texts import made_lines as lines_of
from support.texts.made_texts import (
    TERMS,
    Expected,
    listed_terms,
    made_texts,
    spans_of,
    swaps_of,
    text_of,
)

substitution = functools.cache(lambda: Substitution(listed_terms()))
finder = functools.cache(lambda: TermFinder(listed_terms().terms, language="xx"))
ablation = functools.cache(lambda: Ablation(listed_terms()))
of_each_term = functools.cache(lambda: Ablation(listed_terms(), per_term=True))
english = functools.cache(lambda: Substitution(load_terms("identity").only(["gender"])))
singular_they = functools.cache(lambda: Substitution(load_terms("singular_they")))


def known_of(made: Counterfactual) -> Expected:
    return Expected(
        made.text,
        made.terms,
        made.replacements,
        made.groups,
        made.categories,
        made.spans,
        made.replacement_groups,
        made.returns,
    )


@given(made_texts)
def test_terms_are_found_where_they_stand_and_nowhere_else(parts):
    spans = [(match.start, match.end) for match in finder().find(text_of(parts))]
    assert spans == spans_of(parts, list(TERMS))


@given(made_texts)
def test_a_swap_is_what_its_parts_say(parts):
    [made] = substitution().generate([text_of(parts)])
    assert [known_of(one) for one in made] == swaps_of(parts)


@given(st.lists(made_texts, min_size=2, max_size=4))
def test_texts_together_get_what_each_gets_alone_and_first(made):
    texts = [text_of(parts) for parts in made]
    together = substitution().generate(texts + texts)
    assert [[known_of(one) for one in each] for each in together] == [
        swaps_of(parts) for parts in made + made
    ]
    assert ablation().generate(texts) == [ablation().generate([text])[0] for text in texts]


def check_removed(made: Counterfactual, lines, terms: list[str]) -> None:
    left = lines_of.without(lines, terms)
    assert made.text == left
    assert made.terms == tuple(terms)
    assert made.spans == tuple(lines_of.spans_of(lines, terms))
    assert made.groups == tuple(dict.fromkeys(TERMS[term][0] for term in terms))
    assert made.categories == tuple(dict.fromkeys(TERMS[term][1] for term in terms))
    assert set(made.replacements) <= {""}


@given(lines_of.made_lines)
def test_what_is_left_of_a_text_is_what_its_words_say(lines):
    terms = list(dict.fromkeys(word.term for line in lines for word in line if word.term))
    text = lines_of.text_of(lines)
    [made] = ablation().generate([text])
    assert len(made) == bool(terms)
    for one in made:
        check_removed(one, lines, terms)
    [each] = of_each_term().generate([text])
    assert len(each) == len(terms)
    for one, term in zip(each, terms, strict=True):
        check_removed(one, lines, [term])


@given(st.sampled_from(lines_of.CLOSES_UP), st.sampled_from(["he", "aunt's", '"nun"']))
def test_a_term_that_stands_there_only_now_goes_too(words, term):
    text = f"saw the {words[0]} {term} {words[1]} here"
    [[made]] = ablation().generate([text])
    assert made.text == "saw the here"


# What decides which of two pronouns is meant, and the pronouns of a woman and of a man there.
PLACES = [
    ("we met {} again", "her", "him"),
    ("they talked about {}, and left", "her", "him"),
    ("look at {}!", "her", "him"),
    ("near {} own house", "her", "his"),
    ("because {} plan failed", "her", "his"),
    ("with {} new boots on", "her", "his"),
    ("that one is {}.", "hers", "his"),
    ("a friend of {} came", "hers", "his"),
    ("then {} left", "she", "he"),
    ("done by {}", "herself", "himself"),
]
CASES = [str.lower, str.upper, str.capitalize]


@given(
    st.lists(
        st.tuples(st.sampled_from(PLACES), st.booleans(), st.sampled_from(CASES)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([". So ", "; ", "\n", " … "]),
)
def test_each_pronoun_is_swapped_by_its_place(places, gap):
    def text(exchanged: bool) -> str:
        return gap.join(
            frame.format(case(hers if is_hers != exchanged else his))
            for (frame, hers, his), is_hers, case in places
        )

    [[made]] = english().generate([text(False)])
    assert made.text == text(True)
    assert made.returns is True
    [[back]] = english().generate([made.text])
    assert back.text == text(False)


@given(
    st.sampled_from(["she", "he", "She", "HE"]),
    st.sampled_from(
        [
            ("{} is here", "{} are here"),
            ("then {} was late", "then {} were late"),
            ("has {} gone", "have {} gone"),
            ("{} always works", "{} always work"),
            ("{}'s never been there", "{}'ve never been there"),
            ("{} can see it", "{} can see it"),
        ]
    ),
)
def test_the_verb_follows_singular_they(pronoun, frames):
    [[made]] = singular_they().generate([frames[0].format(pronoun)])
    they = "THEY" if pronoun.isupper() else "They" if pronoun[0].isupper() else "they"
    assert made.text.lower() == frames[1].format(they).lower()
    assert they in made.text


GENDERED = {
    "uncle": "aunt",
    "father": "mother",
    "lady": "gentleman",
    "girl": "boy",
    "king": "queen",
}
PEOPLE = parse_terms(
    "term,group,category,swap\n"
    + "".join(f"{a},male,gender,{b}\n{b},female,gender,{a}\n" for a, b in GENDERED.items()),
    "people",
)
_people = functools.cache(lambda: Substitution(PEOPLE))


@functools.cache
def phrases_with_people() -> list[tuple[str, str]]:
    """Fixed phrases that hold one of the terms, and the same with its counterpart."""
    both = {**GENDERED, **{b: a for a, b in GENDERED.items()}}
    held = []
    listed = {phrase.text.lower() for phrase in fixed_phrases()}
    for phrase in fixed_phrases():
        words = phrase.text.split()
        other = " ".join(
            both[w.lower()].title() if w[0].isupper() and w.lower() in both else both.get(w, w)
            for w in words
        )
        is_of_one = sum(w.lower() in both for w in words) == 1 and len(words) < 4
        is_plain = words[0].isalpha() and words[-1].isalpha()
        if is_of_one and is_plain and other.lower() not in listed:
            held.append((phrase.text, other))
    return held


@given(st.data())
def test_phrases_that_name_nobody_stay_and_none_comes_back_from_one(data):
    phrase, other = data.draw(st.sampled_from(phrases_with_people()))
    assert _people().generate([f"then the {phrase} was, so"]) == [[]]
    for made in _people().generate([f"then the {other} was, so"])[0]:
        # The swap makes the phrase, in which nobody is found.
        assert made.returns is False
