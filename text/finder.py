"""Finds the terms that refer to people: no names, no idioms, no verbs.

`Matcher` finds every whole word that is listed. Not each of them names an identity: ``Uncle
Sam``, ``deaf ears``, ``a host machine``, ``to man the phones``, ``Christian Bale``. These are
left alone as a whole. The rules are English; a list in another language does without.
"""

from __future__ import annotations

import csv
import dataclasses
import functools
import re
from collections.abc import Sequence
from importlib import resources
from typing import NamedTuple

from fairflip.text.letter_case import begins_sentence, is_proper
from fairflip.text.matcher import Match, Matcher, Words
from fairflip.text.names import is_first_name, is_in_name
from fairflip.text.pronoun_words import THINGS
from fairflip.text.terms import Term, normalised

_ENGLISH = ("", "en")


class FixedPhrase(NamedTuple):
    """A phrase that holds a term and names no identity."""

    text: str
    needs_capitals: bool  # "Men in Black" is one, "men in black suits" is none
    kind: str


@functools.cache
def fixed_phrases() -> tuple[FixedPhrase, ...]:
    """The English phrases that come with the package, see ``fixed_phrases.csv``."""
    content = resources.files(__package__).joinpath("fixed_phrases.csv").read_text("utf-8")
    return tuple(
        FixedPhrase(row["phrase"], row["capitals"] == "needed", row["kind"])
        for row in csv.DictReader(content.splitlines())
    )


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PRONOUNS = _words(
    """he she him her his hers himself herself they them their theirs themself themselves
    xe xem xyr xyrs xemself ze zir zirs zirself hir hirs hirself ey em eir eirs emself"""
)
#: Forms of address that stand before a surname, which says no gender.
TITLES = _words("mr mrs ms miss mx mister")
_NEEDS_CAPITAL = _words("ms miss")
#: The category whose adjectives are said of things as often as of people.
NATIONALITY = "nationality"
# Words beside those of `THINGS`, and people among these.
_MORE_THINGS = _words(
    """rug carpet cuisine cheese wine vodka whiskey rum tequila cinema football soccer spelling
    grammar literature keyboard government parliament embassy navy economy currency flag border
    coast coastline peso yen euro sauce salad noodles rice dishes cars films movies songs products
    goods imports exports stocks shares bonds troops tanks jets ships airline airlines bank banks
    butter cookies biscuits pastry pastries chocolate chocolates bread tea coffee beer breakfast
    television tv radio press media newspaper newspapers magazine constitution supreme senate
    premier league cup grand word words translation version edition text verb noun noun alphabet
    law laws visa mafia soil waters territory capital mountains countryside architecture furniture
    made-up steel oil gas wheat election elections president flu virus variant restaurant
    restaurants recipe recipes market markets company companies bond dictionary dictionaries
    lessons lesson class classes test tests homework exam subtitles brand brands
    ale ales lager stout porcelain pottery silk linen lace spices saffron mustard vinegar honey
    sausage sausages ham soup curry stew bath baths stove clocks watches roulette wallpaper tapestry
    opera ballet folklore mythology classic classics proverb proverbs pronunciation accent idioms"""
)
# What may stand between a nationality and a thing: "an Indian pale ale".
_OF_THINGS = _words("pale dark red white green black roast roasted dry sparkling hot cold old new")
_PEOPLE_AMONG_THINGS = _words(
    """agent ally assistant attorney captain client cousin crew crowd daughter donor employee
    employer enemy expert family father friend girlfriend boyfriend grandson guard guest household
    husband jury lover mother niece nurse opponent owner partner pair pilot population professor
    pupil reader rival secretary singer slave son sponsor surgeon teacher troop tutor twin uncle
    aunt victim winner witness baby beard birth childhood community descent face group hair half
    heritage identity label life name nation nationality passport person public race religion skin
    society spirit status stock surname tribe type village youth army"""
)
# Words that are nouns of people, and verbs.
_ALSO_VERBS = _words("man host father mother groom steward husband")
_BEFORE_VERB = re.compile(
    r"(?<![^\W_])(?:to|will|would|can|could|shall|should|may|might|must|don[’']t|didn[’']t|can[’']t"
    r"|won[’']t|we|they|you|i|who|[’']ll|let[’']s|and)[ \xa0]+$",
    re.IGNORECASE,
)
_AFTER_VERB = re.compile(
    r"[ \xa0]+(?:a|an|the|this|that|these|those|my|your|his|her|its|our|their|it|them|him|us|me"
    r"|one|two|three|several|some|any|all|another|each|every|children|up|down)(?![^\W_])",
    re.IGNORECASE,
)
_SURE_BEFORE_VERB = re.compile(
    r"(?:will|would|could|shall|should|might|must|don[’']t|didn[’']t|can[’']t|won[’']t|[’']ll)"
    r"[ \xa0]+$",
    re.IGNORECASE,
)
_VOCATIVE = _words("man boy")
_EXCLAIMED = re.compile(r"(?:^|[.!?\n][ \xa0]*)$")
_AFTER_EXCLAMATION = re.compile(r",|!| I(?![^\W_])| (?:oh|was|that|this|what|it|you|do)(?![^\W_])")
_BEFORE_EXCLAMATION = re.compile(r", $")
_ENDS_THERE = re.compile(r"[.!?,…]|$|\n")


class TermFinder:
    """Finds the terms of a list where they refer to people."""

    def __init__(self, terms: Sequence[Term], dotless_i: bool = False, language: str = ""):
        """Takes the terms; a match names a term by its position here.

        Args:
            terms: The terms.
            dotless_i: See `fairflip.text.letter_case`.
            language: The language of the list, such as "en"; the rules are English.
        """
        texts = [term.text for term in terms]
        self._listed = texts
        self._terms_listed = tuple(terms)
        self._terms = Matcher(texts, dotless_i)
        self._is_english = language.lower().split("-")[0] in _ENGLISH
        self._folded = [normalised(text, dotless_i) for text in texts]
        self._known = frozenset(self._folded)
        #: Of each term, whether it refers to people wherever it stands, and without a capital.
        self._somebody = [
            word in _PRONOUNS and not term.is_first_name
            for word, term in zip(self._folded, terms, strict=True)
        ]
        self._somebody_in_lower_case = [
            not (
                term.is_first_name
                or is_proper(term.text)
                or term.category == NATIONALITY
                or word.rstrip(".") in TITLES
                or word in _ALSO_VERBS
                or word in _VOCATIVE
            )
            for word, term in zip(self._folded, terms, strict=True)
        ]
        self.phrases: list[FixedPhrase] = []
        if self._is_english:
            self.phrases = [
                phrase
                for phrase in fixed_phrases()
                if normalised(phrase.text) not in self._known and self._terms.find(phrase.text)
            ]
        self._both = self._terms
        if self.phrases:
            self._both = Matcher([*texts, *(phrase.text for phrase in self.phrases)], dotless_i)

    @property
    def beginnings(self) -> dict[str, frozenset[str] | None]:
        """As `Matcher.beginnings`, of the terms alone."""
        return self._terms.beginnings

    @property
    def beginnings_of_all(self) -> dict[str, frozenset[str] | None]:
        """As `Matcher.beginnings`, of terms and fixed phrases."""
        return self._both.beginnings

    @property
    def finds_unspaced(self) -> bool:
        """Whether any term is of a script without spaces."""
        return self._both.finds_unspaced

    def find(self, text: str) -> list[Match]:
        """The terms of a text that refer to people, in their order."""
        return self.find_in(self._terms.words_of(text))

    def find_in(self, words: Words) -> list[Match]:
        """The terms of a text whose words are known."""
        if words.candidates is None and not self._terms.may_be_in(words):
            return []
        matches = self._both.find_in(words)
        if not self._is_english:
            return matches
        text = words.text
        num_terms = len(self._listed)
        for match in matches:
            if match.term >= num_terms:
                matches = self._without_phrases(words, matches)
                break
        # Of most terms it is known without a look at what stands around.
        somebody, in_lower_case = self._somebody, self._somebody_in_lower_case
        return [
            match
            for match in matches
            if somebody[match.term]
            or (in_lower_case[match.term] and not text[match.start].isupper())
            or not self._names_nobody(text, match)
        ]

    def _without_phrases(self, words: Words, matches: list[Match]) -> list[Match]:
        """The terms that are no part of a fixed phrase."""
        num_terms = len(self._listed)
        phrases = [m for m in matches if m.term >= num_terms]
        fixed = [match for match in phrases if self._is_fixed(words.text, match)]
        if len(fixed) == len(phrases):
            return [match for match in matches if match.term < num_terms]
        return [
            match
            for match in self._terms.find_in(words)
            if not any(match.start < one.end and one.start < match.end for one in fixed)
        ]

    def _is_fixed(self, text: str, match: Match) -> bool:
        phrase = self.phrases[match.term - len(self._listed)]
        if not phrase.needs_capitals:
            return True
        last = text[match.start : match.end].split()[-1]
        return text[match.start].isupper() and last[:1].isupper()

    def _names_nobody(self, text: str, match: Match) -> bool:
        """Whether a term is part of a name, a verb or an exclamation."""
        word = self._folded[match.term]
        is_name = self._terms_listed[match.term].is_first_name
        if is_name and not is_first_name(text, match.start, match.end):
            return True
        if word in _PRONOUNS:
            return False
        bare = word.rstrip(".")
        if bare in TITLES:
            return not _is_title(text, match, bare)
        if is_in_name(text, match.start, match.end, self._listed[match.term], self._known):
            return True
        if is_proper(self._listed[match.term]) and _is_of_species(text, match):
            return True
        if self._terms_listed[match.term].category == NATIONALITY and _is_of_thing(text, match):
            return True
        if word in _ALSO_VERBS and _is_verb(text, match):
            return True
        return word in _VOCATIVE and _is_exclamation(text, match)


class Beginnings:
    """Which of some finders may have a term in a text, by one look at each word."""

    def __init__(self, finders: Sequence[TermFinder]):
        """Takes the finders; they are named by their position here."""
        self._words: dict[str, _Beginning] = {}
        self._unspaced = [n for n, finder in enumerate(finders) if finder.finds_unspaced]
        for number, finder in enumerate(finders):
            for word, following in finder.beginnings_of_all.items():
                beginning = self._words.setdefault(word, _Beginning())
                beginning.is_alone |= following is None
                for second in following or ():
                    beginning.before.setdefault(second, set())
            for word, following in finder.beginnings.items():
                if following is None:
                    self._words[word].finders.add(number)
                for second in following or ():
                    self._words[word].before[second].add(number)

    def read(self, words: Words) -> list[int]:
        """Sets the candidates among the words.

        Returns:
            The finders that may have a term, in their order; the others have none.
        """
        known, all_words = self._words, words.words
        words.candidates = candidates = []
        finders: set[int] = set()
        last = len(all_words) - 1
        for position in [i for i, word in enumerate(all_words) if word in known]:
            beginning = known[all_words[position]]
            is_candidate = beginning.is_alone
            finders |= beginning.finders
            if beginning.before and position < last:
                following = beginning.before.get(all_words[position + 1])
                if following is not None:
                    is_candidate = True
                    finders |= following
            if is_candidate:
                candidates.append(position)
        if self._unspaced and not words.text.isascii():
            finders.update(self._unspaced)
        return sorted(finders)


@dataclasses.dataclass
class _Beginning:
    """What may begin with a word: terms of some finders, and fixed phrases."""

    is_alone: bool = False  # whether the word alone is a term or a phrase
    finders: set[int] = dataclasses.field(default_factory=set)  # with the word alone as a term
    # By the word that follows: the finders of terms that go on so; none of a fixed phrase.
    before: dict[str, set[int]] = dataclasses.field(default_factory=dict)


_SURNAME = re.compile(r"\.?[ \xa0]+[^\W\d_]")
_CAPITAL_SURNAME = re.compile(r"\.?[ \xa0]+[“\"]?[A-Z]")


def _is_title(text: str, match: Match, word: str) -> bool:
    """Whether a form of address has its name after it; "miss" is a verb else, "ms" a unit."""
    if word in _NEEDS_CAPITAL:
        is_capital = text[match.start].isupper()
        return is_capital and _CAPITAL_SURNAME.match(text, match.end) is not None
    return _SURNAME.match(text, match.end) is not None


def _is_of_thing(text: str, match: Match) -> bool:
    """Whether a nationality is a thing's ("a Turkish rug"), a language, or none ("polish")."""
    term = text[match.start : match.end]
    if term == "polish" or (term == "Polish" and _AFTER_VERB.match(text, match.end)):
        return True
    if _POSSESSIVE.match(text, match.end) is not None:  # "French's mustard"
        return not term.endswith("s")
    if _names_language(text, match):
        return True
    thing = _THING.match(text, match.end)
    if thing is not None and thing.group(1).lower() in _OF_THINGS:
        thing = _THING.match(text, thing.end())
    if thing is None:
        return False
    word = thing.group(1).lower()
    forms = {word, word.removesuffix("s")}
    if not forms.isdisjoint(_PEOPLE_AMONG_THINGS):
        return False
    return not (forms.isdisjoint(THINGS) and forms.isdisjoint(_MORE_THINGS))


# "learn Dutch", "translated into Dutch", "in Dutch".
_BEFORE_LANGUAGE = re.compile(
    r"(?<![^\W_])(?:(?:learn|speak|study|studi|teach|understand|practis|practic)[a-z]*|spoke|spoken"
    r"|taught|learnt|understood|know|knows|knew|fluent in|in|into|translated(?: [^\W_]+)? from)"
    r"(?: some| any| much| good| fluent| perfect| broken| both| only)?[ \xa0]+$",
    re.IGNORECASE,
)
# "Our language is Dutch", "her mother tongue was Dutch".
_IS_LANGUAGE = re.compile(
    r"(?<![^\W_])(?:language|tongue|dialect|accent|subtitles|dialogue)s?(?: [^\W_]+){0,3} "
    r"(?:is|are|was|were|be) $",
    re.IGNORECASE,
)
# "Your Dutch is good": an adjective has its noun behind it.
_HAS_LANGUAGE = re.compile(r"(?<![^\W_])(?:my|your|his|her|our|their|['’]s) $", re.IGNORECASE)
_IS_GOOD = re.compile(r" (?:is|was|has|gets|got|became|improves|improved)(?![^\W_])")
_NO_NOUN_BEHIND = re.compile(
    r"[.,!?;:)\n]|$| (?:and|or|but|at|in|is|was|to|for|as|with|when|because|from|into|on|every|very"
    r"|well|better|badly|fluently|quickly)(?![^\W_])"
)


def _names_language(text: str, match: Match) -> bool:
    """Whether a nationality is a language: "learn Dutch", "our language is Dutch"."""
    start = max(0, match.start - 60)
    if text[match.start : match.end].endswith("s") or not _NO_NOUN_BEHIND.match(text, match.end):
        return False
    if any(one.search(text, start, match.start) for one in (_BEFORE_LANGUAGE, _IS_LANGUAGE)):
        return True
    has = _HAS_LANGUAGE.search(text, start, match.start) is not None
    return has and _IS_GOOD.match(text, match.end) is not None


def _is_of_species(text: str, match: Match) -> bool:
    """Whether an animal or a plant is called so: "Asian elephants", "African violets"."""
    thing = _THING.match(text, match.end)
    if thing is None:
        return False
    word = thing.group(1).lower()
    return word in _SPECIES or word.removesuffix("s") in _SPECIES


_SPECIES = _words(
    """pear cricket violet elephant lily lilies beetle carp hornet lion tiger ladybug cabbage greens
    palm pine cedar oak maple rose thistle iris daisy orchid tortoise turtle monkey ape gorilla
    buffalo bison hare rabbit hound terrier spaniel shepherd setter shorthair longhair mastiff
    bulldog cattle goat sheep hedgehog parrot parakeet finch crane stork eagle owl duck goose geese
    shrimp lobster oyster salmon bass catfish moth bee bees wasp mosquito cockroach tick"""
)
_POSSESSIVE = re.compile("['’]s?(?![^\\W_])")
_THING = re.compile(r"[ \xa0-]([^\W\d_]+)")


def _is_verb(text: str, match: Match) -> bool:
    start = max(0, match.start - 12)
    if begins_sentence(text, match.start) and _AFTER_VERB.match(text, match.end) is not None:
        return True  # "Groom the dog."
    if _SURE_BEFORE_VERB.search(text, start, match.start) is not None:
        return True
    return (
        _BEFORE_VERB.search(text, start, match.start) is not None
        and _AFTER_VERB.match(text, match.end) is not None
    )


def _is_exclamation(text: str, match: Match) -> bool:
    """Whether a word calls out: ``Man, that hurt`` or ``thanks, man!``."""
    if _EXCLAIMED.search(text, 0, match.start) and _AFTER_EXCLAMATION.match(text, match.end):
        return True
    return (
        _BEFORE_EXCLAMATION.search(text, 0, match.start) is not None
        and _ENDS_THERE.match(text, match.end) is not None
    )
