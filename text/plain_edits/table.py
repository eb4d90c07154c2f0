"""A list of terms as tables: what is looked up, and what stands there afterwards."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
from collections.abc import Iterable, Sequence

import numpy as np

from fairflip.protos.errors import ConfigurationError
from fairflip.text.matcher import has_words_without_spaces, may_be_attached
from fairflip.text.plain_edits.tokens import as_compared, lowered, parts_of
from fairflip.text.pronouns import PRONOUN_SWAPS
from fairflip.text.repair import takes_an
from fairflip.text.substitution import Substitution, cased, is_title, phrases_left_alone
from fairflip.text.terms import Term, TermList, normalised

#: Numbers of the hash that spreads counterfactuals over groups are below this prime.
PRIME = 2**31 - 1
#: Cases of a word in a text, the last axis of `forms` but one: see `letter_case.in_case_of`.
LOWER, CAPITALS, CAPITALS_IN_CAPITALS, EACH_CAPITAL, CAPITAL_INSIDE, CAPITAL = range(6)
_OLD = {
    LOWER: ("xx", False, False),
    CAPITALS: ("XX", False, False),
    CAPITALS_IN_CAPITALS: ("XX", True, False),
    EACH_CAPITAL: ("Xx Xx", False, False),
    CAPITAL_INSIDE: ("Xx", False, True),
    CAPITAL: ("Xx", False, False),
}
_JOINS = frozenset(" -'")


@dataclasses.dataclass(frozen=True)
class EditTable:
    """A list of terms, compiled. An *entry* is a term, or a phrase that names no identity.

    Attributes:
        keys: What entries are looked up by: words without capitals A to Z, with the separators
            between them as `as_compared` gives them.
        entry_of_key: `[keys, categories]`; −1: none of that category.
        is_term: Bool `[entries]`; else a phrase, which is left alone.
        num_words: `[entries]`.
        needs_capital: Bool `[entries]`: only where its first and last word have one.
        is_title: Bool `[entries]`: a form of address, only before a word.
        takes_an: Bool `[entries]`: "an" stands before its first word.
        num_spaces: `[entries]`: of the term as listed.
        option_entry: `[options]`, with `option_exchange` ascending: what an entry may become.
        option_exchange: `[options]`.
        option_swap: `[options]`: the first of its swaps.
        num_swaps: `[options]`: alternatives, which are variants of one exchange.
        alone_swap: `[options]`: of a pronoun the swap where it stands alone, the one at
            `option_swap` being that before a noun; −1: no pronoun.
        pronoun: `[options]`: 1 of "her", 2 of "his", 0 of all else.
        forms: `[swaps, 6, 2]` texts by case, and with spaces or hyphens between words.
        swap_takes_an: Bool `[swaps]`.
        swap_spaces: `[swaps]`: spaces of the swap as listed.
        exchange_category: `[exchanges]`.
        exchange_factor: `[exchanges]`, of the hash.
        exchange_summand: `[exchanges]`, of the hash.
    """

    keys: tuple[str, ...]
    entry_of_key: np.ndarray
    is_term: np.ndarray
    num_words: np.ndarray
    needs_capital: np.ndarray
    is_title: np.ndarray
    takes_an: np.ndarray
    num_spaces: np.ndarray
    option_entry: np.ndarray
    option_exchange: np.ndarray
    option_swap: np.ndarray
    num_swaps: np.ndarray
    alone_swap: np.ndarray
    pronoun: np.ndarray
    forms: np.ndarray
    swap_takes_an: np.ndarray
    swap_spaces: np.ndarray
    exchange_category: np.ndarray
    exchange_factor: np.ndarray
    exchange_summand: np.ndarray

    @property
    def num_categories(self) -> int:
        """Of terms that are searched for by themselves."""
        return self.entry_of_key.shape[1]

    @functools.cached_property
    def key_numbers(self) -> dict[str, int]:
        """The position of each key."""
        return {key: number for number, key in enumerate(self.keys)}

    @functools.cached_property
    def option_codes(self) -> np.ndarray:
        """`[options]` ascending: entry · exchanges + exchange."""
        return self.option_entry * len(self.exchange_category) + self.option_exchange

    @functools.cached_property
    def option_starts(self) -> np.ndarray:
        """`[entries + 1]`: where the options of each entry begin."""
        return np.searchsorted(self.option_entry, np.arange(len(self.num_words) + 1))


def refusal_of(terms: TermList, method: str) -> str:
    """Why a list cannot be compiled, in a sentence with a cure; empty: it can."""
    if terms.has_dotless_i:
        return (
            f"list {terms.name!r} is of a language with a dotless i, whose capitals a graph does "
            "not know"
        )
    odd = [term.text for term in terms.terms if not _is_plain(term.text)]
    if odd:
        return (
            f"{len(odd)} of the {len(terms)} terms of {terms.name!r}, such as {odd[0][:40]!r}, are "
            "no words with spaces, hyphens or apostrophes between them; leave them out of the list"
        )
    if method == "substitution":
        pronouns = [
            t.text
            for t in terms.terms
            if t.text.lower() in ("he", "she") and "they" in map(str.lower, t.swaps)
        ]
        if pronouns:
            return (
                f"{terms.name!r} puts 'they' in the place of {pronouns[0]!r}, and the verb beside "
                "it would have to follow; take a list without it"
            )
    return ""


def _is_plain(text: str) -> bool:
    words, separators = parts_of(normalised(text))
    joined = "".join(words)
    return (
        bool(words)
        and not has_words_without_spaces(text)
        and not may_be_attached(text)
        and joined.isalnum()
        and not (separators[0] or separators[-1])
        and all(as_compared(sign) in _JOINS for sign in separators[1:-1])
    )


def compile_table(terms: TermList, method: str) -> EditTable:
    """The tables of a list.

    Args:
        terms: The list.
        method: "substitution", each category by itself, or "ablation", all terms at once.

    Raises:
        ConfigurationError: The list cannot be compiled (`refusal_of`), or, for substitution,
            no term has a swap.
    """
    refusal = refusal_of(terms, method)
    if refusal:
        raise ConfigurationError(f"edits are 'plain', and {refusal}, or use edits 'full'.")
    parts = [terms]
    if method == "substitution":
        parts = [terms.only([category]) for category in terms.categories]
    entries: list[tuple[int, Term | None, str, bool]] = []  # category, term, text, needs capital
    for number, part in enumerate(parts):
        entries += [(number, term, term.text, _needs_capital(term)) for term in part.terms]
        entries += [(number, None, *phrase) for phrase in _phrases(part)]
    keys: dict[str, list[int]] = {}
    for number, (category, _, text, _) in enumerate(entries):
        for key in _keys_of(text):
            of_key = keys.setdefault(key, [-1] * len(parts))
            # Of equals the first, and a term before a phrase, as a matcher has it.
            of_key[category] = number if of_key[category] < 0 else of_key[category]
    options = _Options(terms, parts, entries) if method == "substitution" else _Options()
    return EditTable(
        keys=tuple(keys),
        entry_of_key=np.array(list(keys.values()), np.int64).reshape(len(keys), len(parts)),
        is_term=np.array([e[1] is not None for e in entries], bool),
        num_words=np.array([len(parts_of(e[2])[0]) for e in entries]),
        needs_capital=np.array([e[3] for e in entries], bool),
        is_title=np.array([e[1] is not None and is_title(e[2]) for e in entries], bool),
        takes_an=np.array([takes_an(parts_of(e[2])[0][0]) for e in entries], bool),
        num_spaces=np.array([e[2].count(" ") for e in entries]),
        **options.arrays(),
    )


def _needs_capital(term: Term) -> bool:
    # "miss" is a verb, and "ms" a unit.
    return term.is_name or term.text.lower() in ("ms", "miss")


def _phrases(terms: TermList) -> Iterable[tuple[str, bool]]:
    """The phrases that hold a term and name no identity, and whether they need capitals."""
    return (each for each in phrases_left_alone(terms) if _is_plain(each[0]))


def _keys_of(text: str) -> list[str]:
    """What a term is looked up by: in every case, with a space or a hyphen for each space."""
    keys = {}
    for spelling in (text, text.lower(), text.title(), text.upper()):
        words, separators = parts_of(spelling)
        choices = [" -" if sign == " " else as_compared(sign) for sign in separators[1:-1]]
        for signs in itertools.product(*choices):
            keys["".join(itertools.chain(*zip(map(lowered, words), [*signs, ""], strict=True)))] = 0
    return list(keys)


class _Options:
    """What each entry becomes in each exchange, from the swaps of `Substitution`."""

    def __init__(self, terms: TermList | None = None, parts: Sequence[TermList] = (), entries=()):
        self._rows: list[tuple[int, int, int, int, int, int]] = []
        self._swaps: list[tuple[str, Term]] = []
        self._exchanges: dict[tuple[int, str], int] = {}
        if terms is None:
            return
        number_of = {(e[0], e[1].text): n for n, e in enumerate(entries) if e[1] is not None}
        for category, (part, texts) in enumerate(
            zip(parts, Substitution(terms).swaps_by_exchange, strict=True)
        ):
            for term, by_exchange in zip(part.terms, texts, strict=True):
                for groups, swaps in by_exchange.items():
                    name = "\0".join([part.terms[0].category, *sorted(groups)])
                    exchange = self._exchanges.setdefault((category, name), len(self._exchanges))
                    self._add(number_of[category, term.text], exchange, term, swaps)
        self._rows.sort()

    def _add(self, entry: int, exchange: int, term: Term, swaps: tuple[str, ...]) -> None:
        uses = PRONOUN_SWAPS.get(term.text.lower(), ())
        pronoun = 0
        if uses and set(uses) == set(swaps):
            swaps, pronoun = uses, 1 + (term.text.lower() == "his")
        first = len(self._swaps)
        self._swaps += [(swap, term) for swap in swaps]
        alone = first + 1 if pronoun else -1
        self._rows.append((entry, exchange, first, 1 if pronoun else len(swaps), alone, pronoun))

    def arrays(self) -> dict[str, np.ndarray]:
        """The fields of `EditTable` from `option_entry` on."""
        columns = np.array(self._rows, np.int64).reshape(-1, 6).T
        names = ("option_entry", "option_exchange", "option_swap", "num_swaps", "alone_swap")
        digests = [
            hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
            for _, name in self._exchanges
        ]
        numbers = [[int.from_bytes(d[:8], "big"), int.from_bytes(d[8:], "big")] for d in digests]
        reduced = np.array([[1 + a % (PRIME - 1), b % PRIME] for a, b in numbers], np.int64)
        factor, summand = reduced.reshape(-1, 2).T
        return {
            **dict(zip(names, columns[:5], strict=True)),
            "pronoun": columns[5],
            "forms": np.array([_forms(*swap) for swap in self._swaps], object).reshape(-1, 6, 2),
            "swap_takes_an": np.array([takes_an(parts_of(s)[0][0]) for s, _ in self._swaps], bool),
            "swap_spaces": np.array([s.count(" ") for s, _ in self._swaps], np.int64),
            "exchange_category": np.array([c for c, _ in self._exchanges], np.int64),
            "exchange_factor": factor,
            "exchange_summand": summand,
        }


def _forms(swap: str, term: Term) -> list[list[str]]:
    """A swap in the place of a term, `[6, 2]`: by case, with spaces and with hyphens."""
    made = []
    for case in range(6):
        old, all_upper, inside = _OLD[case]
        old = term.text.upper() if case in (CAPITALS, CAPITALS_IN_CAPITALS) else old
        made.append(
            [
                cased(old, text, term.text, all_upper, inside)
                for text in (swap, swap.replace(" ", "-"))
            ]
        )
    return made
