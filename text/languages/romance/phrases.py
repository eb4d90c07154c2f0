"""The nouns of a Romance language that name a person, and the phrase around each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fairflip.text.languages.romance.agreement import Agreeing
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.tokens import Refused, Token
from fairflip.text.terms import Term

GENDER = "gender"
COMMON = "mf"
UNSURE_FORM = "unsure_form"
_OF_HEARERS = ("ate", "ete", "ite", "áis", "éis")  # endings of their verbs
_LEAST_LETTERS = 7  # of a noun in -ista


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


class Persons:
    """The nouns of a list, by each of their forms."""

    def __init__(self, terms: Sequence[Term], grammar: Grammar):
        """Takes the terms; those whose form begins with m, f or mf are nouns."""
        self.by_form: dict[str, list[Person]] = {}
        self.has_gender = any(term.category == GENDER for term in terms)
        self._grammar = grammar
        self._ista = ista_term(grammar)
        for term in terms:
            gender, _, rest = term.form.partition(" ")
            if gender not in ("m", "f", COMMON):
                continue
            other = rest[2:] if rest[1:2] == ":" else ""
            if not other and term.category == GENDER and gender != COMMON:
                other = term.swaps[0] if term.swaps else ""
            if gender == COMMON:
                other = term.text
            self._add(term, gender, other)

    def _add(self, term: Term, gender: str, other: str) -> None:
        plural_of, by_form = self._grammar.plural_of, self.by_form
        person = Person(term, gender, "s", other)
        by_form.setdefault(term.text, []).append(person)
        if gender != COMMON:
            plural = plural_of(other, "f" if gender == "m" else "m") if other else ""
            one = Person(term, gender, "p", plural)
            by_form.setdefault(plural_of(term.text, gender), []).append(one)
            return
        masculine, feminine = plural_of(term.text, "m"), plural_of(term.text, "f")
        if masculine == feminine:
            by_form.setdefault(masculine, []).append(Person(term, COMMON, "p", masculine))
            return
        by_form.setdefault(masculine, []).append(Person(term, "m", "p", feminine))
        by_form.setdefault(feminine, []).append(Person(term, "f", "p", masculine))

    def at(self, tokens: Sequence[Token], place: int) -> Person | None:
        """The person at a place, in the number of its article where its form has both: "i gay"."""
        mark = self._grammar.plural_mark
        word = tokens[place].lower
        form = word.removesuffix(mark) if mark else word
        person = self.of(form)
        readings = self.by_form.get(form, [])
        if len({one.number for one in readings}) > 1 and place:
            number = self._number_of(tokens[place - 1].lower, is_marked=form != word)
            for one in readings:
                if one.number == number:
                    return one
            if mark and person is not None:
                return person._replace(number="")
        return person

    def _number_of(self, before: str, is_marked: bool) -> str:
        """The number of a noun with one form for both, by the word before it; "" where open."""
        grammar = self._grammar
        article = grammar.determiner(before)
        if article is not None or is_marked:
            return article.number if article is not None else "p"
        is_of_phrase = grammar.adjective(before) is not None or before in grammar.invariant
        return "s" if grammar.plural_mark and is_of_phrase else ""

    def of(self, word: str) -> Person | None:
        """The person that a word names."""
        known = self.by_form.get(word)
        if known:
            return known[0]
        if not self.has_gender or len(word) < _LEAST_LETTERS or word in self._grammar.no_istas:
            return None
        for ending, (gender, number, other) in self._grammar.istas.items():
            if word.endswith(ending):
                return Person(self._ista, gender, number, word.removesuffix(ending) + other)
        return None


def ista_term(grammar: Grammar) -> Term:
    """What all nouns in -ista are counted as that the list lacks."""
    return Term(f"-{next(iter(grammar.istas))}", "common_gender", GENDER, (), COMMON)


def phrase_of(tokens: Sequence[Token], noun: int, person: Person, grammar: Grammar) -> Phrase:
    """The phrase of a noun.

    Raises:
        Refused: An article contradicts the noun: "la médico".
    """
    if not person.number:
        raise Refused(UNSURE_FORM)  # "espèce de fils": how many?
    if noun and not tokens[noun].begins_clause:
        article = tokens[noun - 1].lower
        agreeing = grammar.determiner(article)
        is_article = agreeing is not None and article not in grammar.prepositions
        if is_article and agreeing is not None and agreeing.number != person.number:
            raise Refused(UNSURE_FORM)
    before, first = _before(tokens, noun, person, grammar)
    if first and not tokens[first].begins_clause and _hides_article(tokens[first - 1], grammar):
        raise Refused(UNSURE_FORM)
    behind, last = _behind(tokens, noun, person, grammar)
    agreeing_words = before + behind
    gender = person.gender
    if gender != COMMON:
        wrong = [p for p, a in agreeing_words if a.gender not in ("", gender)]
        if any(p < noun and grammar.determiner(tokens[p].lower) for p in wrong):
            raise Refused(UNSURE_FORM)
    else:
        genders = {a.gender for _, a in agreeing_words} - {""}
        if len(genders) > 1:
            genders = {a.gender for p, a in agreeing_words if p < noun} - {""} or genders
        if len(genders) > 1:
            raise Refused(UNSURE_FORM)
        gender = next(iter(genders), "")
    fitting = tuple(one for one in agreeing_words if one[1].gender in ("", gender))
    return Phrase(noun, person, gender, first, last, fitting)


def _hides_article(token: Token, grammar: Grammar) -> bool:
    """Whether a space is missing before an article: "conocíaquellos vecinos", "odioi medici"."""
    word = token.lower
    if grammar.hidden_article is not None:
        return grammar.hidden_article.search(word) is not None
    if grammar.adjective(word) is not None:
        return False
    return any(
        grammar.determiner(word[-length:]) is not None
        and (length >= grammar.least_hidden or word[:-length] in grammar.finite_words)
        for length in range(1, len(word) - 2)
    )


def _before(
    tokens: Sequence[Token], noun: int, person: Person, grammar: Grammar
) -> tuple[list[tuple[int, Agreeing]], int]:
    """What agrees before a noun, and where its phrase begins."""
    agreeing_words: list[tuple[int, Agreeing]] = []
    place, first = noun - 1, noun
    while place >= 0 and not tokens[place + 1].begins_clause:
        word = tokens[place].lower
        agreeing = grammar.determiner(word) or grammar.adjective(word)
        if agreeing is not None and agreeing.number == person.number:
            is_first = tokens[place].begins_sentence and word not in grammar.alone
            is_name = tokens[place].is_capital and not is_first  # "Chère amie" is none
            if is_name and grammar.determiner(word) is None:
                break
            agreeing_words.append((place, agreeing))
            first = place
        elif word in grammar.invariant or (word in grammar.adverbs and first < noun):
            first = place if word in grammar.invariant else first
        elif not (
            word in grammar.conjunctions
            and first < noun
            and place
            and grammar.adjective(tokens[place - 1].lower)
        ):
            break
        if word in grammar.articles and first == place:
            earlier = tokens[place - 1].lower if place else ""
            if word not in grammar.definite or earlier not in grammar.before_article:
                break
        place -= 1
    return agreeing_words, first


def _behind(
    tokens: Sequence[Token], noun: int, person: Person, grammar: Grammar
) -> tuple[list[tuple[int, Agreeing]], int]:
    """What agrees behind a noun, and where its phrase ends."""
    agreeing_words: list[tuple[int, Agreeing]] = []
    place, last = noun + 1, noun
    while place < len(tokens) and not tokens[place].begins_clause:
        token = tokens[place]
        word = token.lower
        agreeing = grammar.adjective(word)
        if noun and tokens[noun - 1].lower in grammar.hearers and word.endswith(_OF_HEARERS):
            break  # "voi medici continuate"
        following = tokens[place + 1].lower if place + 1 < len(tokens) else ""
        is_superlative = word in grammar.definite and following in grammar.superlative
        if agreeing is None and (word in grammar.after_noun or is_superlative):
            agreeing = grammar.determiner(word)
        if agreeing is not None and agreeing.number == person.number and not token.is_capital:
            agreeing_words.append((place, agreeing))
            last = place
        elif word not in grammar.within_phrase and not (
            place == noun + 1 and word in grammar.invariant_adjectives and not token.is_capital
        ):
            break
        place += 1
    return agreeing_words, last
