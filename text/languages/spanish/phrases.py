"""The Spanish nouns that name a person, and the phrase around each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairflip.text.languages.spanish.forms import (
    Agreeing,
    adjective,
    determiner,
    plural_of,
)
from fairflip.text.languages.spanish.words import (
    ADVERBS,
    INVARIANT,
    JOINS,
    NO_ADJECTIVES,
)
from fairflip.text.languages.tokens import Refused, Token, word_set
from fairflip.text.terms import Term

GENDER = "gender"
COMMON = "mf"
UNSURE_FORM = "unsure_form"


class Person(NamedTuple):
    """A form of a listed noun."""

    term: Term
    gender: str  # "m", "f" or "mf"
    number: str
    other: str  # the form of the other gender; its own where it has one form


class Phrase(NamedTuple):
    """A noun with the words that agree with it."""

    noun: int
    person: Person
    gender: str  # "m" or "f"; "" where nothing tells
    first: int
    last: int
    agreeing: tuple[tuple[int, Agreeing], ...]  # articles and adjectives, by place


_ISTA = "-ista"
_NO_ISTAS = word_set("lista vista pista revista entrevista conquista autopista arista mista")


class Persons:
    """The nouns of a list, by each of their forms."""

    def __init__(self, terms: Sequence[Term]):
        """Takes the terms; those whose form begins with m, f or mf are nouns."""
        self.by_form: dict[str, list[Person]] = {}
        self.has_gender = any(term.category == GENDER for term in terms)
        for term in terms:
            gender, _, rest = term.form.partition(" ")
            if gender not in ("m", "f", COMMON):
                continue
            other = rest[2:] if rest[1:2] == ":" else ""
            if not other and term.category == GENDER and gender != COMMON:
                other = term.swaps[0] if term.swaps else ""
            if gender == COMMON:
                other = term.text
            for number, form in (("s", term.text), ("p", plural_of(term.text))):
                new = other and (other if number == "s" else plural_of(other))
                self.by_form.setdefault(form, []).append(Person(term, gender, number, new))

    def of(self, word: str) -> Person | None:
        """The person that a word names."""
        known = self.by_form.get(word)
        if known:
            return known[0]
        stem = word.removesuffix("s")
        if self.has_gender and stem.endswith("ista") and len(stem) > 6 and stem not in _NO_ISTAS:
            term = Term(_ISTA, "common_gender", GENDER, (), COMMON)
            return Person(term, COMMON, "p" if word.endswith("s") else "s", word)
        return None


def phrase_of(tokens: Sequence[Token], noun: int, person: Person) -> Phrase:
    """The phrase of a noun.

    Raises:
        Refused: An article contradicts the noun: "la médico".
    """
    agreeing_words: list[tuple[int, Agreeing]] = []
    place = noun - 1
    first = noun
    while place >= 0 and not tokens[place + 1].begins_clause:
        word = tokens[place].lower
        agreeing = determiner(word) or adjective(word)
        if agreeing is not None and agreeing.number == person.number:
            if tokens[place].is_capital and determiner(word) is None:
                break
            agreeing_words.append((place, agreeing))
            first = place
            if word in ("el", "la", "los", "las", "un", "una", "del", "al"):
                before = tokens[place - 1].lower if place else ""
                if word in ("los", "las", "el", "la") and before in (
                    "todos",
                    "todas",
                    "todo",
                    "toda",
                    "ambos",
                    "ambas",
                ):
                    place -= 1
                    continue
                break
        elif word in INVARIANT or (word in ADVERBS and first < noun):
            first = place if word in INVARIANT else first
        elif word in JOINS and first < noun and place and adjective(tokens[place - 1].lower):
            pass
        else:
            break
        place -= 1
    last = noun
    place = noun + 1
    while place < len(tokens) and not tokens[place].begins_clause:
        token = tokens[place]
        word = token.lower
        agreeing = adjective(word) or (determiner(word) if word in _POSSESSIVES else None)
        is_same = agreeing is not None and agreeing.number == person.number
        if is_same and agreeing is not None and not token.is_capital:
            agreeing_words.append((place, agreeing))
            last = place
        elif word in ("y", "e", "o", "muy", "tan", "más", "menos", "bastante", "demasiado") or (
            word.endswith(("e", "es", "al", "ales", "ven", "ista", "istas", "ar", "il", "iles"))
            and not token.is_capital
            and word not in NO_ADJECTIVES
            and place == noun + 1
            and word in _INVARIANT_ADJECTIVES
        ):
            pass
        else:
            break
        place += 1
    genders = {agreeing.gender for _, agreeing in agreeing_words}
    if person.gender != COMMON:
        wrong = {place for place, a in agreeing_words if a.gender != person.gender}
        if any(place < noun and determiner(tokens[place].lower) for place in wrong):
            raise Refused(UNSURE_FORM)
        fitting = tuple(one for one in agreeing_words if one[0] not in wrong)
        return Phrase(noun, person, person.gender, first, last, fitting)
    if len(genders) > 1:
        articles = {a.gender for p, a in agreeing_words if p < noun}
        genders = articles or genders
        if len(genders) > 1:
            raise Refused(UNSURE_FORM)
    gender = next(iter(genders), "")
    fitting = tuple(one for one in agreeing_words if one[1].gender == gender)
    return Phrase(noun, person, gender, first, last, fitting)


_POSSESSIVES = word_set(
    """mío mía míos mías tuyo tuya tuyos tuyas suyo suya suyos suyas mismo misma mismos mismas"""
)
_INVARIANT_ADJECTIVES = word_set(
    """joven jóvenes amable amables valiente valientes triste tristes alegre alegres grande grandes
    pobre pobres fuerte fuertes inteligente inteligentes feliz felices mayor mayores menor
    menores elegante elegantes importante importantes gay gais homosexual homosexuales trans
    socialista comunista optimista débil débiles hábil hábiles profesional profesionales local
    locales nacional nacionales internacional rural rurales canadiense estadounidense árabe
    árabes"""
)
