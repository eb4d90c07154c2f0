"""What speaks against two texts as an original and its counterfactual.

Only the words that differ are read, and three on either side: those between what both texts
begin with and what both end with. Numbers, placeholders and doubles are told in any language;
negations, names and grammar in English; whether an identity is named, by lists of terms. A doubt
is no proof: `columns.DOUBT_MEANINGS` says what each means.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.protos import columns
from fairflip.text.controls.word_classes import FUNCTION_WORDS, NEGATIONS
from fairflip.text.doubts.changed_tokens import Kind
from fairflip.text.doubts.changed_words import Side, sides
from fairflip.text.doubts.grammar_faults import begins_or_ends_worse, has_more_faults
from fairflip.text.doubts.numbers import ages_in, is_number
from fairflip.text.doubts.possible_faults import are_clear
from fairflip.text.doubts.word_tokens import APOSTROPHE, TOKEN, CountedWords, WordTokens
from fairflip.text.doubts.written_names import may_hold_names, names_among
from fairflip.text.matcher import APOSTROPHES, has_words_without_spaces
from fairflip.text.terms import EACH_OTHER_GROUP, TermList

SAME_WORDS = "same_words"
NO_IDENTITY_REFERENCE = "no_identity_reference"
MUCH_CHANGED = "much_changed"
OTHER_NUMBERS = "other_numbers"
OTHER_NEGATION = "other_negation"
OTHER_NAMES = "other_names"
GRAMMAR = "grammar"
PLACEHOLDER = "placeholder"
ASSISTANT = "assistant"
NEAR_DUPLICATE = "near_duplicate"

#: A rewriting: more than so many words that name no identity, and more than such a share of all.
FEW_CHANGED_WORDS = 3
SMALL_CHANGED_SHARE = 1 / 3
# English has such a share of them in nearly every sentence but the shortest.
_LEAST_FUNCTION_WORDS = 0.15
#: So few tokens are taken for English whatever they are.
FEW_WORDS = 6
_MOST_KEPT = 20_000
# So many words are looked for among others sooner one by one than counted.
_FEW_COMPARISONS = 100

_POSSESSIVE = re.compile(rf"[{APOSTROPHES}]s?$")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PRONOUNS = _words(
    """he him his himself she her hers herself they them their theirs themself themselves
    he's she's they're he'll she'll they'll he'd she'd they'd they've"""
)
_PLACEHOLDER = re.compile(
    r"\[[A-Z_ ]*(?:MASK|NAME|IDENTITY|GROUP|BLANK|TERM|PRONOUN|GENDER)[A-Z_ 0-9]*\]|<mask>|</?s>"
    r"|\{\{?[a-zA-Z_]\w*\}?\}|_{3,}|\$\{\w+\}"
)
_ASSISTANT = re.compile(
    r"(?<!\w)(?:as an ai|as a (?:large )?language model"
    r"|i(?:['’]m| am) (?:sorry|unable)[^.]{0,20}(?:but|to (?:assist|help|rewrite|generate|provide))"
    r"|i (?:cannot|can['’]t|won['’]t) (?:assist|help|fulfill|rewrite|generate|provide|comply)"
    r"|here(?:['’]s| is) (?:the|a|your) (?:rewritten|counterfactual|modified|revised|text|sentence)"
    r"|(?:rewritten|counterfactual|modified|revised) (?:text|sentence|version)\s*:)|```",
    re.IGNORECASE,
)
# What stands in a counterfactual that a program left unfinished. The patterns look at each letter,
# and few texts hold a sign of the first, or several words or "```" for the second.
_LEFT_OVER: tuple[tuple[str, Callable[[str], bool], re.Pattern[str]], ...] = (
    (
        PLACEHOLDER,
        lambda text: "[" in text or "<" in text or "{" in text or "_" in text,
        _PLACEHOLDER,
    ),
    (ASSISTANT, lambda text: " " in text or "`" in text, _ASSISTANT),
)
# Words of the pattern that looks over so many letters that the length of a number counts.
_LOOKS_FAR = ("sorry", "unable")
# Slips around what differs are looked for sooner than all of a longer text.
_LONG = 200
_ENGLISH_ONLY = frozenset({OTHER_NEGATION, OTHER_NAMES, GRAMMAR})


class Examined(NamedTuple):
    """What was seen of a pair."""

    doubts: tuple[
        str, ...
    ]  # in the order of `columns.DOUBT_MEANINGS`; empty: nothing speaks against it
    num_words: int  # of the original, between spaces
    num_changed: int  # of them, those that the counterfactual lacks


class Change(NamedTuple):
    """What the words that differ say by themselves, whatever stands around them."""

    doubts: tuple[str, ...]  # as there, if the text is English, but for `GRAMMAR`
    num_changed: int  # as there
    needs_whole: bool = False  # only the whole texts tell
    unless_ages: bool = (
        False  # only the whole texts tell, where one holds any of `numbers.UNITS_OF_AGE`
    )


NEEDS_WHOLE = Change((), 0, needs_whole=True)


class PairDoubts:
    """Examines pairs, by the identity words of some lists."""

    def __init__(
        self, lists: Iterable[TermList], language: str = "", lists_are_english: bool = True
    ):
        """Takes what tells an identity word.

        Args:
            lists: Term lists; their words and counterparts name identities.
            language: Of the texts, such as "de"; "": each text tells whether it is English.
            lists_are_english: Whether no list is of another language; then other texts are
                not said to name no identity.
        """
        terms = [term for one in lists for term in one.terms]
        texts = {text for term in terms for text in (term.text, *term.swaps)} - {EACH_OTHER_GROUP}
        words = {word for text in texts for word in TOKEN.findall(text.lower())}
        self._identity = frozenset(words - FUNCTION_WORDS) | _PRONOUNS
        self._tokens = WordTokens()
        self._english = CountedWords(self._identity | FUNCTION_WORDS, self._tokens)
        nouns = {text.lower() for text in texts if text.isalpha()}
        self._plurals = frozenset(
            noun
            for noun in nouns
            if noun.endswith("men") or (noun.endswith("s") and noun[:-1] in nouns)
        )
        self._singulars = frozenset(noun for noun in nouns if f"{noun}s" in nouns) | {
            "man",
            "woman",
        }
        self._swaps: dict[tuple[str, str], int] = {}
        self._kinds: dict[str, tuple[tuple[str, Kind], ...]] = {}
        #: What is known of changes by a key, and of windows, for who keeps it here.
        self.changes: dict[bytes, Change] = {}
        self.worse_windows: dict[tuple[bytes, bytes], bool] = {}
        #: What the texts are said to be in; "": each tells.
        self.language = language.lower().replace("_", "-").split("-")[0]
        #: Doubts that are told of English alone.
        self.of_english = _ENGLISH_ONLY | (
            {NO_IDENTITY_REFERENCE} if lists_are_english else frozenset()
        )

    def examine(self, original: str, counterfactual: str, named: Sequence[str] = ()) -> Examined:
        """Looks for what speaks against one pair.

        Args:
            original: The text.
            counterfactual: The changed text.
            named: The terms and replacements that the pair itself names, if it does.

        >>> examiner = PairDoubts([TermList("mine", (Term("woman", swaps=("man",)),))])
        >>> examiner.examine("A woman has 2 cats.", "A man has 3 cats.").doubts
        ('other_numbers',)
        """
        old, new = sides(original, counterfactual)
        if original.isascii():
            # The same swaps come again and again, and of identity words only grammar is to tell.
            num_lost = self._swaps.get((old.middle, new.middle))
            if num_lost is not None:
                is_worse = self._is_worse(old, new) and self._is_english(old.words)
                return Examined((GRAMMAR,) if is_worse else (), len(old.words), num_lost)
        is_english = self._is_english(old.words)
        return self._examined(old, new, named, is_english, has_words_without_spaces(original))

    def examine_change(self, old: str, new: str, named: Sequence[str] = ()) -> Change:
        """Looks at the words that differ alone, where they say all that is to know.

        Args:
            old: They, of the original, with single spaces between them.
            new: They, of the counterfactual.
            named: As there.
        """
        one = Side(old, old.split(), 0, 0, old.split(), old)
        other = Side(new, new.split(), 0, 0, new.split(), new)
        if any(word in f"{old} {new}".lower() for word in _LOOKS_FAR):
            return NEEDS_WHOLE
        # How long the text is and how its other words are written are asked of few changes alone.
        before, after = self._tokens.of(one.words), self._tokens.of(other.words)
        lost, gained = _without(before, after), _without(after, before)
        other_lost, other_gained = self._other_words(lost, named), self._other_words(gained, named)
        if max(len(other_lost), len(other_gained)) > FEW_CHANGED_WORDS:
            return NEEDS_WHOLE
        if may_hold_names(one.words, other_lost) or may_hold_names(other.words, other_gained):
            return NEEDS_WHOLE
        doubts = self._of_change(one, other, before == after, lost, gained, named)
        has_numbers = any(map(is_number, (*other_lost, *other_gained)))
        return Change(_in_order(doubts), len(lost), unless_ages=has_numbers)

    def tokens_of(self, word: str) -> tuple[tuple[str, Kind], ...]:
        """The tokens of a word between spaces, and what each says about a pair that lost it."""
        tokens = self._kinds.get(word)
        if tokens is None:
            tokens = tuple((token, self._kind_of(token)) for token in self._tokens[word])
            if len(self._kinds) >= _MOST_KEPT:
                self._kinds.clear()
            self._kinds[word] = tokens
        return tokens

    def _kind_of(self, token: str) -> Kind:
        if _negates(token):
            return Kind.OTHER
        if self._names_identity(token, ()):
            return Kind.IDENTITY
        # A function word with a capital is no name.
        is_function = token in FUNCTION_WORDS and not is_number(token)
        return Kind.FUNCTION if is_function else Kind.OTHER

    def is_worse(self, original: str, counterfactual: str, is_simple: bool) -> bool:
        """Whether English has slips that it had not, by `changed_words.Side.around` of both.

        Args:
            original: Of the original, with single spaces.
            counterfactual: The same.
            is_simple: Whether both are of `possible_faults.simple_signs`.
        """
        if is_simple and len(counterfactual) > _LONG and are_clear(original, counterfactual):
            return begins_or_ends_worse(original, counterfactual)
        return self._is_worse(*sides(original, counterfactual))

    def marks(self, doubts: Iterable[str], is_worse: bool, is_english: bool) -> tuple[str, ...]:
        """The doubts about a pair: those of its change, and whether its grammar `is_worse`."""
        all_of_them = {*doubts, GRAMMAR} if is_worse else set(doubts)
        return _in_order(all_of_them if is_english else all_of_them - self.of_english)

    def _examined(
        self, old: Side, new: Side, named: Sequence[str], is_english: bool, is_unspaced: bool
    ) -> Examined:
        """Looks at a pair whose swap is not known."""
        before, after = self._tokens.of(old.middle_words), self._tokens.of(new.middle_words)
        lost, gained = _without(before, after), _without(after, before)
        if is_unspaced:
            # Without spaces there are no words to look at, but numbers have signs of their own.
            lost, gained = (list(filter(is_number, words)) for words in (lost, gained))
            doubts = _left_over(old, new) | ({SAME_WORDS} if before == after else set())
            if lost or gained:
                doubts.add(OTHER_NUMBERS)
        else:
            doubts = self._of_change(old, new, before == after, lost, gained, named)
            # Slips are told in English alone, and are looked for longer than for a language.
            if is_english and self._is_worse(old, new):
                doubts.add(GRAMMAR)
        is_swap = bool(lost) and bool(gained) and self._identity.issuperset(lost + gained)
        if is_swap and doubts <= {GRAMMAR} and len(self._swaps) < _MOST_KEPT:
            self._swaps[old.middle, new.middle] = len(lost)
        return Examined(self.marks(doubts, False, is_english), len(old.words), len(lost))

    def _of_change(
        self,
        old: Side,
        new: Side,
        are_alike: bool,
        lost: list[str],
        gained: list[str],
        named: Sequence[str],
    ) -> set[str]:
        """Doubts about what differs, but for grammar."""
        doubts = self._of_words(old, new, lost, gained, named) | _left_over(old, new)
        return doubts | {SAME_WORDS} if are_alike else doubts

    @functools.cached_property
    def numbers_are_alike(self) -> bool:
        """Whether no number names an identity, so that only which of a pair's are equal matters."""
        return all(
            any(map(str.isalpha, word)) or not any(map(str.isdigit, word))
            for word in self._identity
        )

    def counts_of(self, words: Sequence[str]) -> npt.NDArray[np.int64]:
        """What `are_english` reads, of each word between spaces; of a text it is their sum."""
        return np.array(list(map(self._english.__getitem__, words)), np.int64)

    def are_english(self, counts: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether texts are English, by the sums of `counts_of` over their words."""
        return _is_english(*CountedWords.apart(counts))

    def words_alike(self, text: str) -> tuple[str, ...]:
        """The words of a text by which counterfactuals are doubles, whatever signs and capitals."""
        return tuple(self._tokens.of(text.split()))

    def _of_words(
        self, old: Side, new: Side, lost: list[str], gained: list[str], named: Sequence[str]
    ) -> set[str]:
        """Doubts about the words that one side has more."""
        doubts: set[str] = set()
        other_lost, other_gained = self._other_words(lost, named), self._other_words(gained, named)
        if not other_lost and not other_gained:
            return doubts
        numbers_lost = set(filter(is_number, other_lost))
        numbers_gained = set(filter(is_number, other_gained))
        has_other_age = False
        if numbers_lost or numbers_gained:
            age_before, age_after = ages_in(old.text), ages_in(new.text)
            has_other_age = age_before != age_after
            if numbers_lost - age_before or numbers_gained - age_after:
                doubts.add(OTHER_NUMBERS)
        num_identity = len(lost) + len(gained) - len(other_lost) - len(other_gained)
        if (lost or gained) and not num_identity and not has_other_age:
            doubts.add(NO_IDENTITY_REFERENCE)
        num_changed = max(len(other_lost), len(other_gained))
        num_words = max(len(old.words), len(new.words))
        if num_changed > max(FEW_CHANGED_WORDS, SMALL_CHANGED_SHARE * num_words):
            doubts.add(MUCH_CHANGED)
        if sum(map(_negates, lost)) != sum(map(_negates, gained)):
            doubts.add(OTHER_NEGATION)
        if names_among(old, other_lost) or names_among(new, other_gained):
            doubts.add(OTHER_NAMES)
        return doubts

    def _other_words(self, words: list[str], named: Sequence[str]) -> list[str]:
        """Those that name no identity."""
        allowed: set[str] = set()
        if named:
            allowed = {word for text in named for word in TOKEN.findall(text.lower())}
        return [word for word in words if not self._names_identity(word, allowed)]

    def _names_identity(self, word: str, allowed: Collection[str]) -> bool:
        if word in self._identity or word in allowed:
            return True
        if word.isalnum():  # no apostrophe, no possessive
            return False
        bare = _POSSESSIVE.sub("", word)
        return bare != word and (bare in self._identity or bare in allowed)

    def _is_worse(self, old: Side, new: Side) -> bool:
        if (not old.start or not old.num_after) and begins_or_ends_worse(old.text, new.text):
            return True
        return has_more_faults(old.around, new.around, self._singulars, self._plurals)

    def _is_english(self, words: Sequence[str]) -> bool:
        """Whether the text of some words between spaces is English."""
        if self.language:
            return self.language == "en"
        return bool(_is_english(*self._english.of(words)))


def _is_english(num_english: Any, num_tokens: Any) -> Any:
    """Of one text, or of many."""
    return (num_tokens < FEW_WORDS) | (num_english >= _LEAST_FUNCTION_WORDS * num_tokens)


def _without(words: list[str], others: list[str]) -> list[str]:
    """The words of one side that the other has not, each as often as it has more of them."""
    if not words or not others:
        return words
    if len(words) * len(others) <= _FEW_COMPARISONS:
        remaining = list(words)
        for word in others:
            if word in remaining:
                remaining.remove(word)
        return remaining
    to_match = Counter(others)
    remaining = []
    for word in words:
        if to_match[word] > 0:
            to_match[word] -= 1
        else:
            remaining.append(word)
    return remaining


def _in_order(doubts: set[str]) -> tuple[str, ...]:
    return tuple(filter(doubts.__contains__, columns.DOUBT_MEANINGS)) if doubts else ()


def _left_over(old: Side, new: Side) -> set[str]:
    """Doubts about what a program left unfinished."""
    return {
        doubt
        for doubt, may_be_in, pattern in _LEFT_OVER
        if may_be_in(new.middle) and pattern.search(new.middle) and not pattern.search(old.middle)
    }


def _negates(word: str) -> bool:
    if word.isalnum():
        return word in NEGATIONS
    return word in NEGATIONS or APOSTROPHE.sub("", word) in NEGATIONS
