"""Lines of words from which terms are removed; what must be left is told from the words."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from hypothesis import strategies as st

from support.texts.made_texts import AN, TERMS

#: What hangs on a term and goes with it.
HANGING = ["{}", "{}", "{}", "{}'s", "{}’ll", '"{}"', "({})", "*{}*", "[{}]", "“{}”", "#{}"]
KEPT = ["the", "plan", "idea", "apple", "42", "history", "then", "saw"]
#: Words that make a term once nothing stands between them any more.
CLOSES_UP = ("high", "court"), ("low", "yard")


@dataclasses.dataclass(frozen=True)
class Word:
    """A word of a line.

    Attributes:
        surface: As it stands there.
        left: What stays of it where its term goes.
        term: The term in it; "" where there is none.
        offset: Where the term begins in it.
    """

    surface: str
    left: str
    term: str = ""
    offset: int = 0


def text_of(lines: Sequence[Sequence[Word]]) -> str:
    """The text, with a space behind a last line that ends with a word that stays."""
    text = "\n".join(" ".join(word.surface for word in line) for line in lines)
    return f"{text} " if lines and lines[-1] and not lines[-1][-1].term else text


def spans_of(lines: Sequence[Sequence[Word]], terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where some terms stand in the text."""
    spans, start = [], 0
    for line in lines:
        for word in line:
            if word.term in terms:
                begin = start + word.offset
                spans.append((begin, begin + len(word.term)))
            start += len(word.surface) + 1
        start += not line  # an empty line is a line break alone
    return spans


def without(lines: Sequence[Sequence[Word]], terms: Sequence[str]) -> str:
    """The text without some terms, and without those that only then stand there."""
    left = "\n".join(" ".join(_left_of(line, terms)) for line in lines)
    ends_with_word = bool(lines and lines[-1]) and not lines[-1][-1].term
    return f"{left} " if ends_with_word and left and not left.endswith("\n") else left


def _left_of(line: Sequence[Word], terms: Sequence[str]) -> list[str]:
    left: list[str] = []
    removed = ""  # the term between the last word that stays and the next
    for word in line:
        if word.term not in terms:
            if removed and left and left[-1].lower() in ("a", "an"):
                left[-1] = _fitting(left[-1], removed, word.surface)
            left.append(word.surface)
            removed = ""
        else:
            removed = removed or word.term
            if word.left:
                left.append(word.left)
                removed = ""
    return left


def _fitting(article: str, old: str, new: str) -> str:
    has_n = len(article) == 2
    if (new in AN) == has_n or (old in AN) != has_n:
        return article
    return article[0] if has_n else article + "n"


def _hanging(term: str, pattern: str) -> Word:
    return Word(pattern.format(term), "", term, pattern.index("{"))


_SINGLE = [term for term in TERMS if term.isascii() and term.islower() and " " not in term]
_terms = st.sampled_from(_SINGLE)
_words = st.one_of(
    st.sampled_from(KEPT).map(lambda word: [Word(word, word)]),
    st.builds(_hanging, _terms, st.sampled_from(HANGING)).map(lambda word: [word]),
    _terms.map(lambda term: [Word(f"ex-{term}", "ex", term, 3)]),
    _terms.map(lambda term: [Word(f"{term}-like", "like", term)]),
    st.builds(
        lambda article, term, noun: [
            Word(article, article),
            Word(term, "", term),
            Word(noun, noun),
        ],
        st.sampled_from(["a", "an", "A", "An"]),
        _terms,
        st.sampled_from(["plan", "idea", "apple"]),
    ),
)


_lines = st.lists(_words, max_size=5).map(lambda words: [w for own in words for w in own])
#: A few lines, also empty ones.
made_lines = st.lists(_lines, max_size=3)
