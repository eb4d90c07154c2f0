"""The verb beside a singular they, and removal where there is nothing to repair."""

from __future__ import annotations

from unittest import mock

import hypothesis
import pyarrow.parquet as pq
import pytest
from hypothesis import strategies as st

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text import repair
from fairflip.text.ablation import remove
from fairflip.text.matcher import words_of
from fairflip.text.repair import with_plural_verb
from fairflip.text.substitution import Substitution


@pytest.fixture(scope="module")
def swap():
    return Substitution(load_terms("singular_they"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She is late.", "They are late."),
        ("Was he late?", "Were they late?"),
        ("Isn't she kind?", "Aren't they kind?"),
        ("He often relies on luck.", "They often rely on luck."),
        ("She hasn't slept.", "They haven't slept."),
        ("He doesn’t mind.", "They don't mind."),
        ("He’s been away.", "They’ve been away."),
        ("She's tall.", "They're tall."),
        ("She'll come.", "They'll come."),
        ("He fixes her bike.", "They fix her bike."),
        ("HE GOES HOME.", "THEY GO HOME."),
        ("She ran.", "They ran."),
        ("She always smiles.", "They always smile."),
        ("I know she kisses babies.", "I know they kiss babies."),
        ("Her dog likes her.", "Their dog likes them."),
        ("A friend of his came.", "A friend of theirs came."),
        ("He saw himself.", "They saw themself."),
    ],
)
def test_they_has_a_plural_verb(swap, text, expected):
    assert expected in [made.text for made in swap.generate([text])[0]]


def test_nothing_follows_where_nothing_stands():
    assert with_plural_verb("", "she", 3) == ("", "", 3)
    assert with_plural_verb("is ", "is she", 6) == ("are ", "", 6)


def test_winogenders_neutral_form(real_data, swap):
    table = pq.read_table(real_data / "benchmark/winogender.parquet").to_pylist()
    sentences = {row["sentid"]: row["sentence"] for row in table}
    for name, text in sentences.items():
        for gender in ("female", "male"):
            if f".{gender}." in name:
                neutral = sentences[name.replace(f".{gender}.", ".neutral.")]
                assert neutral in [made.text for made in swap.generate([text])[0]]


@hypothesis.given(
    st.lists(
        st.sampled_from(["a", "an", "see", "her's", "owl", "big", ",", "(it)", "#x"]),
        min_size=1,
        max_size=9,
    ),
    st.sampled_from([" ", "  ", "\n"]),
    st.sets(st.integers(0, 8)),
)
@hypothesis.example(["an", "owl", "big"], " ", {1})
@hypothesis.example(["see", "owl", "see", "owl", "big"], " ", {1, 3})
@hypothesis.example(["see", "owl", ",", "big", "see"], " ", {1, 2})
def test_the_short_way_of_removing_changes_nothing(words, space, chosen):
    """Terms between two words have nothing to repair: as the long way finds, too."""
    text = space.join(words)
    places = words_of(text)
    spans = [places.span(i) for i in sorted(chosen) if i < len(places.words)]
    made = remove(text, spans)
    with mock.patch.object(repair, "_stands_between_words", return_value=False):
        assert remove(text, spans) == made
