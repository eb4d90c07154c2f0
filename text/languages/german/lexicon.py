"""The German nouns that name a person's gender or group: listed, joined, or made by an ending."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from fairflip.text.languages.german.forms import ADJECTIVE_ENDINGS, CELLS, Noun, noun_of
from fairflip.text.languages.tokens import word_set
from fairflip.text.terms import EACH_OTHER_GROUP, Term

GENDER = "gender"
_KINDS = tuple(ADJECTIVE_ENDINGS)


class Entry(NamedTuple):
    """A noun of a list, as it stands in a text."""

    noun: Noun
    term: str  # as listed
    group: str
    category: str
    other: Noun | None  # the same word of the other gender; None where there is none


class Reading(NamedTuple):
    """What a form can be: a noun in a cell; `kind` of a noun that is declined as an adjective."""

    entry: Entry
    cell: str
    kind: str = ""


# Endings that make persons, with their declension. Feminine forms in -erin lead to nouns in -er,
# which make too many things ("Fehler") to be found by themselves.
_ENDINGS = (
    ("ist", "m -en -en", "istin"),
    ("ologe", "m -n -n", "ologin"),
    ("iker", "m -s -", "ikerin"),
    ("ianer", "m -s -", "ianerin"),
    ("eur", "m -s -e", "eurin"),
    ("pfleger", "m -s -", "pflegerin"),
    ("graf", "m -en -en", "grafin"),
)
_FEMININE_ENDINGS = (
    ("erin", "er", "m -s -"),
    ("orin", "or", "m -s -en"),
    ("entin", "ent", "m -en -en"),
    ("antin", "ant", "m -en -en"),
)
_FEMININE = "f - -nen"
_INNER_CAPITAL = re.compile("[a-zäöüß][A-ZÄÖÜ]")
_LEAST_BEFORE_ENDING = 3
_LEAST_HEAD, _LEAST_BEFORE_HEAD = 7, 3
#: Kin take these before them and nothing else.
_KIN = word_set("vater mutter sohn tochter bruder schwester oma opa")
_KIN_PREFIXES = word_set(
    "groß stief schwieger ur urgroß adoptiv pflege halb zwillings ex paten enkel leih zieh"
)
# Words that end so and name no person.
_NO_PERSONS = tuple(
    sorted(
        word_set(
            """frist mist list zwist twist rist geist katalog dialog monolog prolog epilog analog
            paragraf autograf seismograf telegraf malheur exterieur interieur plattenspieler
            spieler-app lautsprecher kopfhörer reiseführer kugelschreiber tonleiter halbleiter
            feuerleiter strickleiter trittleiter trichter glycerin heparin mandarin interferin
            berlin schwerin katharin sekunde urkunde fahrzeug werkzeug flugzeug spielzeug
            anrufbeantworter flaschenöffner scheibenwischer staubsauger feuerlöscher
            wasserkocher schraubenzieher hubschrauber videospieler mp3-spieler cd-spieler
            blitzableiter begleiterscheinung müllschlucker antike sticker ticker klicker
            musikbox grafiker-tool textilgewerbe hosenträger flugzeugträger briefträgertasche
            energieträger datenträger tonträger hoffnungsträger"""
        )
    )
)


class Lexicon:
    """The nouns of a list by each of their forms."""

    def __init__(self, terms: Sequence[Term]):
        """Takes the terms; those with a declension as their form are nouns.

        Raises:
            InputError: A declension cannot be read.
        """
        nouns: dict[str, Noun] = {}
        counterparts: dict[str, str] = {}
        for term in terms:
            form, _, other = term.form.partition(":")
            form = form[:-2].rstrip() if other else form
            noun = noun_of(term.text, form)
            if noun is None:
                continue
            nouns[term.text] = noun
            if other:
                counterparts[term.text] = other.strip()
            elif term.category == GENDER and term.swaps[:1] not in ((), (EACH_OTHER_GROUP,)):
                counterparts[term.text] = term.swaps[0]
        self.nouns = nouns
        self.has_gender = any(term.category == GENDER for term in terms)
        self._entries = {
            term.text: Entry(
                nouns[term.text],
                term.text,
                term.group,
                term.category,
                nouns.get(counterparts.get(term.text, "")),
            )
            for term in terms
            if term.text in nouns
        }
        self._by_form: dict[str, list[Reading]] = {}
        for entry in self._entries.values():
            for word, readings in readings_of(entry):
                self._by_form.setdefault(word, []).extend(readings)
        self._longest = max(map(len, self._by_form), default=0)
        self._made: dict[str, list[Reading]] = {}

    @property
    def forms(self) -> list[str]:
        """Every form of every listed noun, in lower case."""
        return list(self._by_form)

    def readings(self, word: str) -> list[Reading]:
        """What a word of a text can be; the part behind its last hyphen counts."""
        known = self._by_form.get(word.lower())
        if known is not None:
            return known
        if word not in self._made:
            if len(self._made) > 50_000:
                self._made.clear()
            self._made[word] = self._readings_made(word)
        return self._made[word]

    def _readings_made(self, word: str) -> list[Reading]:
        lower = word.lower()
        head, hyphen, last = word.rpartition("-")
        if hyphen and last[:1].isupper() and last.lower() in self._by_form:
            return [_prefixed(one, head + hyphen) for one in self._by_form[last.lower()]]
        if _INNER_CAPITAL.search(word):
            return []  # two words that lost their space
        if any(lower.startswith(one) or one in lower[1:] for one in _NO_PERSONS if one in lower):
            return []
        for length in range(min(self._longest, len(word) - 2), 2, -1):
            tail = lower[-length:]
            known = self._by_form.get(tail)
            if known is None:
                continue
            before = word[:-length]
            heads = [one for one in known if _can_be_head(one.entry, before.lower())]
            if heads:
                return [_prefixed(one, before, joined=True) for one in heads]
        return self._by_ending(word, lower) if self.has_gender else []

    def _by_ending(self, word: str, lower: str) -> list[Reading]:
        readings: list[Reading] = []
        for masculine, form, feminine in _ENDINGS:
            for ending in (masculine, feminine):
                readings += _made_by(word, lower, ending, masculine, form, feminine)
        if not readings:
            for feminine, masculine, form in _FEMININE_ENDINGS:
                readings += _made_by(word, lower, feminine, masculine, form, feminine)
        return readings


def readings_of(entry: Entry) -> list[tuple[str, list[Reading]]]:
    """Each form of a noun in lower case, with its readings."""
    noun = entry.noun
    if noun.stem:
        pairs = [
            (noun.form(cell, kind).lower(), Reading(entry, cell, kind))
            for cell in CELLS
            for kind in _KINDS
        ]
    else:
        pairs = [(form.lower(), Reading(entry, c)) for c in CELLS for form in noun.forms[c]]
    return [(word, [reading]) for word, reading in pairs]


def _can_be_head(entry: Entry, before: str) -> bool:
    """Whether other words are joined before a noun: "Grundschullehrer", "Stiefvater"."""
    lemma = entry.noun.lemma.lower()
    if lemma in _KIN or (entry.other is not None and entry.other.lemma.lower() in _KIN):
        return before.rstrip("-") in _KIN_PREFIXES
    short = lemma
    if entry.other is not None:
        short = min(lemma, entry.other.lemma.lower(), key=len)
    if entry.noun.stem or short in _NO_HEADS:
        return False
    is_long = len(short) >= _LEAST_HEAD or short in _SHORT_HEADS
    return is_long and len(before) >= _LEAST_BEFORE_HEAD


_SHORT_HEADS = word_set(
    "arzt koch maler lehrer fahrer läufer helfer sänger tänzer jäger fischer freund anwalt pilot"
)
_NO_HEADS = word_set(
    """christ zeuge kunde erbe gatte führer träger leiter spanier römer finne däne pole same
    mädchen fräulein sprecher spieler halter schreiber"""
)


def _prefixed(reading: Reading, before: str, joined: bool = False) -> Reading:
    entry = reading.entry
    made = entry._replace(
        noun=_joined(entry.noun, before, joined),
        other=None if entry.other is None else _joined(entry.other, before, joined),
    )
    return reading._replace(entry=made)


def _joined(noun: Noun, before: str, joined: bool) -> Noun:
    def with_prefix(word: str) -> str:
        return before + (word[:1].lower() + word[1:] if joined else word)

    return noun._replace(
        lemma=with_prefix(noun.lemma),
        forms={cell: tuple(map(with_prefix, words)) for cell, words in noun.forms.items()},
        stem=with_prefix(noun.stem) if noun.stem else "",
    )


def _made_by(
    word: str, lower: str, ending: str, masculine: str, form: str, feminine: str
) -> list[Reading]:
    """The readings of a word as a noun with a masculine or a feminine ending."""
    is_feminine = ending == feminine
    template = noun_of("X" + ending, _FEMININE if is_feminine else form)
    if template is None:
        return []
    forms = {template.forms[cell][0][1:] for cell in CELLS}
    tail = next((t for t in sorted(forms, key=len, reverse=True) if lower.endswith(t)), None)
    if tail is None or len(word) - len(tail) < _LEAST_BEFORE_ENDING:
        return []
    stem = word[: len(word) - len(tail)]
    own = noun_of(stem + ending, _FEMININE if is_feminine else form)
    other_ending, other_form = (masculine, form) if is_feminine else (feminine, _FEMININE)
    other = noun_of(stem + other_ending, other_form)
    if own is None:
        return []
    group = "female" if is_feminine else "male"
    entry = Entry(own, f"-{ending}", group, GENDER, other)
    return [r for written, rs in readings_of(entry) if written == lower for r in rs]


def ending_keys() -> dict[str, tuple[str, str, str]]:
    """Term, group and category of what is found by its ending."""
    keys = {}
    for masculine, _, feminine in _ENDINGS:
        keys[f"-{masculine}"] = (f"-{masculine}", "male", GENDER)
        keys[f"-{feminine}"] = (f"-{feminine}", "female", GENDER)
    for feminine, _, _ in _FEMININE_ENDINGS:
        keys[f"-{feminine}"] = (f"-{feminine}", "female", GENDER)
    return keys
