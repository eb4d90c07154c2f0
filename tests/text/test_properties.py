"""What holds for every text: found in random ones, and in real ones in place."""

from __future__ import annotations

import functools
import re
import unicodedata

import pyarrow.parquet as pq
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.finder import TermFinder
from fairflip.text.matcher import Matcher, any_word
from fairflip.text.substitution import Substitution
from fairflip.text.terms import parse_terms
from fairflip.text.validity import validity

CLITICS = {"s", "ll", "d", "ve", "re", "m", "em", "t"}
BREAKS = re.compile("[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
PAIRS = [
    ("he", "she"),
    ("men", "women"),
    ("uncle", "aunt"),
    ("actor", "actress"),
    ("sons", "girls"),
]
INVERTIBLE = parse_terms(
    "term,group,category,swap\n"
    + "".join(f"{a},male,gender,{b}\n{b},female,gender,{a}\n" for a, b in PAIRS),
    "invertible",
)
LISTED = {term for pair in PAIRS for term in pair}

# Made once: a list takes forty times as long to prepare as a short text to edit.
ablation = functools.cache(lambda: Ablation(INVERTIBLE))
substitution = functools.cache(lambda: Substitution(INVERTIBLE))
finder = functools.cache(lambda: TermFinder(INVERTIBLE.terms))
plain_matcher = functools.cache(lambda: Matcher(sorted(LISTED)))

words = st.sampled_from(
    [
        *LISTED,
        *(w.title() for w in LISTED),
        *(w.upper() for w in LISTED),
        "the",
        "a",
        "an",
        "A",
        "An",
        "there",
        "history",
        "human",
        "house",
        "apple",
        "hé",
        "42",
        "is",
    ]
)
glue = st.sampled_from(
    [
        " ",
        " ",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        ", ",
        ". ",
        "! ",
        "-",
        "/",
        "'s ",
        "’ll ",
        "' ",
        " '",
        "(",
        ") ",
        "“",
        "” ",
        '"',
        "#",
        "@",
        "_",
        "*",
        "...",
        "—",
        "🙂",
        ":)",
        "́",
        "1",
        "\xa0",
    ]
)
texts = st.lists(st.tuples(words, glue), max_size=12).map(
    lambda parts: "".join(word + sign for word, sign in parts)
)


def kept_words(text: str, spans) -> list[str]:
    """The words outside of spans; articles, and what may hang on a term, left out."""
    inside = [False] * (len(text) + 1)
    for start, end in spans:
        inside[start:end] = [True] * (end - start)
    return [
        actual.group()
        for actual in any_word().finditer(text)
        if not inside[actual.start()] and actual.group().lower() not in {"a", "an", *CLITICS}
    ]


@given(texts)
def test_ablation_leaves_no_term_and_every_other_word(text):
    assume(_leaves_none_alone(text))
    for made in ablation().generate([text])[0]:
        assert not finder().find(made.text)
        assert made.text != text
        assert BREAKS.findall(made.text) == BREAKS.findall(text)
        assert len(re.findall("  ", made.text)) <= len(re.findall("  ", text))
        # Signs that the repair removed may join nothing: words stay whole, in order.
        assert kept_words(made.text, ()) == kept_words(text, made.spans)


@given(texts)
def test_substitution_changes_nothing_but_terms_articles_and_possessives(text):
    for made in substitution().generate([text])[0]:
        assert kept_words(made.text, _moved(text, made)) == kept_words(text, made.spans)
        assert BREAKS.findall(made.text) == BREAKS.findall(text)
        signs = re.compile(r"[^\w\s'’]")
        assert signs.findall(made.text) == signs.findall(text)


def _leaves_none_alone(text):
    """Whether no term of the text is part of a name or a phrase: what is, no edit touches."""
    return len(plain_matcher().find(text)) == len(finder().find(text))


def _moved(text, made):
    """Where the replacements stand, found independently by matching the new text."""
    assume(_leaves_none_alone(text) and _leaves_none_alone(made.text))
    matches = finder().find(made.text)
    assert len(matches) == len(made.spans)
    return [(match.start, match.end) for match in matches]


@given(texts.filter(lambda text: "'" not in text and "’" not in text))
def test_swapping_twice_returns_the_text(text):
    for made in substitution().generate([text])[0]:
        assume(_leaves_none_alone(text) and _leaves_none_alone(made.text))
        (back,) = substitution().generate([made.text])[0]
        assert back.text == text
        assert made.returns is True


@given(st.text(max_size=60), st.booleans())
def test_any_text_at_all_is_survived(text, with_term):
    text = f"{text} he {text}" if with_term else text
    for generator in (ablation(), substitution()):
        for made in generator.generate([text])[0]:
            assert made.text != text
            assert 0 <= validity(text, made).score <= 1
            for start, end in made.spans:
                assert text[start:end].casefold() in LISTED


@given(texts)
def test_the_matcher_finds_what_a_plain_reading_finds(text):
    """Against a slow and simple one: whole words by hand, then the documented exceptions."""
    spans = [(match.start, match.end) for match in plain_matcher().find(text)]
    plain = [w.span() for w in any_word().finditer(text) if w.group().casefold() in LISTED]
    assert set(spans) <= set(plain)
    for start, end in set(plain) - set(spans):
        chunk_start = max(text.rfind(sign, 0, start) for sign in " \n\t\r\u00a0") + 1
        ends = [i for i in (text.find(sign, end) for sign in " \n\t\r\u00a0") if i >= 0]
        chunk = text[chunk_start : min(ends, default=len(text))]
        assert re.search(r"[@'’*()#/.]", chunk), "only these signs can make a word part of another"


@pytest.mark.parametrize("name", ["clp_tutorial", "identity"])
@pytest.mark.parametrize("file", ["davidson_tweets", "cad_reddit_abuse"])
def test_real_texts(real_data, name, file):
    table = pq.read_table(real_data / f"{file}.parquet", columns=["comment_text"])
    texts = table["comment_text"].to_pylist()[::4]
    terms = load_terms(name)
    any_term = TermFinder(terms.terms)
    counts = dict.fromkeys(
        ["pairs", "unchanged", "inside", "lost_line", "double_space", "term_left", "round_trip"], 0
    )
    for generator in (Ablation(terms), Substitution(terms)):
        for text, made in zip(texts, generator.generate(texts), strict=True):
            for one in made:
                counts["pairs"] += 1
                counts["unchanged"] += one.text == text
                counts["lost_line"] += BREAKS.findall(one.text) != BREAKS.findall(text)
                counts["double_space"] += one.text.count("  ") > text.count("  ")
                counts["inside"] += any(_is_cut(text, *span) for span in one.spans)
                if isinstance(generator, Ablation):
                    counts["term_left"] += bool(any_term.find(one.text))
                counts["round_trip"] += one.returns is False
    assert counts["pairs"] > 2000
    assert counts.pop("round_trip") < 0.02 * counts.pop("pairs")
    assert not any(counts.values()), counts


def _is_cut(text: str, start: int, end: int) -> bool:
    """Whether letters stand right before or after; emoji selectors are no letters."""
    after = text[end : end + 1]
    return text[start - 1 : start].isalnum() or bool(
        after and (after.isalnum() or (unicodedata.category(after)[0] == "M" and after != "\ufe0f"))
    )
