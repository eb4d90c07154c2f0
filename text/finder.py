"""Finds the terms that refer to people: no names, no idioms, no verbs.

`Matcher` finds every whole word that is listed. Not each of them names an identity: ``Uncle
Sam``, ``deaf ears``, ``a host machine``, ``to man the phones``, ``Christian Bale``. These are
left alone as a whole. The rules are English; a list in another language does without.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence

from fairflip.text.english.compounds import LOOKED_AT, is_of_compound
from fairflip.text.english.phrases import FixedPhrase, fixed_phrases
from fairflip.text.english.states import STATES, is_state_of_thing
from fairflip.text.english.things import is_of_species, is_of_thing
from fairflip.text.english.verbs import ALSO_VERBS, VOCATIVE, is_exclamation, is_verb
from fairflip.text.letter_case import begins_sentence, is_proper
from fairflip.text.matcher import Match, Matcher, Words
from fairflip.text.names import (
    SIBLINGS,
    is_first_name,
    is_in_name,
    is_last_name,
    is_pronoun_in_title,
)
from fairflip.text.scripts.segmenters import Segmenter
from fairflip.text.terms import Term, TermList, normalised
from fairflip.text.words import Inside

_ENGLISH = ("", "en")


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PRONOUNS = _words(
    """he she him her his hers himself herself they them their theirs themself themselves
    xe xem xyr xyrs xemself ze zir zirs zirself hir hirs hirself ey em eir eirs emself"""
)
#: Forms of address that stand before a surname, which says no gender.
TITLES = _words("mr mrs ms miss mx mister")
_LONGEST_PHRASE = 60
_NEEDS_CAPITAL = _words("ms miss")
# What may be another word without a capital as well, beside parts of names of things.
_LOOKED_AT = TITLES | ALSO_VERBS | VOCATIVE | STATES | SIBLINGS
#: The category whose adjectives are said of things as often as of people.
NATIONALITY = "nationality"


class TermFinder:
    """Finds the terms of a list where they refer to people."""

    def __init__(
        self,
        terms: Sequence[Term],
        dotless_i: bool = False,
        language: str = "",
        segmenter: Segmenter | None = None,
    ):
        """Takes the terms; a match names a term by its position here.

        Args:
            terms: The terms.
            dotless_i: See `fairflip.text.letter_case`.
            language: The language of the list, such as "en"; the rules are English.
            segmenter: What tells words that no space parts.
        """
        texts = [term.text for term in terms]
        #: The terms as their list has them.
        self.listed = texts
        self._terms_listed = tuple(terms)
        self._terms = Matcher(texts, dotless_i, segmenter)
        self._is_english = language.lower().split("-")[0] in _ENGLISH
        self._folded = [normalised(text, dotless_i) for text in texts]
        self._known = frozenset(self._folded)
        # Of each term, whether it refers to people wherever it stands without a capital, and
        # whether it does but for the names of things.
        bare = [word.rstrip(".") for word in self._folded]
        may_be_sure = [
            not (
                term.is_name
                or is_proper(term.text)
                or term.category == NATIONALITY
                or word in _LOOKED_AT
            )
            for word, term in zip(bare, terms, strict=True)
        ]
        self._somebody_in_lower_case = [
            sure and word not in LOOKED_AT for sure, word in zip(may_be_sure, bare, strict=True)
        ]
        self._thing_in_lower_case = [
            sure and word in LOOKED_AT for sure, word in zip(may_be_sure, bare, strict=True)
        ]
        self._are_names = [term.is_name for term in terms]
        self._last_names = frozenset(
            word for word, term in zip(self._folded, terms, strict=True) if term.is_last_name
        )
        self.phrases: list[FixedPhrase] = []
        if self._is_english:
            self.phrases = [
                phrase
                for phrase in fixed_phrases()
                if normalised(phrase.text) not in self._known and self._terms.find(phrase.text)
            ]
        self._both = self._terms
        if self.phrases:
            phrases = [phrase.text for phrase in self.phrases]
            self._both = Matcher([*texts, *phrases], dotless_i, segmenter)
        #: What `Inside` says of the phrases, by the first term in each.
        self.inside: dict[str, Inside] = {}
        for phrase in self.phrases:
            self._look_inside(phrase.text)
        #: The words with which terms and phrases of several words begin, each with those that
        #: may follow it.
        self.second_words = self._both.second_words
        #: Of each term, how many words it has.
        self.num_words = [len(self._terms.words_of(text).words) for text in texts]
        #: See `Matcher.plain`.
        self.plain: dict[str, int] = {
            word: n for word, n in self._both.plain.items() if n < len(texts)
        }

    @property
    def beginnings(self) -> dict[str, frozenset[str] | None]:
        """As `Matcher.beginnings`, of the terms alone."""
        return self._terms.beginnings

    def _look_inside(self, phrase: str) -> None:
        words = self._terms.words_of(phrase)
        term = self._terms.find_in(words)[0]
        place = words.position_at[term.start]
        first, second = (*words.words, "")[:2]
        inside = self.inside.setdefault(words.words[place], {})
        inside.setdefault(place, {}).setdefault(first, set()).add(second)

    @property
    def finds_unspaced(self) -> bool:
        """Whether any term is of a script without spaces."""
        return self._both.finds_unspaced

    def find(self, text: str) -> list[Match]:
        """The terms of a text that refer to people, in their order."""
        return self.find_in(self._terms.words_of(text))

    def find_in(self, words: Words) -> list[Match]:
        """The terms of a text whose words are known."""
        return self.read(words)[0]

    def read(self, words: Words) -> tuple[list[Match], bool]:
        """The terms of a text, and whether these are all of the listed words and phrases in it."""
        if words.candidates is None and not self._terms.may_be_in(words):
            return [], True
        matches = self._both.find_in(words)
        if not self._is_english:
            return matches, True
        text = words.text
        num_terms = len(self.listed)
        has_phrases = False
        for match in matches:
            if match.term >= num_terms:
                has_phrases = True
                matches = self._without_phrases(words, matches)
                break
        people = [match for match in matches if self._is_people(text, match)]
        are_all = not has_phrases and len(people) == len(matches)
        if self._last_names:
            return self._with_whole_names(text, matches, people), False
        return people, are_all

    def is_people(self, text: str, match: Match) -> bool:
        """Whether a listed word, which is no part of a fixed phrase, refers to people there."""
        return not self._is_english or self._is_people(text, match)

    def _is_people(self, text: str, match: Match) -> bool:
        """As `is_people`, of an English list."""
        start, end, number = match
        if not text[start].isupper():
            # Of most it is known without a look at what stands around.
            if self._somebody_in_lower_case[number]:
                return True
            if self._thing_in_lower_case[number]:
                return not is_of_compound(text, start, end, self._folded[number])
        return not self._names_nobody(text, match)

    def is_surely_people(self, number: int, word: str) -> bool:
        """Whether a listed word refers to people wherever it stands, written like this."""
        if not self._is_english:
            return True
        return self._somebody_in_lower_case[number] and not word[0].isupper()

    def may_begin_longer(self, words: Words, matches: Sequence[Match]) -> dict[int, int]:
        """Where a word and the next may begin a term or phrase of several words.

        Args:
            words: The words of a text.
            matches: What was found in it.

        Returns:
            By the position of the word, how many words the match has that begins there; 1 where
            none does: which words the term has hangs on what stands behind these two, too.
        """
        all_words, second_words = words.words, self.second_words
        last = len(all_words) - 1
        places = [
            position
            for position in words.candidates or ()
            if position < last
            and all_words[position] in second_words
            and all_words[position + 1] in second_words[all_words[position]]
        ]
        if not places:
            return {}
        term_at = {words.position_at.get(match[0]): match[2] for match in matches}
        return {
            place: self.num_words[term_at[place]] if place in term_at else 1 for place in places
        }

    def longest(self, words: Sequence[str], position: int) -> int:
        """How many words the longest term or phrase has that may begin with a word; 0: none."""
        return self._both.longest(words, position)

    def _with_whole_names(
        self, text: str, matches: list[Match], people: list[Match]
    ) -> list[Match]:
        """The people without first and last names side by side that make no whole name.

        Both must be people's, and of one group.
        """
        terms, left = self._terms_listed, set(people)
        for one, other in itertools.pairwise(matches):
            first, last = terms[one.term], terms[other.term]
            if not (first.is_first_name and last.is_last_name):
                continue
            is_whole = first.group == last.group and left.issuperset((one, other))
            if not is_whole and text[one.end : other.start].isspace():
                left -= {one, other}
        return [match for match in people if match in left]

    def _without_phrases(self, words: Words, matches: list[Match]) -> list[Match]:
        """The terms that are no part of a fixed phrase."""
        num_terms = len(self.listed)
        phrases = [match for match in matches if match.term >= num_terms]
        fixed = [match for match in phrases if self._is_fixed(words.text, match)]
        if len(fixed) == len(phrases):
            return [match for match in matches if match.term < num_terms]
        fixed += self._fixed_behind(words.text, set(phrases).difference(fixed))
        return [
            match
            for match in self._terms.find_in(words)
            if not any(match.start < one.end and one.start < match.end for one in fixed)
        ]

    def _fixed_behind(self, text: str, others: set[Match]) -> list[Match]:
        """The phrases that begin inside of others, which their lack of capitals makes none.

        "The Prodigal Son" hides "prodigal son" in "the prodigal son".
        """
        fixed = []
        for other in others:
            begin = other.start + len(text[other.start : other.end].split(maxsplit=1)[0])
            for start, end, number in self._both.find(text[begin : other.end + _LONGEST_PHRASE]):
                match = Match(start + begin, end + begin, number)
                if number >= len(self.listed) and self._is_fixed(text, match):
                    fixed.append(match)
        return fixed

    def _is_fixed(self, text: str, match: Match) -> bool:
        phrase = self.phrases[match.term - len(self.listed)]
        if not phrase.needs_capitals:
            return True
        last = text[match.start : match.end].split()[-1]
        return text[match.start].isupper() and last[:1].isupper()

    def _names_nobody(self, text: str, match: Match) -> bool:
        """Whether a term is part of a name, a verb or an exclamation."""
        start, end, number = match
        word, term = self._folded[number], self._terms_listed[number]
        if self._are_names[number]:
            if term.is_last_name:
                return not is_last_name(text, start, end, self._known)
            if not is_first_name(text, start, end, self._last_names):
                return True
        if word in _PRONOUNS:
            return is_pronoun_in_title(text, start, end)
        bare = word.rstrip(".")
        if bare in TITLES:
            return not _is_title(text, match, bare)
        if is_in_name(text, start, end, term.text, self._known):
            return True
        if is_proper(term.text) and is_of_species(text, end):
            return True
        if term.category == NATIONALITY and is_of_thing(text, start, end):
            return True
        if word in ALSO_VERBS and is_verb(text, start, end, begins_sentence(text, start)):
            return True
        if word in VOCATIVE and is_exclamation(text, start, end):
            return True
        if word in LOOKED_AT:
            return is_of_compound(text, start, end, word)
        return word in STATES and is_state_of_thing(text, start, end)


@functools.lru_cache(maxsize=64)
def _finder_of(
    terms: tuple[Term, ...], dotless_i: bool, language: str, segmenter: Segmenter | None
) -> TermFinder:
    return TermFinder(terms, dotless_i, language, segmenter)


def finder_of(terms: TermList, dotless_i: bool | None = None) -> TermFinder:
    """The `TermFinder` of a list, made once for all who look for its terms.

    Args:
        terms: The list.
        dotless_i: Whether ``I`` is the capital of ``ı``; None: as the list's own letters say.
    """
    if dotless_i is None:
        dotless_i = terms.has_dotless_i
    return _finder_of(terms.terms, dotless_i, terms.language, terms.segmenter)


_SURNAME = re.compile(r"\.?[ \xa0]+[^\W\d_]")
_CAPITAL_SURNAME = re.compile(r"\.?[ \xa0]+[“\"]?[A-Z]")


def _is_title(text: str, match: Match, word: str) -> bool:
    """Whether a form of address has its name after it; "miss" is a verb else, "ms" a unit."""
    if word in _NEEDS_CAPITAL:
        is_capital = text[match.start].isupper()
        return is_capital and _CAPITAL_SURNAME.match(text, match.end) is not None
    return _SURNAME.match(text, match.end) is not None
