"""Which words name a person: listed, joined, by an ending; and which only look like it."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.languages.german.lexicon import Lexicon, ending_keys


@pytest.fixture(scope="module")
def lexicon():
    return Lexicon(load_terms("identity_de").terms)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("Lehrer", "Lehrerin"),
        ("Grundschullehrer", "Grundschullehrerin"),
        ("Deutschlehrerinnen", "Deutschlehrer"),
        ("Oberarztes", "Oberärztin"),
        ("SPD-Politiker", "SPD-Politikerin"),
        ("Stiefvater", "Stiefmutter"),
        ("Harpsichordist", "Harpsichordistin"),
        ("Nephrologin", "Nephrologe"),
        ("Brückenbauerin", "Brückenbauer"),
        ("Numismatikerinnen", "Numismatiker"),
        ("Jüdinnen", "Jude"),
    ],
)
def test_forms_of_persons(lexicon, word, other):
    others = {one.entry.other.lemma for one in lexicon.readings(word) if one.entry.other}
    assert others == {other}


@pytest.mark.parametrize(
    "word",
    """Plattenspieler Lautsprecher Paragraf Kataloge Fahrzeuge Sekunde Schraubenmutter Berlin
    Computer Fehler Muttersprache Geist TypischeLehrerin Tonleiter""".split(),  # noqa: SIM905
)
def test_things_that_look_like_persons(lexicon, word):
    assert lexicon.readings(word) == []


def test_what_an_ending_made_has_a_key(lexicon):
    (reading, *_) = lexicon.readings("Harpsichordistin")
    assert ending_keys()[reading.entry.term] == ("-istin", "female", "gender")
