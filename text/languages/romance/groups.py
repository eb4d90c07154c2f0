"""Exchanges two groups of one category in a Romance text, in the gender that they have."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.counterfactual import Counterfactual
from fairflip.text.languages.exchanges import Exchanges
from fairflip.text.languages.refusals import refused
from fairflip.text.languages.romance.edits import Edits
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.romance.phrases import COMMON, UNSURE_FORM, Persons, phrase_of
from fairflip.text.languages.romance.tongues import names_tongue
from fairflip.text.languages.tokens import Refused, Token
from fairflip.text.matcher import Matcher
from fairflip.text.terms import Term, TermList

# Said of things as often as of people: "vino español", "un coche negro".
_OF_THINGS = frozenset({"nationality", "race"})


class RomanceGroups:
    """The exchanges of one category other than gender."""

    def __init__(self, terms: TermList, category: str, persons: Persons, grammar: Grammar):
        """Takes the whole list, the category, the nouns of the list, and the language."""
        self._category = category
        self._persons = persons
        self._grammar = grammar
        self._exchanges = Exchanges(terms, category)
        self._literal = [t for t in self._exchanges.terms.values() if not t.form]
        self._matcher = Matcher([t.text for t in self._literal]) if self._literal else None
        self._keys = terms.keys

    def swaps(self, text: str, tokens: Sequence[Token]) -> list[Counterfactual]:
        """One counterfactual, or one refusal, for each exchange that touches the text."""
        mentions = [*self._phrases(text, tokens), *self._words(tokens)]
        exchanges = self._exchanges.of(term for _, _, term in mentions)
        return [one for one in (self._made(text, tokens, mentions, e) for e in exchanges) if one]

    def _phrases(self, text: str, tokens: Sequence[Token]) -> list[tuple[int, int, Term]]:
        """First and last place of each term that is a phrase: "personas con discapacidad"."""
        mentions = []
        for match in self._matcher.find(text) if self._matcher is not None else []:
            places = [p for p, t in enumerate(tokens) if match.start <= t.start < match.end]
            if places:
                mentions.append((places[0], places[-1], self._literal[match.term]))
        return mentions

    def _words(self, tokens: Sequence[Token]) -> list[tuple[int, int, Term]]:
        mentions = []
        for place in range(len(tokens)):
            person = self._persons.at(tokens, place)
            if person is None or person.term.category != self._category:
                continue
            if self._category in _OF_THINGS and not self._is_of_person(tokens, place):
                continue
            if names_tongue(tokens, place, self._grammar):
                continue
            mentions.append((place, place, person.term))
        return mentions

    def _is_of_person(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether a word that is an adjective, too, is said of a person."""
        grammar, token = self._grammar, tokens[place]
        if grammar.peoples_have_capitals and token.is_capital and not token.begins_sentence:
            return True  # "un vieil Algérien"
        if place == 0 or token.begins_clause:
            return False
        before = tokens[place - 1].lower
        known = self._persons.of(before)
        if before in grammar.epicene or (
            known is not None and known.term.category != self._category
        ):
            return True
        is_article = grammar.determiner(before) is not None
        return is_article or before in grammar.invariant | grammar.copulas

    def _made(self, text, tokens, mentions, exchange) -> Counterfactual | None:
        edits = Edits(text, tokens, self._grammar)
        made: dict[str, dict[str, None]] = {}
        groups: dict[str, None] = {}
        spans: list[tuple[int, int]] = []
        try:
            for first, last, term in mentions:
                swap = self._exchanges.counterpart(term, exchange)
                if swap is None:
                    continue
                if term.form:
                    form, gender = self._form(tokens, first, swap)
                    edits.put(first, form, gender)
                else:
                    edits.put_phrase(first, last, swap.text)
                made.setdefault(term.text, {})[swap.text] = None
                groups[term.group] = None
                spans.append((tokens[first].start, tokens[last].end))
        except Refused as refusal:
            return refused([term.text], self._keys, refusal.reason)
        if not made:
            return None
        return Counterfactual(
            text=edits.text(),
            terms=tuple(made),
            replacements=tuple("|".join(words) for words in made.values()),
            groups=tuple(groups),
            categories=(self._category,),
            spans=tuple(spans),
            replacement_groups=tuple(g for one in groups for g in sorted(exchange - {one})),
        )

    def _form(self, tokens: Sequence[Token], place: int, swap: Term) -> tuple[str, str]:
        """A counterpart in the number and gender of what it replaces, and that gender."""
        person = self._persons.at(tokens, place)
        assert person is not None
        gender = person.gender
        word = swap.text
        if gender == COMMON:
            gender = phrase_of(tokens, place, person, self._grammar).gender
            if not swap.form.startswith(COMMON):
                if not gender:
                    raise Refused(UNSURE_FORM)
                if gender == "f":
                    word = self._persons.by_form[swap.text][0].other
        if person.number == "p":
            word = self._grammar.plural_of(word, gender)
        return word, gender
