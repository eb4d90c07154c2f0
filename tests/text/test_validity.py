"""Validity sees what a removal leaves without: subjects, objects, nouns."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.ablation import Ablation
from fairflip.text.counterfactual import Counterfactual
from fairflip.text.substitution import Substitution
from fairflip.text.validity import validity


@pytest.fixture(scope="module")
def ablation():
    return Ablation(load_terms("identity"))


def score_of(generator, text: str):
    (made,) = generator.generate([text])[0]
    return validity(text, made)


@pytest.mark.parametrize(
    "text",
    [
        "A gay artist sang.",
        "We heard the lesbian choir.",
        "Muslim nurses work there.",
        "Call the female doctor.",
        "They like women's football.",
        "The pay of blue-collar staff rose.",
        "It rained, and she left.",
    ],
)
def test_what_only_says_more_leaves_no_hole(ablation, text):
    assert score_of(ablation, text).score == 1.0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She left.", (0.8, "grammar")),
        ("Nobody saw her.", (0.8, "grammar")),
        ("Nobody saw her car.", (0.8, "grammar")),
        ("Yesterday he hurt himself while the rice boiled.", (0.64, "grammar")),
        ("The neighbours are gay.", (0.8, "grammar")),
        ("Muslims pray daily here.", (0.8, "grammar")),
        ("I saw the woman walked away.", (0.8, "grammar")),
        ("She is an aunt and a nurse.", (0.5, "fragment")),
        ("This is my sister and my friend.", (0.5, "fragment")),
        ("Then she told him that her dog bit his cat last week.", (0.512, "grammar")),
    ],
)
def test_what_is_missing_is_seen(ablation, text, expected):
    score, doubt = score_of(ablation, text)
    assert (round(score, 3), doubt) == expected


def test_an_adjective_in_the_place_of_a_noun_is_seen():
    swap = Substitution(load_terms("identity"))
    scores = {
        made.text: validity("I met a Buddhist in Rome.", made).score
        for made in swap.generate(["I met a Buddhist in Rome."])[0]
    }
    assert scores["I met a Jewish in Rome."] == 0.8
    assert scores["I met a Christian in Rome."] == 1.0
    text = "A Jewish baker"
    assert {validity(text, made).score for made in swap.generate([text])[0]} == {1.0}


def test_few_real_texts_that_lost_a_pronoun_are_called_fine(real_data, ablation):
    table = pq.read_table(real_data / "edos_sexism.parquet", columns=["comment_text"])
    texts = table["comment_text"].to_pylist()[:3000]
    scores = [
        validity(text, made).score
        for text, all_made in zip(texts, ablation.generate(texts), strict=True)
        for made in all_made
        if {"he", "she", "him", "her", "his"} & set(made.terms)
    ]
    assert len(scores) > 1000
    assert sum(score >= 0.999 for score in scores) < 0.05 * len(scores)


@given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_any_change_has_a_score_between_none_and_one(original, changed, start, length):
    start = min(start, len(original))
    made = Counterfactual(
        changed, ("x",), ("",), spans=((start, min(len(original), start + length)),)
    )
    assert 0.0 <= validity(original, made).score <= 1.0
