"""Capitals: of names and common words, of initials, and with two letters i."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec
from fairflip.text.letter_case import has_dotless_i, in_case_of, lower, upper
from fairflip.text.substitution import Substitution
from fairflip.text.terms import normalised, parse_terms

TURKISH = "term,group,category,swap\nkız,female,gender,erkek\nerkek,male,gender,kız\n"


@pytest.mark.parametrize(
    ("old", "new", "listed", "inside", "expected"),
    [
        ("Hispanic", "Pacific Islander", "Hispanic", True, "Pacific Islander"),
        ("hispanic", "Pacific Islander", "Hispanic", True, "pacific islander"),
        ("HISPANIC", "Pacific Islander", "Hispanic", True, "PACIFIC ISLANDER"),
        ("Muslim", "atheist", "Muslim", True, "atheist"),
        ("Muslim", "atheist", "Muslim", False, "Atheist"),
        ("atheist", "Muslim", "atheist", True, "Muslim"),
        ("Black women", "Latina women", "black women", False, "Latina women"),
        ("Young Men", "elderly men", "young men", False, "Elderly Men"),
        ("LGBTQ", "heterosexual", "LGBTQ", True, "heterosexual"),
        ("sHe", "he", "she", True, "he"),
        ("", "x", "", False, "x"),
    ],
)
def test_a_replacement_takes_the_capitals_that_fit(old, new, listed, inside, expected):
    assert in_case_of(old, new, False, listed, inside) == expected


def test_initials_shout_only_where_the_whole_text_does():
    assert in_case_of("LGBT", "heterosexual", all_upper=True) == "HETEROSEXUAL"


def test_language_or_letters_say_which_i():
    assert all(map(has_dotless_i, ["tr", "az-Latn", "TR_tr"]))
    assert not has_dotless_i("en", ["kadın"])
    assert has_dotless_i("", ["abla", "kadın"])
    assert not has_dotless_i("", ["abla", "sister"])


def test_turkish_words_are_found_in_capitals_and_keep_them():
    swap = Substitution(parse_terms(TURKISH, "t.csv"))
    assert [m.text for m in swap.generate(["KIZ VE ERKEK"])[0]] == ["ERKEK VE KIZ"]
    assert [m.text for m in swap.generate(["Erkek geldi, kız gitti"])[0]] == [
        "Kız geldi, erkek gitti"
    ]
    assert not swap.generate(["kiz"])[0]


def test_a_list_without_such_letters_is_turkish_by_its_language(tmp_path):
    path = tmp_path / "terms.csv"
    path.write_text("term,group,category,swap\ndişi,female,gender,er\n", "utf-8")
    spec = GeneratorSpec(method="substitution", terms=str(path), language="tr")
    assert [m.text for m in make_generator(spec).generate(["DİŞİ"])[0]] == ["ER"]
    spec.language = ""
    assert not make_generator(spec).generate(["DİŞİ"])[0]


@given(st.text(alphabet="abiıIİxY é"))
def test_two_letters_i_stay_two(text):
    assert normalised(upper(text, True), True) == normalised(text, True)
    assert lower(upper(text, True), True) == lower(text, True)
