"""Counterfactuals by replacement: the same sentence about another group.

A replacement exchanges two groups of one category, everywhere in the text and
at once: ``he and she`` becomes ``she and he`` and never ``he and he``. A text
gets one counterfactual per exchange that touches it: one for female ↔ male, one
for muslim ↔ christian, one for muslim ↔ jewish, and so on; where a term has
several counterparts in the same group, one per counterpart.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter
from collections.abc import Sequence

from fairflip.protos.errors import ConfigurationError
from fairflip.text.ablation import distinct
from fairflip.text.counterfactual import Counterfactual
from fairflip.text.finder import TITLES, Beginnings, TermFinder, finder_of
from fairflip.text.matcher import Match, Words, words_of
from fairflip.text.plain_swaps import Exchange as Exchange
from fairflip.text.plain_swaps import PlainSwaps
from fairflip.text.pronouns import IsDeterminer, choose_pronoun, pronoun_rule
from fairflip.text.replacement import cased as cased
from fairflip.text.replacement import replace as replace
from fairflip.text.replacement import replaced_with
from fairflip.text.terms import EACH_OTHER_GROUP, Term, TermList, normalised

# Of what is known of an edit whatever its text: enough for most.
_MOST_KEPT = 20_000


@dataclasses.dataclass(slots=True, eq=False)
class _Option:
    """What a term becomes in one exchange; several texts are alternatives."""

    swaps: tuple[str, ...]
    returns: bool  # whether each of them is listed and leads back
    only: str | None  # the text where there are no several


class Substitution:
    """Swaps the terms of a list within their categories."""

    def __init__(self, terms: TermList, is_determiner: IsDeterminer | None = None):
        """Takes the list, and the rule for pronouns (by default the built-in one).

        Raises:
            ConfigurationError: no term of the list has a swap.
        """
        if not any(term.swaps for term in terms.terms):
            raise ConfigurationError(
                f"generator.method is 'substitution' but no term of {terms.name!r} has a swap; "
                "fill in the column 'swap' or use 'ablation'."
            )
        # A matcher for each category: "black woman" is one term of race, and holds
        # one of gender.
        self._categories = [
            _Category(terms.only([category]), terms.has_dotless_i, is_determiner)
            for category in terms.categories
        ]
        self.term_keys = terms.keys
        self._dotless_i = terms.has_dotless_i
        self._beginnings = Beginnings([category.finder for category in self._categories])

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text; see `Generator`."""
        made: list[list[Counterfactual]] = []
        for text in texts:
            words = words_of(text, self._dotless_i)
            categories = [self._categories[number] for number in self._beginnings.read(words)]
            made.append([one for category in categories for one in category.generate(words)])
        return made

    @property
    def swaps_by_exchange(self) -> list[list[dict[Exchange, tuple[str, ...]]]]:
        """By category and term, in the order of the list, what a term becomes in each exchange."""
        return [category.swaps for category in self._categories]


class _Category:
    """The exchanges within one sensitive attribute."""

    def __init__(self, terms: TermList, dotless_i: bool, is_determiner: IsDeterminer | None):
        self._terms = terms.terms
        self._dotless_i = dotless_i
        self.finder = finder_of(terms, dotless_i)
        self._is_determiner = is_determiner or pronoun_rule()
        self._listed = [term.text for term in terms.terms]
        self._options = _options(terms.terms, self.finder)
        self._exchanges = [dict.fromkeys(options) for options in self._options]
        self._plain = PlainSwaps(self.finder, self.swaps, self._is_determiner)
        self._about: dict[tuple, tuple[tuple[str, ...], ...]] = {}

    @property
    def swaps(self) -> list[dict[Exchange, tuple[str, ...]]]:
        """By term, what it becomes in each exchange."""
        return [{e: option.swaps for e, option in of_term.items()} for of_term in self._options]

    def generate(self, words: Words) -> list[Counterfactual]:
        matches, are_all = self.finder.read(words)
        if not matches:
            return []
        longer = None
        if are_all and words.candidates is not None:
            longer = self.finder.may_begin_longer(words)
        made = []
        for exchange in self._exchanges_of(matches):
            touched, options = self._touched(matches, exchange)
            new, num_variants = self._chosen(words.text, touched, options)
            for variant in range(num_variants):
                one = [
                    option.swaps[min(variant, len(option.swaps) - 1)] if word is None else word
                    for option, word in zip(options, new, strict=True)
                ]
                made.append(self._swapped(words, exchange, touched, options, one, longer))
        return made

    def _exchanges_of(self, matches: Sequence[Match]) -> dict[Exchange, None]:
        """The exchanges that touch a text, in the order of its terms."""
        if len(matches) == 1:
            return self._exchanges[matches[0].term]
        exchanges: dict[Exchange, None] = {}
        for match in matches:
            exchanges.update(self._exchanges[match.term])
        return exchanges

    def _touched(
        self, matches: list[Match], exchange: Exchange
    ) -> tuple[list[Match], list[_Option]]:
        """The matches that an exchange changes, and what each becomes."""
        every = self._options
        options = [every[match.term].get(exchange) for match in matches]
        if None in options:
            matches = [m for m, option in zip(matches, options, strict=True) if option is not None]
        return matches, [option for option in options if option is not None]

    def _chosen(
        self, text: str, matches: Sequence[Match], options: Sequence[_Option]
    ) -> tuple[list[str | None], int]:
        """The word for each match, None for one of several, and how many choices there are."""
        words = [option.only for option in options]
        num_variants = 1
        if None in words:
            for place, (match, option) in enumerate(zip(matches, options, strict=True)):
                if option.only is None:
                    start, end, _ = match
                    word = choose_pronoun(option.swaps, text, start, end, self._is_determiner)
                    words[place] = word
                    if word is None:
                        num_variants = max(num_variants, len(option.swaps))
        return words, num_variants

    def _swapped(
        self,
        original: Words,
        exchange: Exchange,
        matches: list[Match],
        options: Sequence[_Option],
        words: list[str],
        longer: list[int] | None,
    ) -> Counterfactual:
        """The text with words in the place of matches; `longer` is None where it is not known."""
        text = original.text
        leads_back = False not in [option.returns for option in options]
        plain = returns = None
        if not self._dotless_i:
            back = exchange if leads_back and longer is not None else None
            plain = self._plain.swapped(original, matches, words, back, longer or ())
        new: list[str] | None
        if plain is not None:
            result, new, returns = plain
        else:
            result, new = self._replaced(text, matches, words)
        if returns is None and leads_back:
            changed = self._words_of(original, result, matches, new)
            returns = self._returns(text, changed, exchange)
        key = (exchange, *[match.term for match in matches], *words)
        about = self._about.get(key)
        if about is None:
            about = self._about_of(exchange, matches, words)
            if len(self._about) < _MOST_KEPT:
                self._about[key] = about
        spans = tuple([match[:2] for match in matches])
        terms, replacements, groups, replacement_groups, categories = about
        return Counterfactual(
            result, terms, replacements, groups, categories, spans, replacement_groups, returns
        )

    def _about_of(
        self, exchange: Exchange, matches: Sequence[Match], words: Sequence[str]
    ) -> tuple[tuple[str, ...], ...]:
        """Terms, replacements, groups, groups of replacements and categories of some matches."""
        replaced: dict[int, dict[str, None]] = {}  # "her" may be "his" here and "him" there
        for match, word in zip(matches, words, strict=True):
            replaced.setdefault(match.term, {})[word] = None
        terms = [self._terms[number] for number in dict.fromkeys(m.term for m in matches)]
        return (
            tuple(term.text for term in terms),
            tuple("|".join(words) for words in replaced.values()),
            distinct(term.group for term in terms),
            distinct(group for term in terms for group in exchange - {term.group}),
            distinct(term.category for term in terms),
        )

    def _replaced(
        self, text: str, matches: Sequence[Match], words: Sequence[str]
    ) -> tuple[str, list[str] | None]:
        listed = [self._listed[match.term] for match in matches]
        return replaced_with(text, matches, words, listed, self._dotless_i)

    def _words_of(
        self, original: Words, result: str, matches: Sequence[Match], new: list[str] | None
    ) -> Words:
        """The words of a swapped text: those of the original, but for the swapped ones."""
        text = original.text
        if new is None or not all(text[match.start : match.end].isalnum() for match in matches):
            return words_of(result, self._dotless_i)
        return original.with_words(result, [match.start for match in matches], new)

    def _returns(self, text: str, changed: Words, exchange: Exchange) -> bool:
        """Whether some choice among the alternatives leads back to the text."""
        matches, options = self._touched(self.finder.find_in(changed), exchange)
        words, _ = self._chosen(changed.text, matches, options)
        first = [
            option.swaps[0] if word is None else word
            for option, word in zip(options, words, strict=True)
        ]
        return self._replaced(changed.text, matches, first)[0] == text


def is_title(term: str) -> bool:
    """Whether a term is a form of address, which says no gender but before a name."""
    return term.lower() in TITLES


def phrases_left_alone(terms: TermList) -> list[tuple[str, bool]]:
    """The phrases that hold a term and name no identity, and whether they need capitals."""
    finder = finder_of(terms)
    return [(phrase.text, phrase.needs_capitals) for phrase in finder.phrases]


@functools.lru_cache(maxsize=64)
def _options(terms: tuple[Term, ...], finder: TermFinder) -> list[dict[Exchange, _Option]]:
    """For each term of a category, what it becomes in each exchange."""
    by_text = {normalised(term.text): term for term in terms}
    listed: list[dict[Exchange, list[str]]] = []
    for term, usual in zip(terms, _usual_counterparts(terms, by_text), strict=True):
        texts: dict[Exchange, list[str]] = {}
        for group, swap in _swaps(term, terms):
            if group is None:
                group = _group_of(swap, terms, by_text, finder, usual)
            if group == term.group and term.group:
                group = ""
            texts.setdefault(frozenset((term.group, group)), []).append(swap)
        listed.append(texts)
    number = {normalised(term.text): i for i, term in enumerate(terms)}
    return [
        {
            exchange: _Option(
                tuple(swaps),
                all(_leads_back(terms[i].text, swap, exchange, listed, number) for swap in swaps),
                swaps[0] if len(swaps) == 1 else None,
            )
            for exchange, swaps in texts.items()
        }
        for i, texts in enumerate(listed)
    ]


def _leads_back(text: str, swap: str, exchange: Exchange, listed, number: dict[str, int]) -> bool:
    other = number.get(normalised(swap))
    if other is None:
        return False
    back = [normalised(word) for word in listed[other].get(exchange, [])]
    # Of two pronouns the context chooses; of other alternatives the first is taken.
    return normalised(text) in (back if len(back) == 2 and swap in ("her", "his") else back[:1])


def _swaps(term: Term, terms: Sequence[Term]) -> list[tuple[str | None, str]]:
    """The counterparts of a term, with their group where the list says it."""
    if term.swaps != (EACH_OTHER_GROUP,):
        return [(None, swap) for swap in term.swaps]
    first: dict[str, str] = {}
    for other in terms:
        if other.group and other.group != term.group and other.form == term.form:
            first.setdefault(other.group, other.text)
    return list(first.items())


def _group_of(swap: str, terms, by_text, finder: TermFinder, usual: str) -> str:
    """The group a counterpart names: its own row, a term within it, or the usual one."""
    if normalised(swap) in by_text:
        return by_text[normalised(swap)].group
    within = finder.find(swap)
    return terms[within[0].term].group if within else usual


def _usual_counterparts(terms: Sequence[Term], by_text: dict[str, Term]) -> list[str]:
    """For each term, the group that most swaps of its group lead to; "" without any."""
    counts: dict[str, Counter[str]] = {}
    for term in terms:
        for swap in term.swaps:
            other = by_text.get(normalised(swap))
            if other is not None and other.group != term.group:
                counts.setdefault(term.group, Counter())[other.group] += 1
    return [counts[t.group].most_common(1)[0][0] if t.group in counts else "" for t in terms]
