"""Counterfactuals by replacement: the same sentence about another group.

A replacement exchanges two groups of one category, everywhere in the text and
at once: ``he and she`` becomes ``she and he`` and never ``he and he``. A text
gets one counterfactual per exchange that touches it: one for female ↔ male, one
for muslim ↔ christian, one for muslim ↔ jewish, and so on; where a term has
several counterparts in the same group, one per counterpart.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence

from fairflip.protos.errors import ConfigurationError
from fairflip.text.ablation import distinct
from fairflip.text.counterfactual import Counterfactual
from fairflip.text.finder import TermFinder
from fairflip.text.letter_case import begins_sentence, in_case_of, is_proper
from fairflip.text.matcher import HYPHENS, Match, Words, words_of
from fairflip.text.pronouns import IsDeterminer, choose_pronoun, pronoun_rule
from fairflip.text.repair import next_word, possessive, with_article, with_plural_verb
from fairflip.text.terms import EACH_OTHER_GROUP, Term, TermList, normalised

#: The two groups that change places; a counterpart of no listed group is "".
Exchange = frozenset[str]


# Of what is known of an edit whatever its text: enough for most.
_MOST_KEPT = 20_000


@dataclasses.dataclass(frozen=True)
class _Option:
    """What a term becomes in one exchange; several texts are alternatives."""

    swaps: tuple[str, ...]
    returns: bool  # whether each of them is listed and leads back


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
        # One look at each word of a text tells which categories may have a term there, if any.
        self._first_words = frozenset().union(*(c.finder.first_words for c in self._categories))
        self._begins: dict[str, list[_Category]] = {}
        self._begins_before: dict[str, list[tuple[_Category, frozenset[str]]]] = {}
        for category in self._categories:
            for word, following in category.finder.beginnings.items():
                if following is None:
                    self._begins.setdefault(word, []).append(category)
                else:
                    self._begins_before.setdefault(word, []).append((category, following))
        self._unspaced = [c for c in self._categories if c.finder.finds_unspaced]

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text; see `Generator`."""
        made: list[list[Counterfactual]] = []
        for text in texts:
            words = words_of(text, self._dotless_i)
            categories = self._categories_in(words)
            if not categories:
                made.append([])
            elif len(categories) == 1:
                made.append(next(iter(categories)).generate(words))
            else:
                chosen = [category for category in self._categories if category in categories]
                made.append([one for category in chosen for one in category.generate(words)])
        return made

    def _categories_in(self, words: Words) -> set[_Category]:
        """The categories that may have a term in a text; the others have none."""
        first = self._first_words
        all_words = words.words
        words.candidates = candidates = [i for i, word in enumerate(all_words) if word in first]
        categories: set[_Category] = set()
        for position in candidates:
            word = all_words[position]
            if word in self._begins:
                categories.update(self._begins[word])
            if word in self._begins_before and position + 1 < len(all_words):
                following = all_words[position + 1]
                categories.update(c for c, words in self._begins_before[word] if following in words)
        if self._unspaced and not words.text.isascii():
            categories.update(self._unspaced)
        return categories


class _Category:
    """The exchanges within one sensitive attribute."""

    def __init__(self, terms: TermList, dotless_i: bool, is_determiner: IsDeterminer | None):
        self._terms = terms.terms
        self._dotless_i = dotless_i
        self.finder = TermFinder(terms.terms, dotless_i, terms.language)
        self._is_determiner = is_determiner or pronoun_rule()
        self._options = _options(terms.terms, self.finder)
        self._about: dict[tuple, tuple[tuple[str, ...], ...]] = {}

    def generate(self, words: Words) -> list[Counterfactual]:
        matches = self.finder.find_in(words)
        if not matches:
            return []
        text = words.text
        made = []
        for exchange in dict.fromkeys(e for m in matches for e in self._options[m.term]):
            touched = [match for match in matches if exchange in self._options[match.term]]
            options = [self._options[match.term][exchange] for match in touched]
            chosen = [
                choose_pronoun(option.swaps, text, match.start, match.end, self._is_determiner)
                for match, option in zip(touched, options, strict=True)
            ]
            num_variants = max(
                len(option.swaps) if pronoun is None else 1
                for option, pronoun in zip(options, chosen, strict=True)
            )
            for variant in range(num_variants):
                new = [
                    pronoun or option.swaps[min(variant, len(option.swaps) - 1)]
                    for option, pronoun in zip(options, chosen, strict=True)
                ]
                made.append(self._swapped(words, exchange, touched, new))
        return made

    def _swapped(
        self, original: Words, exchange: Exchange, matches: list[Match], words: list[str]
    ) -> Counterfactual:
        text = original.text
        result, new = self._replaced(text, matches, words)
        key = (exchange, *[match.term for match in matches], *words)
        about = self._about.get(key)
        if about is None:
            about = self._about_of(exchange, matches, words)
            if len(self._about) < _MOST_KEPT:
                self._about[key] = about
        returns = None
        if all(self._options[match.term][exchange].returns for match in matches):
            changed = self._words_of(original, result, matches, new)
            returns = self._returns(text, changed, exchange)
        spans = tuple([(match.start, match.end) for match in matches])
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
        listed = [self._terms[match.term].text for match in matches]
        return _replaced_with(text, matches, words, listed, self._dotless_i)

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
        result = changed.text
        matches = [m for m in self.finder.find_in(changed) if exchange in self._options[m.term]]
        words = []
        for match in matches:
            swaps = self._options[match.term][exchange].swaps
            pronoun = choose_pronoun(swaps, result, match.start, match.end, self._is_determiner)
            words.append(pronoun or swaps[0])
        return self._replaced(result, matches, words)[0] == text


def replace(
    text: str,
    matches: Sequence[Match],
    words: Sequence[str],
    listed: Sequence[str] = (),
    dotless_i: bool = False,
) -> str:
    """Puts words in the place of matches, with their case, articles and possessives.

    Args:
        text: the original.
        matches: what to replace, in order, not overlapping.
        words: the word for each match.
        listed: the term of each match as its list has it; empty where it is in none.
        dotless_i: whether ``I`` is the capital of ``ı``.

    Returns:
        The new text.
    """
    return _replaced_with(text, matches, words, listed, dotless_i)[0]


def _replaced_with(
    text: str,
    matches: Sequence[Match],
    words: Sequence[str],
    listed: Sequence[str],
    dotless_i: bool,
) -> tuple[str, list[str] | None]:
    """As `replace`, and what stands in the place of each match; None where more was changed."""
    all_upper = text.isupper()
    made = ""
    placed: list[str] | None = []
    position = 0
    for number, (match, word) in enumerate(zip(matches, words, strict=True)):
        old = text[match.start : match.end]
        term = listed[number] if listed else ""
        new = in_case_of(
            old,
            _hyphenated_as(old, term, word),
            all_upper,
            term,
            is_proper(term) and _stands_inside_sentence(text, match),
            dotless_i,
        )
        end, new = possessive(text, match.start, match.end, new)
        made += text[position : match.start]
        size = len(made)
        if _may_end_in_article(made):
            made = with_article(made, next_word(old, 0), next_word(new, 0))
        if new.lower() == "they" and old.lower() in ("he", "she"):
            made, verb, end = with_plural_verb(made, text, end)
            new += verb
        if len(made) != size or end != match.end:
            placed = None
        elif placed is not None:
            placed.append(new)
        made += new
        position = end
    return made + text[position:], placed


def _may_end_in_article(text: str) -> bool:
    return text[-2:-1] in _LAST_OF_ARTICLES and text[-1:].isspace()


# With white space: more than one stands between an article and its word now and then.
_LAST_OF_ARTICLES = frozenset("anAN \t\n\xa0")


def _hyphenated_as(old: str, listed: str, new: str) -> str:
    """``African-American`` → ``Asian-American``, where the list has spaces in both."""
    if " " in new and " " in listed and " " not in old and new.count(" ") == listed.count(" "):
        hyphen = next((sign for sign in old if sign in HYPHENS), " ")
        return new.replace(" ", hyphen)
    return new


_CAPITAL_BESIDE = re.compile(r"\s*[^\Wa-z\d_]")


def _stands_inside_sentence(text: str, match: Match) -> bool:
    """Whether a capital there is the word's own: not the sentence's, nor a headline's."""
    if begins_sentence(text, match.start):
        return False
    after = _CAPITAL_BESIDE.match(text, match.end)
    return after is None or after.group()[-1].islower()


def _options(terms: Sequence[Term], finder: TermFinder) -> list[dict[Exchange, _Option]]:
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
