"""Exchanges two groups of one category in a Spanish text, in the gender that they have."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.counterfactual import Counterfactual
from fairflip.text.languages.exchanges import Exchanges
from fairflip.text.languages.refusals import refused
from fairflip.text.languages.spanish.forms import determiner, plural_of
from fairflip.text.languages.spanish.phrases import COMMON, Persons, phrase_of
from fairflip.text.languages.spanish.words import COPULAS, EPICENE, INVARIANT
from fairflip.text.languages.tokens import Refused, Token, as_written, edited
from fairflip.text.matcher import Matcher
from fairflip.text.terms import Term, TermList

# Said of things as often as of people: "vino español", "un coche negro".
_OF_THINGS = frozenset({"nationality", "race"})


class SpanishGroups:
    """The exchanges of one category other than gender."""

    def __init__(self, terms: TermList, category: str, persons: Persons):
        """Takes the whole list, the category, and the nouns of the list."""
        self._category = category
        self._persons = persons
        self._exchanges = Exchanges(terms, category)
        self._literal = [t for t in self._exchanges.terms.values() if not t.form]
        self._matcher = Matcher([t.text for t in self._literal]) if self._literal else None
        self._keys = terms.keys

    def swaps(self, text: str, tokens: Sequence[Token]) -> list[Counterfactual]:
        """One counterfactual, or one refusal, for each exchange that touches the text."""
        mentions: list[tuple[tuple[int, int], int, Term]] = []
        for match in self._matcher.find(text) if self._matcher is not None else []:
            mentions.append(((match.start, match.end), -1, self._literal[match.term]))
        for place, token in enumerate(tokens):
            person = self._persons.of(token.lower)
            if person is None or person.term.category != self._category:
                continue
            if self._category in _OF_THINGS and not self._is_of_person(tokens, place):
                continue
            mentions.append(((token.start, token.end), place, person.term))
        exchanges = self._exchanges.of(term for _, _, term in mentions)
        return [one for one in (self._made(text, tokens, mentions, e) for e in exchanges) if one]

    def _is_of_person(self, tokens: Sequence[Token], place: int) -> bool:
        """Whether a word that is an adjective, too, is said of a person."""
        if place == 0 or tokens[place].begins_clause:
            return False
        before = tokens[place - 1].lower
        known = self._persons.of(before)
        if before in EPICENE or (known is not None and known.term.category != self._category):
            return True
        return determiner(before) is not None or before in INVARIANT | COPULAS

    def _made(self, text, tokens, mentions, exchange) -> Counterfactual | None:
        edits: dict[tuple[int, int], str] = {}
        made: dict[str, dict[str, None]] = {}
        groups: dict[str, None] = {}
        spans: list[tuple[int, int]] = []
        try:
            for span, place, term in mentions:
                swap = self._exchanges.counterpart(term, exchange)
                if swap is None:
                    continue
                new = swap.text if place < 0 else self._form(tokens, place, swap)
                edits[span] = as_written(text[slice(*span)], new)
                made.setdefault(term.text, {})[swap.text] = None
                groups[term.group] = None
                spans.append(span)
        except Refused as refusal:
            return refused([term.text], self._keys, refusal.reason)
        if not made:
            return None
        return Counterfactual(
            text=edited(text, edits),
            terms=tuple(made),
            replacements=tuple("|".join(words) for words in made.values()),
            groups=tuple(groups),
            categories=(self._category,),
            spans=tuple(spans),
            replacement_groups=tuple(g for one in groups for g in sorted(exchange - {one})),
        )

    def _form(self, tokens: Sequence[Token], place: int, swap: Term) -> str:
        """The form of a counterpart: in the number, and in the gender, of what it replaces."""
        person = self._persons.of(tokens[place].lower)
        assert person is not None
        if person.gender == COMMON and not swap.form.startswith(COMMON):
            gender = phrase_of(tokens, place, person).gender
            if not gender:
                raise Refused("unsure_form")
            if gender == "f":
                forms = self._persons.by_form[swap.text]
                return forms[0].other if person.number == "s" else plural_of(forms[0].other)
        return swap.text if person.number == "s" else plural_of(swap.text)
