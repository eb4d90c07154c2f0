"""Swaps of German texts: nouns with their articles and adjectives, pronouns, titles."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from fairflip.text.counterfactual import Counterfactual
from fairflip.text.languages.german.cases import narrowed
from fairflip.text.languages.german.forms import ADJECTIVE, ENDINGS, Noun, articles, noun_of
from fairflip.text.languages.german.groups import GermanGroups
from fairflip.text.languages.german.lexicon import GENDER, Lexicon, ending_keys
from fairflip.text.languages.german.phrases import Option, Phrase, phrase_of, rendered
from fairflip.text.languages.german.pronouns import KEYS, Mention, Pronouns, possessive_stem
from fairflip.text.languages.german.relatives import relatives_of
from fairflip.text.languages.german.tongues import names_tongue
from fairflip.text.languages.german.words import (
    COPULA,
    EPICENE,
    JOINS,
    NO_ADJECTIVES,
    PREPOSITIONS,
)
from fairflip.text.languages.refusals import refused
from fairflip.text.languages.tokens import Refused, Token, as_written, edited, tokens_of, word_set
from fairflip.text.terms import TermList

UNSURE_FORM = "unsure_form"
_NEUTRAL = re.compile(r"[*:_/·]-?in(?:nen)?\b|\(in(?:nen)?\)", re.IGNORECASE)
_INNER_CAPITAL = re.compile("[a-zäöüß]In(?:nen)?$")
_TITLES = {"Herr": "Frau", "Frau": "Herr"}


class _Change(NamedTuple):
    """A phrase that changes, as it was read."""

    phrase: Phrase
    option: Option
    noun: Noun


class GermanGender:
    """Exchanges the genders of a German text."""

    def __init__(self, terms: TermList, lexicon: Lexicon):
        """Takes the list, of nouns with a declension and pronouns, and its nouns."""
        self._lexicon = lexicon
        self._has_pronouns = "er" in terms.by_text
        self.term_keys = {
            **ending_keys(),
            **{word: (word, group, GENDER) for word, group in KEYS.values()},
            **terms.keys,
        }

    def swap(self, text: str, tokens: list[Token]) -> Counterfactual | None:
        """The text about the other gender; None where it names none; refused where unsure."""
        nouns = list(self._nouns(text, tokens))
        if not nouns and not (self._has_pronouns and _may_hold_pronoun(tokens)):
            return None
        try:
            return self._swapped(text, tokens, nouns)
        except Refused as refusal:
            terms = [
                r.term for p in nouns for r in [self._lexicon.readings(tokens[p].text)[0].entry]
            ]
            return refused(terms or ["sie"], self.term_keys, refusal.reason)

    def _nouns(self, text: str, tokens: Sequence[Token]) -> Iterator[int]:
        is_lower = text.islower()
        for place, token in enumerate(tokens):
            if not (token.is_capital or is_lower) or len(token.lower) < 3:
                continue
            readings = self._lexicon.readings(token.text)
            if not any(r.entry.other is not None for r in readings):
                continue
            if _NEUTRAL.match(text, token.end) or _INNER_CAPITAL.search(token.text):
                continue
            if _is_surname(tokens, place) or names_tongue(tokens, place):
                continue
            is_adjective = token.lower == "junge" or all(r.entry.noun.stem for r in readings)
            if is_adjective and _noun_right_behind(tokens, place):
                continue  # an adjective with a capital: "Deutsche Ärzte"
            yield place

    def _swapped(
        self, text: str, tokens: list[Token], nouns: Sequence[int]
    ) -> Counterfactual | None:
        if nouns and text.isupper() and len(tokens) > 2:
            raise Refused(UNSURE_FORM)  # nouns are told by their capitals
        changes = [c for c in (self._change(tokens, place) for place in nouns) if c is not None]
        edits: dict[tuple[int, int], str] = {}
        counted: list[tuple[int, str, str]] = []  # place, term, replacement
        is_article = {c.phrase.article: True for c in changes if c.phrase.article is not None}
        pronouns = Pronouns(
            tokens, [_mention(tokens, c) for c in changes], self._lexicon, is_article
        )
        pronoun_swaps = pronouns.swaps() if self._has_pronouns else []
        for change in changes:
            option, article = change.option, change.phrase.article
            stem = None
            own = option.article.stem if option.article is not None else ""
            if self._has_pronouns and article is not None and own in ("sein", "ihr"):
                stem = pronouns.possessive(article) or None
                if stem:
                    counted.append((article, own, stem))
            edits.update(_apart(edits, rendered(tokens, change.phrase, option, change.noun, stem)))
            counted.append((change.phrase.noun, option.entry.term, change.noun.lemma))
            edits.update(_apart(edits, _one_of(tokens, change)))
            if self._has_pronouns or option.entry.noun.gender != change.noun.gender:
                edits.update(
                    _apart(
                        edits,
                        relatives_of(tokens, change.phrase, option, change.noun, self._is_person),
                    )
                )
        for one in pronoun_swaps:
            token = tokens[one.place]
            if (token.start, token.end) not in edits:
                edits[token.start, token.end] = as_written(token.text, one.new)
                counted.append((one.place, one.key, possessive_stem(one.new) or one.new))
        if not counted:
            return None
        edits.update(_apart(edits, _of_orientation(tokens, edits)))
        if changes or pronoun_swaps:
            _check_unlisted(tokens, pronoun_swaps, changes, self._lexicon)
        return self._counterfactual(text, tokens, edits, sorted(counted))

    def _is_person(self, word: str) -> bool:
        return bool(self._lexicon.readings(word)) or any(
            word.lower() in words for words in EPICENE.values()
        )

    def _change(self, tokens: list[Token], place: int) -> _Change | None:
        phrase = phrase_of(tokens, place, self._lexicon)
        if phrase is None:
            if any(r.entry.noun.stem for r in self._lexicon.readings(tokens[place].text)):
                return None
            raise Refused(UNSURE_FORM)
        options = tuple(o for o in phrase.options if o.entry.other is not None)
        if not options:
            return None

        def outcome(option: Option) -> object:
            other = self._counterpart(tokens, phrase, option)
            return frozenset(rendered(tokens, phrase, option, other).items())

        left = narrowed(phrase._replace(options=options), tokens, outcome)
        outcomes = {outcome(one) for one in left}
        if len(outcomes) > 1:
            nouns = {(o.entry.noun.gender, o.cell[0]) for o in left}
            raise Refused("unsure_case" if len(nouns) == 1 else UNSURE_FORM)
        option = left[0]
        noun = self._counterpart(tokens, phrase, option)
        old = tokens[place]
        if rendered(tokens, phrase, option, noun).get((old.start, old.end)) == old.text and (
            option.cell[0] == "p"
        ):
            return None  # a plural that has no gender: "die Angestellten"
        return _Change(phrase, option, noun)

    def _counterpart(self, tokens: Sequence[Token], phrase: Phrase, option: Option) -> Noun:
        other = option.entry.other
        assert other is not None
        title = _TITLES.get(option.entry.noun.lemma)
        is_title = phrase.article is None and _noun_right_behind(tokens, phrase.noun)
        if title is not None and is_title and title in self._lexicon.nouns:
            return self._lexicon.nouns[title]
        return other

    def _counterfactual(self, text, tokens, edits, counted) -> Counterfactual:
        terms: dict[str, dict[str, None]] = {}
        for _, term, new in counted:
            terms.setdefault(term, {})[new] = None
        groups = tuple(dict.fromkeys(self._group(term) for term in terms))
        other = {"male": "female", "female": "male"}
        return Counterfactual(
            text=edited(text, edits),
            terms=tuple(terms),
            replacements=tuple("|".join(words) for words in terms.values()),
            groups=groups,
            replacement_groups=tuple(other[group] for group in groups),
            categories=(GENDER,),
            spans=tuple((tokens[p].start, tokens[p].end) for p, _, _ in counted),
        )

    def _group(self, term: str) -> str:
        group = self.term_keys[term][1]
        if group in ("male", "female"):
            return group
        return "female" if self._lexicon.nouns[term].gender == "f" else "male"


class GermanSubstitution:
    """Swaps the terms of a German list within their categories; see `Generator`."""

    def __init__(self, terms: TermList, categories: Collection[str] = ()):
        """Takes the list; its column `form` says how nouns are declined.

        Args:
            terms: The whole list: whoever is named by religion or origin has a gender too.
            categories: Those that are swapped; all where none is named.

        Raises:
            InputError: A declension cannot be read.
        """
        lexicon = Lexicon(terms.terms)
        chosen = [c for c in terms.categories if not categories or c in categories]
        self._gender = GermanGender(terms, lexicon) if GENDER in chosen else None
        self._groups = [GermanGroups(terms, c, lexicon) for c in chosen if c != GENDER]
        self.term_keys = dict(terms.keys)
        if self._gender is not None:
            self.term_keys = self._gender.term_keys

    @staticmethod
    def reads(terms: TermList) -> bool:
        """Whether a list says how a noun of it is declined."""
        return any(noun_of(term.text, term.form.partition(" f:")[0]) for term in terms.terms)

    @staticmethod
    def forms_of(terms: TermList) -> list[str]:
        """What the terms of a list are in texts, in lower case."""
        stems = [term.text for term in terms.terms if term.form == ADJECTIVE]
        return [
            *Lexicon(terms.terms).forms,
            *(stem + ending for stem in [*stems, "sein", "ihr"] for ending in ("", *ENDINGS)),
        ]

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text, and what was refused."""
        made = []
        for text in texts:
            tokens = tokens_of(text)
            swapped = self._gender.swap(text, tokens) if self._gender is not None else None
            made.append(
                ([swapped] if swapped is not None else [])
                + [one for groups in self._groups for one in groups.swaps(text, tokens)]
            )
        return made


def _may_hold_pronoun(tokens: Sequence[Token]) -> bool:
    return any(t.lower in KEYS or t.lower.startswith(("sein", "ihr")) for t in tokens)


def _noun_right_behind(tokens: Sequence[Token], place: int) -> bool:
    if place + 1 >= len(tokens):
        return False
    after = tokens[place + 1]
    return (after.is_capital and not after.gap.strip(" .\xa0") and not after.begins_sentence) or (
        after.is_capital
        and tokens[place].lower in ("herr", "herrn", "frau")
        and not after.begins_clause
    )


_SURNAMES = word_set(
    """schneider müller fischer bauer koch richter schäfer schuster maurer jäger förster schreiner
    metzger kaiser könig graf wirt herzog prinz fürst maler bäcker gärtner schmied schlosser
    zimmermann becker winzer imker glaser kramer ritter krieger meister vogt pfarrer bischof
    mönch schreiber drucker zeuner böttcher köhler töpfer brauer wiener berliner sachse hesse
    schwabe franzose russe däne pohl unger böhm bayer beyer freund held papst schäffler"""
)


def _is_surname(tokens: Sequence[Token], place: int) -> bool:
    """Whether a noun is somebody's name: "Frau Schneider", "Anna Koch"."""
    if place == 0 or tokens[place].begins_clause:
        return False
    before = tokens[place - 1]
    if tokens[place].lower not in _SURNAMES or not before.is_capital:
        return False
    if before.lower in ("herr", "herrn", "frau", "familie", "dr", "prof"):
        return True
    return (
        before.lower not in articles()
        and before.lower not in PREPOSITIONS | JOINS
        and (not before.begins_sentence or before.lower not in NO_ADJECTIVES)
    )


def _mention(tokens: Sequence[Token], change: _Change) -> Mention:
    gender = change.option.entry.noun.gender
    genders = {"p"} if change.option.cell[0] == "p" else {gender}
    if change.noun.gender == "n" or gender == "n":
        genders |= {"n"}
    first = change.phrase.first
    is_first = tokens[first].begins_clause or first == 0 or change.option.cell[1] == "n"
    return Mention(change.phrase.noun, frozenset(genders), True, is_first)


def _apart(
    edits: dict[tuple[int, int], str], more: dict[tuple[int, int], str]
) -> dict[tuple[int, int], str]:
    """Further edits, which must not overlap those before.

    Raises:
        Refused: They do.
    """
    for start, end in more:
        if any(start < b and a < end and (a, b) != (start, end) for a, b in edits):
            raise Refused(UNSURE_FORM)
        if edits.get((start, end), more[start, end]) != more[start, end]:
            raise Refused(UNSURE_FORM)
    return more


_OF_MEN, _OF_WOMEN = "schwul", "lesbisch"


def _of_orientation(
    tokens: Sequence[Token], edits: dict[tuple[int, int], str]
) -> dict[tuple[int, int], str]:
    """The edits of "schwul", which is said of men, and "lesbisch"."""
    changed = {}
    for token in tokens:
        for old, new in ((_OF_MEN, _OF_WOMEN), (_OF_WOMEN, _OF_MEN)):
            word = edits.get((token.start, token.end), token.text)
            is_adjective = not token.is_capital or token.begins_sentence
            if token.lower.startswith(old) and is_adjective:
                changed[token.start, token.end] = as_written(token.text, new + word[len(old) :])
    for place in changed:
        edits.pop(place, None)
    return changed


_ONE_OF = {
    "m": {
        f"{stem}{old}": f"{stem}{new}"
        for stem in ("ein", "kein", "jed")
        for old, new in (("er", "e"), ("en", "e"), ("em", "er"), ("es", "er"))
    },
    "f": {f"{stem}er": f"{stem}em" for stem in ("ein", "kein", "jed")},
}


def _one_of(tokens: Sequence[Token], change: _Change) -> dict[tuple[int, int], str]:
    """The edit of "einer" in "einer meiner Freunde".

    Raises:
        Refused: Its case cannot be told.
    """
    place = change.phrase.first - 1
    if change.option.cell != "pg" or change.phrase.article is None or place < 0:
        return {}
    token = tokens[place]
    if tokens[place + 1].begins_clause or not token.lower.startswith(("ein", "kein", "jed")):
        return {}
    gender = change.option.entry.noun.gender
    new = _ONE_OF.get(gender, {}).get(token.lower, "")
    if gender == "f" and token.lower in ("eine", "keine", "jede"):
        before = tokens[place - 1].lower if place and not token.begins_clause else ""
        if before and before not in COPULA | JOINS:
            raise Refused("unsure_case")
        new = token.lower + "r"
    return {(token.start, token.end): as_written(token.text, new)} if new else {}


_AGENT = re.compile("(?:er|or|ent|ant|iker|ling)$")


def _check_unlisted(tokens, pronoun_swaps, changes, lexicon: Lexicon) -> None:
    """Refuses "er ist Xer" where what he is is on no list: it would have to change too.

    Raises:
        Refused: Such a noun stands there.
    """
    is_changed = {one.place: one.key for one in pronoun_swaps}
    swapped_nouns = {change.phrase.noun for change in changes}
    for place, token in enumerate(tokens):
        if not token.is_capital or token.begins_sentence or place in swapped_nouns:
            continue
        if lexicon.readings(token.text) or not _AGENT.search(token.lower):
            continue
        if token.lower in EPICENE["m"]:
            continue
        before = [t.lower for t in tokens[max(0, place - 3) : place]]
        bare = not before or before[-1] not in ("der", "die", "das", "den", "dem", "des")
        subject = any(
            is_changed.get(p) in ("er",) or p in swapped_nouns
            for p in range(max(0, place - 4), place)
        )
        if bare and subject and any(word in COPULA for word in before):
            raise Refused("unlisted_noun")
