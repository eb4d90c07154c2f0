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
import operator
from collections import Counter
from collections.abc import Sequence

from fairflip.protos.errors import ConfigurationError
from fairflip.text.ablation import distinct
from fairflip.text.counterfactual import Counterfactual
from fairflip.text.finder import TITLES, TermFinder, finder_of
from fairflip.text.letter_case import is_proper as is_proper
from fairflip.text.matcher import Match, Words, words_of
from fairflip.text.plain_swaps import Exchange as Exchange
from fairflip.text.plain_swaps import PlainSwaps
from fairflip.text.pronouns import IsDeterminer, choose_pronoun, pronoun_rule
from fairflip.text.replacement import cased as cased
from fairflip.text.replacement import replace as replace
from fairflip.text.terms import EACH_OTHER_GROUP, Term, TermList, normalised
from fairflip.text.words import Beginnings

# Of what is known of an edit whatever its text: enough for most.
_MOST_KEPT = 20_000
_MOST_CHOICES_KEPT = 16
_term_of, _span_of = operator.itemgetter(2), operator.itemgetter(0, 1)


@dataclasses.dataclass(slots=True, eq=False)
class _Option:
    """What a term becomes in one exchange; several texts are alternatives."""

    swaps: tuple[str, ...]
    returns: bool  # whether each of them is listed and leads back
    only: str | None  # the text where there are no several


@dataclasses.dataclass(slots=True, eq=False)
class _Plan:
    """One exchange in the texts that hold some terms in one order."""

    exchange: Exchange
    touched: list[int] | None  # which of the terms it changes; None: all
    options: list[_Option]  # what each of these becomes
    words: tuple[str, ...] | None  # the words themselves; None where there is a choice
    leads_back: bool
    #: What is known of the edits, by the words that are chosen; see `_Category._about_of`.
    about: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = dataclasses.field(
        default_factory=dict
    )


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
            of_text: list[Counterfactual] = []
            for category in categories:
                of_text += category.generate(words)
            made.append(of_text)
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
        self._plain = PlainSwaps(self.finder, self.swaps, self._is_determiner)
        # By the terms of a text.
        self._plans: dict[tuple[int, ...], list[_Plan]] = {}
        self._num_plans = 0

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
            longer = self.finder.may_begin_longer(words, matches)
        made = []
        numbers = tuple(map(_term_of, matches))
        plans = self._plans.get(numbers)
        for plan in self._planned(numbers) if plans is None else plans:
            touched = matches
            if plan.touched is not None:
                touched = [matches[place] for place in plan.touched]
            if plan.words is not None:
                made.append(self._swapped(words, plan, touched, plan.words, longer))
                continue
            new, num_variants = self._chosen(words.text, touched, plan.options)
            for variant in range(num_variants):
                one = [
                    option.swaps[min(variant, len(option.swaps) - 1)] if word is None else word
                    for option, word in zip(plan.options, new, strict=True)
                ]
                made.append(self._swapped(words, plan, touched, tuple(one), longer))
        return made

    def _planned(self, numbers: tuple[int, ...]) -> list[_Plan]:
        """What becomes of texts with these terms, in the order of their first ones."""
        exchanges: dict[Exchange, None] = {}
        for number in numbers:
            exchanges.update(dict.fromkeys(self._options[number]))
        plans = []
        for exchange in exchanges:
            options, places = [], []
            for place, number in enumerate(numbers):
                option = self._options[number].get(exchange)
                if option is not None:
                    options.append(option)
                    places.append(place)
            only = [option.only for option in options if option.only is not None]
            plans.append(
                _Plan(
                    exchange=exchange,
                    touched=None if len(places) == len(numbers) else places,
                    options=options,
                    words=tuple(only) if len(only) == len(options) else None,
                    leads_back=all(option.returns for option in options),
                )
            )
        if self._num_plans < _MOST_KEPT:
            self._plans[numbers] = plans
            self._num_plans += len(plans)
        return plans

    def _chosen(
        self, text: str, matches: Sequence[Match], options: Sequence[_Option]
    ) -> tuple[list[str | None], int]:
        """The word for each match, None for one of several, and how many choices there are."""
        words = [option.only for option in options]
        num_variants = 1
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
        plan: _Plan,
        matches: list[Match],
        words: tuple[str, ...],
        longer: dict[int, int] | None,
    ) -> Counterfactual:
        """The text with words in the place of matches; `longer` is None where it is not known."""
        text = original.text
        plain = returns = None
        if not self._dotless_i:
            back = plan.exchange if plan.leads_back and longer is not None else None
            plain = self._plain.swapped(original, matches, words, back, longer or {})
        if plain is not None:
            result, returns = plain
        else:
            result = self._replaced(text, matches, words)
        if returns is None and plan.leads_back:
            returns = self._returns(text, result, plan.exchange)
        about = plan.about.get(words)
        if about is None:
            about = self._about_of(plan.exchange, matches, words)
            if len(plan.about) < _MOST_CHOICES_KEPT:
                plan.about[words] = about
        spans = tuple(map(_span_of, matches))
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

    def _replaced(self, text: str, matches: Sequence[Match], words: Sequence[str]) -> str:
        listed = [self._listed[match.term] for match in matches]
        return replace(text, matches, words, listed, self._dotless_i)

    def _returns(self, text: str, changed: str, exchange: Exchange) -> bool:
        """Whether some choice among the alternatives leads back to the text."""
        every, again = self._options, self.finder.find(changed)
        matches = [match for match in again if exchange in every[match.term]]
        options = [every[match.term][exchange] for match in matches]
        words, _ = self._chosen(changed, matches, options)
        first = [
            option.swaps[0] if word is None else word
            for option, word in zip(options, words, strict=True)
        ]
        return self._replaced(changed, matches, first) == text


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
