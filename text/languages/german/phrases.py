"""Reads the noun phrase around a German noun: article, adjectives, preposition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairflip.text.languages.german.forms import (
    ADJECTIVE_ENDINGS,
    CONTRACTIONS,
    DER,
    ENDINGS,
    JOINED,
    Article,
    Noun,
    articles,
)
from fairflip.text.languages.german.lexicon import Entry, Lexicon
from fairflip.text.languages.german.words import (
    ACCUSATIVE,
    DATIVE,
    GENITIVE,
    INTENSIFIERS,
    JOINS,
    NO_ADJECTIVES,
    PREPOSITIONS,
    QUANTITIES,
    TWO_WAY,
)
from fairflip.text.languages.tokens import Token, as_written, word_set


class Option(NamedTuple):
    """One way to read a phrase."""

    entry: Entry
    cell: str
    article: Article | None
    kind: str  # how its adjectives are declined


class Phrase(NamedTuple):
    """A noun with its article and adjectives, by their positions among the tokens."""

    noun: int
    options: tuple[Option, ...]
    article: int | None
    adjectives: tuple[int, ...]
    preposition: str  # in lower case; "" where none governs it
    first: int
    is_contracted: bool = False  # "zum": preposition and article in one


_MOST_WORDS = 7
_BEFORE_BARE_ADJECTIVE = word_set("als wie sehr")


def phrase_of(tokens: Sequence[Token], noun: int, lexicon: Lexicon) -> Phrase | None:
    """The phrase of a noun; None where no reading of the words fits."""
    readings = lexicon.readings(tokens[noun].text)
    adjectives: list[int] = []
    article: int | None = None
    place = noun - 1
    known = articles()
    while place >= 0 and noun - place <= _MOST_WORDS:
        token, after = tokens[place], tokens[place + 1]
        if after.begins_clause and not (adjectives and after.gap.strip() == ","):
            break
        word = token.lower
        if word in CONTRACTIONS or word in known:
            article = place
            break
        if _may_be_adjective(token):
            adjectives.append(place)
        elif not (adjectives and (word in INTENSIFIERS or word in JOINS)):
            break
        place -= 1
    adjectives.reverse()
    if article is None:
        adjectives = _without_article(tokens, adjectives, noun)
    first = article if article is not None else adjectives[0] if adjectives else noun
    contraction = CONTRACTIONS.get(tokens[first].lower) if article is not None else None
    preposition = ""
    if contraction is not None:
        preposition = contraction[0]
    elif first > 0 and not tokens[first].begins_clause and tokens[first - 1].lower in PREPOSITIONS:
        preposition = tokens[first - 1].lower
    endings = [tokens[place].lower for place in adjectives]
    options = []
    for reading in readings:
        cell, gender = reading.cell, reading.entry.noun.gender
        key = "p" if cell[0] == "p" else gender
        for one, kind in _articles_for(tokens, first, article, contraction, key, cell):
            if reading.kind and reading.kind != kind:
                continue
            ending = ADJECTIVE_ENDINGS[kind][key][cell[1]]
            if all(_has_ending(word, ending) for word in endings):
                options.append(Option(reading.entry, cell, one, kind))
    if not options:
        if article is not None:  # what looked like an article is a pronoun
            return None
        return None
    if article is None and _quantity_before(tokens, first):
        options = [o for o in options if o.cell[0] == "p"] or options
    governed = [o for o in options if _governs(preposition, o.cell)]
    if governed:
        options = governed
    elif contraction is None:
        preposition = ""  # "seit", "während" begin a clause here
    return Phrase(
        noun,
        tuple(options),
        article,
        tuple(adjectives),
        preposition,
        first,
        contraction is not None,
    )


def _articles_for(
    tokens: Sequence[Token],
    first: int,
    article: int | None,
    contraction: tuple[str, str] | None,
    key: str,
    cell: str,
) -> list[tuple[Article | None, str]]:
    """The articles that the word before can be for a gender and cell, with the kind they make."""
    if article is None:
        return [(None, "strong")]
    if contraction is not None:
        fits = (key, cell) in DER.readings(contraction[1]) and cell[0] == "s"
        return [(DER, "weak")] if fits else []
    word = tokens[article].lower
    readings: list[tuple[Article | None, str]] = []
    for one in articles()[word]:
        form = one.form(key, cell)
        if form and (form == word or (one.stem and _variant(word, form))):
            readings.append((one, one.kind))
    return readings


def _variant(word: str, form: str) -> bool:
    return word.replace("unsr", "unser").replace("euer", "eur") == form.replace("euer", "eur")


def _has_ending(word: str, ending: str) -> bool:
    if word.endswith(ending):
        rest = word[: -len(ending)]
        # "-e" is no part of "-er"; what ends in "-en" does not end in "-n".
        return bool(rest)
    return False


def _may_be_adjective(token: Token) -> bool:
    word = token.lower
    if len(word) < 4 or word in NO_ADJECTIVES or word in PREPOSITIONS or word in QUANTITIES:
        return word in ("gute", "alte") or (word in QUANTITIES and word.startswith("ander"))
    if token.is_capital:
        return False
    return word.endswith(ENDINGS)


def _without_article(tokens: Sequence[Token], adjectives: list[int], noun: int) -> list[int]:
    """Adjectives that no article stands before: only where nothing else they could be."""
    # At the beginning of a sentence an adjective has a capital: "Junge Männer", "Liebe Kollegen".
    first = adjectives[0] if adjectives else noun
    before = tokens[first - 1] if first else None
    if before is not None and not tokens[first].begins_clause:
        if before.begins_sentence and before.lower.endswith(ENDINGS) and len(before.lower) > 3:
            word = before.lower
            if word not in NO_ADJECTIVES | PREPOSITIONS | QUANTITIES or word.startswith("lieb"):
                return [first - 1, *adjectives]
            return adjectives if word in PREPOSITIONS | QUANTITIES else []
        word = before.lower
        is_clear = word in PREPOSITIONS or word in QUANTITIES or word in _BEFORE_BARE_ADJECTIVE
        if not is_clear and word not in JOINS:
            return []
    return adjectives


def _quantity_before(tokens: Sequence[Token], first: int) -> bool:
    if not first or tokens[first].begins_clause:
        return False
    word = tokens[first - 1].lower
    return word in QUANTITIES or (word.isdigit() and word != "1")


def _governs(preposition: str, cell: str) -> bool:
    if not preposition:
        return True
    case = cell[1]
    if preposition in TWO_WAY:
        return case in "ad"
    if preposition in DATIVE:
        return case == "d"
    if preposition in GENITIVE:
        return case in "gd" if cell[0] == "p" else case == "g"
    return case == "a" if preposition in ACCUSATIVE else True


def rendered(
    tokens: Sequence[Token], phrase: Phrase, option: Option, noun: Noun, stem: str | None = None
) -> dict[tuple[int, int], str]:
    """The edits that put another noun in the place of a phrase's.

    Args:
        tokens: The words.
        phrase: The phrase.
        option: How it is read.
        noun: What its noun becomes, in the same cell.
        stem: The stem of its article where that changes too, such as "ihr" for "sein".
    """
    cell = option.cell
    key = "p" if cell[0] == "p" else noun.gender
    old = tokens[phrase.noun]
    new = noun.lemma if _stands_bare(tokens, phrase, cell, noun) else noun.form(cell, option.kind)
    edits = {(old.start, old.end): as_written(old.text, new)}
    ending = ADJECTIVE_ENDINGS[option.kind][key][cell[1]]
    for place in phrase.adjectives:
        token = tokens[place]
        old_key = "p" if cell[0] == "p" else option.entry.noun.gender
        length = len(ADJECTIVE_ENDINGS[option.kind][old_key][cell[1]])
        new = ending.upper() if token.text.isupper() else ending
        edits[token.start, token.end] = token.text[: len(token.text) - length] + new
    if phrase.article is None or option.article is None:
        return edits
    token = tokens[phrase.article]
    article = option.article if stem is None else option.article._replace(stem=stem)
    new = article.form(key, cell)
    if phrase.is_contracted:
        new = JOINED.get((phrase.preposition, new), f"{phrase.preposition} {new}")
        edits[token.start, token.end] = as_written(token.text, new)
        return edits
    before = tokens[phrase.article - 1] if phrase.article else None
    joined = JOINED.get((phrase.preposition, new))
    old_pair = (phrase.preposition, token.lower)
    is_plain = (
        option.article is DER and before is not None and before.lower in ("bei", "von", "in", "an")
    )
    if (
        joined is not None
        and is_plain
        and old_pair not in JOINED
        and not _relative_after(tokens, phrase)
    ):
        assert before is not None
        edits[before.start, token.end] = as_written(before.text, joined)
        return edits
    if token.lower != new:
        edits[token.start, token.end] = as_written(token.text, new)
    return edits


def _stands_bare(tokens: Sequence[Token], phrase: Phrase, cell: str, noun: Noun) -> bool:
    """Whether a singular noun has no ending: one without article or adjective has none.

    "Leute Student nennen": "Studenten" would be read as a plural. "Herrn" has its ending, and so
    has a noun that takes its case from the one before it: "dem Lehrer und Studenten", "als".
    """
    if cell not in ("sa", "sd") or noun.stem or noun.lemma == "Herr":
        return False
    if phrase.article is not None or phrase.adjectives:
        return False
    before = tokens[phrase.noun - 1].lower if phrase.noun else ""
    return before not in JOINS | {"als", "wie"} or tokens[phrase.noun].begins_clause


def _relative_after(tokens: Sequence[Token], phrase: Phrase) -> bool:
    """Whether a relative clause follows, which keeps an article by itself: "von dem Arzt, der"."""
    place = phrase.noun + 1
    if place >= len(tokens) or tokens[place].gap.strip() != ",":
        return False
    return tokens[place].lower in ("der", "die", "das", "den", "dem", "dessen", "deren")
