"""Exchanges two groups of one category in a German text: nouns in their case, adjectives."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.counterfactual import Counterfactual
from fairflip.text.languages.exchanges import Exchanges
from fairflip.text.languages.german.cases import narrowed
from fairflip.text.languages.german.forms import ADJECTIVE, ENDINGS, Noun
from fairflip.text.languages.german.lexicon import Lexicon
from fairflip.text.languages.german.phrases import Option, phrase_of, rendered
from fairflip.text.languages.german.tongues import names_tongue
from fairflip.text.languages.german.words import EPICENE
from fairflip.text.languages.tokens import Refused, Token, as_written, edited, word_set
from fairflip.text.matcher import Matcher
from fairflip.text.terms import Term, TermList

Edit = tuple[int, int, str]
# Said of things as often as of people: "türkischer Tee".
_OF_THINGS = frozenset({"nationality", "origin"})
_PEOPLE = word_set("menschen leute personen bevölkerung familie familien kinder kindern")


class GermanGroups:
    """The exchanges of one category other than gender."""

    def __init__(self, terms: TermList, category: str, lexicon: Lexicon):
        """Takes the whole list, the category, and the nouns of the list."""
        self._category = category
        self._lexicon = lexicon
        self._exchanges = Exchanges(terms, category)
        self._terms = self._exchanges.terms
        self._stems = {t.text: t for t in self._terms.values() if t.form == ADJECTIVE}
        literal = [t for t in self._terms.values() if not t.form]
        self._literal = literal
        self._matcher = Matcher([t.text for t in literal]) if literal else None
        self.term_keys = {t.text: (t.text, t.group, category) for t in self._terms.values()}

    def swaps(self, text: str, tokens: Sequence[Token]) -> list[Counterfactual]:
        """One counterfactual, or one refusal, for each exchange that touches the text."""
        mentions = self._found(text, tokens)
        exchanges = self._exchanges.of(term for _, term in mentions)
        return [one for one in (self._made(text, tokens, mentions, e) for e in exchanges) if one]

    def _found(self, text: str, tokens: Sequence[Token]) -> list[tuple[int | Edit, Term]]:
        """The terms of the category: at a token, or as the place of a phrase."""
        mentions: list[tuple[int | Edit, Term]] = []
        literal = self._matcher.find(text) if self._matcher is not None else []
        for match in literal:
            mentions.append(((match.start, match.end, ""), self._literal[match.term]))
        for place, token in enumerate(tokens):
            if any(m.start < token.end and token.start < m.end for m in literal):
                continue
            if names_tongue(tokens, place):
                continue
            term = self._adjective(tokens, place)
            if term is None and (token.is_capital or text.islower()):
                readings = self._lexicon.readings(token.text)
                names = [r.entry.term for r in readings if r.entry.category == self._category]
                term = self._terms.get(names[0]) if names else None
                if term is not None and term.text in self._stems:
                    term = None
            if term is not None:
                mentions.append((place, term))
        return mentions

    def _adjective(self, tokens: Sequence[Token], place: int) -> Term | None:
        token = tokens[place]
        if token.is_capital and not token.begins_sentence:
            return None
        word = token.lower
        for ending in ("", *ENDINGS):
            stem = word.removesuffix(ending) if ending else word
            if stem + ending == word and stem in self._stems:
                if self._category in _OF_THINGS and not self._person_behind(tokens, place):
                    return None
                return self._stems[stem]
        return None

    def _person_behind(self, tokens: Sequence[Token], place: int) -> bool:
        for token in tokens[place + 1 : place + 3]:
            if token.begins_clause:
                return False
            if token.is_capital:
                known = any(token.lower in words for words in EPICENE.values())
                return known or token.lower in _PEOPLE or bool(self._lexicon.readings(token.text))
        return False

    def _made(self, text, tokens, mentions, exchange) -> Counterfactual | None:
        edits: dict[tuple[int, int], str] = {}
        terms: list[Term] = []
        replacements: list[str] = []
        spans: list[tuple[int, int]] = []
        try:
            for place, term in mentions:
                swap = self._exchanges.counterpart(term, exchange)
                if swap is None:
                    continue
                if isinstance(place, tuple):
                    span = place[:2]
                    edits[span] = as_written(text[slice(*span)], swap.text)
                else:
                    span = (tokens[place].start, tokens[place].end)
                    edits.update(self._edits(tokens, place, term, swap))
                terms.append(term)
                replacements.append(swap.text)
                spans.append(span)
        except Refused as refusal:
            return self._counterfactual("", [term], [""], exchange, spans, refusal.reason)
        if not terms:
            return None
        return self._counterfactual(edited(text, edits), terms, replacements, exchange, spans)

    def _edits(
        self, tokens: Sequence[Token], place: int, term: Term, swap: Term
    ) -> dict[tuple[int, int], str]:
        token = tokens[place]
        if term.text in self._stems:
            new = swap.text + token.lower[len(term.text) :]
            return {(token.start, token.end): as_written(token.text, new)}
        noun = self._lexicon.nouns.get(swap.text)
        phrase = phrase_of(tokens, place, self._lexicon)
        if noun is None or phrase is None:
            raise Refused("unsure_form")
        options = tuple(o for o in phrase.options if o.entry.category == self._category)
        if not options:
            raise Refused("unsure_form")

        def outcome(option: Option) -> object:
            return frozenset(
                rendered(tokens, phrase, option, self._target(option, noun, swap)).items()
            )

        left = narrowed(phrase._replace(options=options), tokens, outcome)
        if len({outcome(one) for one in left}) > 1:
            raise Refused("unsure_case")
        return rendered(tokens, phrase, left[0], self._target(left[0], noun, swap))

    def _target(self, option: Option, noun: Noun, swap: Term) -> Noun:
        """The noun of the gender that the phrase has: "Türke" and "Türkin" both lead to groups."""
        own = self._terms.get(option.entry.term)
        if own is None or not own.swaps:
            return noun
        for text in own.swaps:
            other = self._terms.get(text)
            if other is not None and other.group == swap.group and text in self._lexicon.nouns:
                return self._lexicon.nouns[text]
        return noun

    def _counterfactual(
        self, text, terms, replacements, exchange, spans, reason: str = ""
    ) -> Counterfactual:
        merged: dict[str, dict[str, None]] = {}
        for term, new in zip(terms, replacements, strict=True):
            merged.setdefault(term.text, {})[new] = None
        groups = tuple(dict.fromkeys(term.group for term in terms))
        return Counterfactual(
            text=text,
            terms=tuple(merged),
            replacements=tuple("|".join(words) for words in merged.values()),
            groups=groups,
            categories=(self._category,),
            spans=tuple(spans) if not reason else (),
            replacement_groups=tuple(group for one in groups for group in sorted(exchange - {one})),
            refused=reason,
        )
