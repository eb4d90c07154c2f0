"""What stands around a pronoun, and that sums of parts that are kept are those of the features."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.english import pronoun_model as module
from fairflip.text.english.pronoun_features import Surroundings
from fairflip.text.english.pronoun_model import (
    PronounModel,
    features_of,
    pronoun_model,
    surroundings_of,
)

words = st.sampled_from(
    [
        "the",
        "they",
        "saw",
        "gave",
        "told",
        "met",
        "loves",
        "with",
        "of",
        "new",
        "old",
        "book",
        "Brother",
        "winning",
        "quickly",
        "is",
        "and",
        "leave",
        "it's",
        "don’t",
        "e-mail",
        "half-price",
        "42",
        "sooo",
        "Anna",
        "hé",
        "🙂",
    ]
)
gaps = st.sampled_from(
    [" ", " ", " ", " ", " ", "  ", ", ", ". ", "\n", ' "', '" ', "-", " - ", ""]
)
sides = st.lists(st.tuples(words, gaps), max_size=5).map(
    lambda side: "".join(word + gap for word, gap in side)
)


def place(before: str, after: str) -> tuple[str, int, int]:
    return f"{before}her{after}", len(before), len(before) + 3


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "Then they saw ",
            " old Brother leave it.",
            Surroundings("", "they", "saw", "", "old", second="brother", third="leave"),
        ),
        ("", "", Surroundings("BEGIN", "", "", "END")),
        ("Yes, ", ", too", Surroundings(",", "", "", ",")),
        (
            "and so, with ",
            " half-price Booook.",
            Surroundings("", "", "with", "", "half", True, False, "-"),
        ),
        ("of ", " Plan", Surroundings("", "", "of", "", "plan", False, True, "END")),
    ],
)
def test_what_stands_around(before, after, expected):
    assert surroundings_of(*place(before, after)) == expected


@given(sides, sides, st.sampled_from([" ", ""]))
def test_plain_words_are_read_as_by_the_pattern(before, after, gap):
    span = place(before + gap, gap + after)
    with pytest.MonkeyPatch.context() as patch:
        quickly = surroundings_of(*span)
        patch.setattr(module, "_plain_words_before", lambda *_: None)
        patch.setattr(module, "_plain_words_after", lambda *_: None)
        assert surroundings_of(*span) == quickly


@given(sides, sides)
def test_a_score_is_the_sum_of_the_weights_whatever_was_asked_before(before, after):
    span = place(before, " " + after)
    features = features_of(*span)
    assert len(set(features)) == len(features)
    model = pronoun_model()
    expected = model.intercept + sum(model.weights.get(name, 0.0) for name in features)
    assert model.score(*span) == pytest.approx(expected, abs=1e-9)
    assert PronounModel(model.weights, model.intercept).score(*span) == model.score(*span)
