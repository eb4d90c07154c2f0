"""Edits by the tables of a list, in Python: the same texts as in a graph."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fairflip.text.plain_edits.removal import repaired
from fairflip.text.plain_edits.table import (
    CAPITAL,
    CAPITAL_INSIDE,
    CAPITALS,
    CAPITALS_IN_CAPITALS,
    EACH_CAPITAL,
    LOWER,
    PRIME,
    compile_table,
)
from fairflip.text.plain_edits.tokens import (
    BEFORE_NAME,
    BEGINS_FIRST_SENTENCE,
    BEGINS_SENTENCE,
    END,
    GAP,
    GAP_AN,
    SOFT,
    START,
    as_compared,
    begins_with_capital,
    has_capital,
    has_small,
    lowered,
    parts_of,
)
from fairflip.text.pronouns import AFTER_HER_ALONE, AFTER_HIS_ALONE
from fairflip.text.terms import TermList

#: Weights of the hash of a text's other words.
FACTOR, SUMMAND = 1_103_515_245, 12_345


class _Match(NamedTuple):
    """An entry at some words of a text: `words[start:end]`."""

    start: int
    end: int
    entry: int


class _Parts:
    """A text, split."""

    def __init__(self, text: str):
        self.text = text
        self.words, self.separators = parts_of(text)
        self.lowered = [lowered(word) for word in self.words]
        self.signs = [as_compared(sign) for sign in self.separators]


class PlainEdits:
    """Makes, for a text, its counterfactuals or the text without its terms.

    Args:
        terms: A list that `table.refusal_of` does not refuse.
        method: "substitution" or "ablation".

    Raises:
        ConfigurationError: The list cannot be compiled.
    """

    def __init__(self, terms: TermList, method: str):
        self.table = compile_table(terms, method)
        self._most_words = int(self.table.num_words.max())

    def swapped(self, texts: Sequence[str], number: int) -> list[list[str]]:
        """At most `number` counterfactuals of each text, spread over exchanges of groups.

        First comes one of each exchange, in an order by a hash of the exchange and of the text
        beside its terms; then a second of each that has several, and so on.
        """
        return [self._swapped(_Parts(text), number) for text in texts]

    def removed(self, texts: Sequence[str]) -> list[str | None]:
        """Each text without its terms; None: it holds none."""
        return [self._removed(_Parts(text)) for text in texts]

    def _removed(self, parts: _Parts) -> str | None:
        matches = [m for m in self._matches(parts, 0) if self._is_term(m)]
        if not matches:
            return None
        words, separators = list(parts.words), list(parts.separators)
        for match in matches:
            words[match.start : match.end] = [""] * (match.end - match.start)
            separators[match.start + 1 : match.end] = [""] * (match.end - match.start - 1)
            words[match.start] = GAP_AN if self.table.takes_an[match.entry] else GAP
        return repaired(START + _together(words, separators) + END)

    def _is_term(self, match: _Match) -> bool:
        return bool(self.table.is_term[match.entry])

    def _matches(self, parts: _Parts, category: int) -> list[_Match]:
        """The entries of a category, the longest at each place, from left to right."""
        table, matches, free = self.table, [], 0
        for start in range(len(parts.words)):
            if start < free:
                continue
            key, longest = "", None
            for end in range(start + 1, min(start + self._most_words, len(parts.words)) + 1):
                if end > start + 1 and not parts.signs[end - 1]:
                    break  # an address beside a word
                key += (parts.signs[end - 1] if end > start + 1 else "") + parts.lowered[end - 1]
                number = table.key_numbers.get(key)
                entry = -1 if number is None else int(table.entry_of_key[number, category])
                if entry >= 0 and self._is_it(parts, start, end, entry):
                    longest = _Match(start, end, entry)
            if longest is not None:
                matches.append(longest)
                free = longest.end
        return matches

    def _is_it(self, parts: _Parts, start: int, end: int, entry: int) -> bool:
        """Whether capitals and what follows allow an entry there."""
        words = parts.words
        has_capitals = begins_with_capital(words[start]) and begins_with_capital(words[end - 1])
        if self.table.needs_capital[entry] and not has_capitals:
            return False
        if self.table.is_title[entry]:
            if end == len(words) or not re.fullmatch(BEFORE_NAME, parts.separators[end]):
                return False
            if self.table.needs_capital[entry]:
                return begins_with_capital(words[end])
            return has_capital(words[end][0]) or has_small(words[end][0])
        return True

    def _swapped(self, parts: _Parts, number: int) -> list[str]:
        table = self.table
        matches = [self._matches(parts, c) for c in range(table.num_categories)]
        variants: dict[int, int] = {}
        for match in (one for of_category in matches for one in of_category):
            first, last = table.option_starts[match.entry : match.entry + 2]
            for option in range(first, last):
                exchange = int(table.option_exchange[option])
                variants[exchange] = max(variants.get(exchange, 0), int(table.num_swaps[option]))
        if not variants:
            return []
        value = self._hash(parts, matches)
        rank = {
            e: (value * int(table.exchange_factor[e]) + int(table.exchange_summand[e])) % PRIME
            for e in variants
        }
        ranked = sorted(
            (variant, rank[e], e)
            for e, num_variants in variants.items()
            for variant in range(num_variants)
        )
        return [
            self._exchanged(parts, matches[int(table.exchange_category[e])], e, variant)
            for variant, _, e in ranked[:number]
        ]

    def _hash(self, parts: _Parts, matches: Sequence[Sequence[_Match]]) -> int:
        """A number below `PRIME` of the words that are in no match, without capitals."""
        covered = {i for ones in matches for m in ones for i in range(m.start, m.end)}
        beside = "".join(f"{w} " for i, w in enumerate(parts.lowered) if i not in covered)
        codes = np.frombuffer(beside.encode("utf-32-le", "surrogatepass"), np.uint32)
        weights = (np.arange(1, len(codes) + 1, dtype=np.int64) * FACTOR + SUMMAND) % PRIME
        return int((codes.astype(np.int64) * weights % PRIME).sum() % PRIME)

    def _exchanged(
        self, parts: _Parts, matches: Sequence[_Match], exchange: int, variant: int
    ) -> str:
        """The text with every entry of an exchange replaced."""
        table = self.table
        words, separators = list(parts.words), list(parts.separators)
        for match in matches:
            code = match.entry * len(table.exchange_category) + exchange
            option = int(np.searchsorted(table.option_codes, code))
            if option == len(table.option_codes) or table.option_codes[option] != code:
                continue
            swap = int(table.option_swap[option])
            if table.pronoun[option]:
                alone = AFTER_HER_ALONE if table.pronoun[option] == 1 else AFTER_HIS_ALONE
                if not self._stands_before_noun(parts, match.end, alone):
                    swap = int(table.alone_swap[option])
            else:
                swap += min(variant, int(table.num_swaps[option]) - 1)
            for position in range(match.start + 1, match.end):
                words[position] = separators[position] = ""
            words[match.start] = self._form(parts, match, swap)
            if match.start:
                words[match.start - 1] = self._article(parts, match, swap, words[match.start - 1])
        return _together(words, separators)

    def _stands_before_noun(self, parts: _Parts, end: int, alone: frozenset[str]) -> bool:
        if end == len(parts.words) or not re.fullmatch(SOFT, parts.separators[end]):
            return False
        return parts.lowered[end] not in alone

    def _form(self, parts: _Parts, match: _Match, swap: int) -> str:
        """A swap with the capitals and hyphens of what it replaces."""
        table = self.table
        signs = parts.signs[match.start + 1 : match.end]
        same_spaces = table.num_spaces[match.entry] == table.swap_spaces[swap] > 0
        hyphens = int(same_spaces and bool(signs) and all(sign == "-" for sign in signs))
        return table.forms[swap, self._case(parts, match, signs), hyphens]

    def _case(self, parts: _Parts, match: _Match, signs: Sequence[str]) -> int:
        old = parts.words[match.start : match.end]
        if len("".join(old)) > 1 and has_capital("".join(old)) and not has_small("".join(old)):
            shouts = not any(has_small(w) for w in parts.words)
            return CAPITALS_IN_CAPITALS if shouts else CAPITALS
        if not begins_with_capital(old[0]):
            return LOWER
        if (
            len(old) > 1
            and all(sign == " " for sign in signs)
            and all(map(begins_with_capital, old))
        ):
            return EACH_CAPITAL
        return CAPITAL_INSIDE if self._is_inside_sentence(parts, match) else CAPITAL

    def _is_inside_sentence(self, parts: _Parts, match: _Match) -> bool:
        begins = BEGINS_SENTENCE if match.start else BEGINS_FIRST_SENTENCE
        if re.fullmatch(begins, parts.separators[match.start]):
            return False
        if match.end == len(parts.words) or parts.signs[match.end] not in ("", " "):
            return True
        return not begins_with_capital(parts.words[match.end])

    def _article(self, parts: _Parts, match: _Match, swap: int, word: str) -> str:
        """The word before a match: an article follows the sound of what stands there now."""
        article = parts.lowered[match.start - 1]
        is_an, wanted = article == "an", bool(self.table.swap_takes_an[swap])
        if (
            article not in ("a", "an")
            or parts.signs[match.start] != " "
            or parts.separators[match.start - 1].endswith(("'", "’", "-"))
            or is_an == wanted
            or bool(self.table.takes_an[match.entry]) != is_an
        ):
            return word
        if is_an:
            return word[0]
        loud = word == "A" and not has_small(parts.words[match.start][1:])
        return word + ("N" if loud and len(parts.words[match.start]) > 1 else "n")


def _together(words: Sequence[str], separators: Sequence[str]) -> str:
    made = "".join(s + w for s, w in zip(separators, words, strict=False))
    return made + separators[-1]
