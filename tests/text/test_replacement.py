"""A phrase in the place of another keeps what stands between its words."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.replacement import in_place_of_word
from fairflip.text.substitution import Substitution


@pytest.mark.parametrize(
    ("old", "listed", "word", "new"),
    [
        ("step-father", "step father", "step mother", "step-mother"),
        ("step\nfather", "step father", "step mother", "step\nmother"),
        # A hyphen that is the list's own is no gap of the text's.
        (
            "same-sex-marriage",
            "same-sex marriage",
            "opposite-sex marriage",
            "opposite-sex-marriage",
        ),
        (
            "Same-Sex\nMarriage",
            "same-sex marriage",
            "opposite-sex marriage",
            "Opposite-sex\nMarriage",
        ),
        ("middle-aged-folks", "middle-aged folks", "young folks", "young-folks"),
        ("middle-aged\nfolks", "middle-aged folks", "young folks", "young\nfolks"),
        ("young-folks", "young folks", "middle-aged folks", "middle-aged-folks"),
        ("same sex  marriage", "same-sex marriage", "gay marriage", "gay  marriage"),
        # Of as many words alone is known what stands for what.
        ("father-in-law", "father in law", "stepfather", "stepfather"),
        ("step-father", "step father", "mother in law", "mother in law"),
    ],
)
def test_gaps_between_words_stay(old, listed, word, new):
    assert in_place_of_word(old, word, False, listed, False) == new


@pytest.mark.parametrize("text", ["A same-sex-marriage.", "The middle-aged\nfolks left."])
def test_a_phrase_with_hyphens_of_its_own_leads_back(text):
    [made] = Substitution(load_terms("identity").only(["sexual_orientation", "age"])).generate(
        [text]
    )
    assert made
    assert all(one.returns for one in made)
