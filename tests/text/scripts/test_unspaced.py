"""Terms of scripts without spaces: longest first, pronouns, and what only looks like one."""

from __future__ import annotations

import functools

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.ablation import Ablation
from fairflip.text.matcher import Matcher
from fairflip.text.scripts.unspaced import UnspacedTerms, one_character_terms
from fairflip.text.substitution import Substitution
from fairflip.text.terms import parse_terms

TERMS = ["女", "女孩", "女孩子", "男孩", "他", "她", "彼", "彼女", "ผู้หญิง", "gay", "同志"]
SWAPS = parse_terms(
    "term,group,category,swap\n妈妈,female,gender,爸爸\n爸爸,male,gender,妈妈\n"
    "她,female,gender,他\n他,male,gender,她\n",
    "zh.csv",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("这个女孩子很高", ["女孩子"]),
        ("那女孩，和男孩们。", ["女孩", "男孩"]),
        ("她们和他", ["她", "他"]),
        ("其他人会弹吉他", []),
        ("其他她", ["她"]),
        ("女", ["女"]),
        ("女性的", []),
        ("彼は彼女を見た", ["彼", "彼女"]),
        ("彼氏", []),
        ("ฉันเห็นผู้หญิงคนนั้น", ["ผู้หญิง"]),
        ("那个gay在唱歌，engaygement", ["gay"]),
        ("GAY同志", ["GAY", "同志"]),
        ("男\u200b孩", []),
    ],
)
def test_finds_the_longest_term_at_each_place(text, expected):
    assert [text[m.start : m.end] for m in Matcher(TERMS).find(text)] == expected


def test_swaps_and_removes_without_putting_in_spaces():
    swap, remove = Substitution(SWAPS), Ablation(SWAPS)
    text = "我爱她的妈妈，其他不爱"
    assert [m.text for m in swap.generate([text])[0]] == ["我爱他的爸爸，其他不爱"]
    assert [m.text for m in remove.generate([text])[0]] == ["我爱的，其他不爱"]


def test_one_character_terms_are_told():
    assert one_character_terms(TERMS) == ["女"]
    assert 0 not in UnspacedTerms(TERMS).numbers


# Made once: a list takes longer to prepare than a short text to edit.
substitution = functools.cache(lambda: Substitution(SWAPS))


@given(st.lists(st.sampled_from(["妈妈", "爸爸", "她", "他", "我", "的", "，", "a", " "])))
def test_swapping_back_returns_the_text(parts):
    text = "".join(parts)
    for made in substitution().generate([text])[0]:
        (back,) = substitution().generate([made.text])[0]
        assert back.text == text


def test_of_the_phrases_that_hold_a_word_none_is_missed(real_data):
    table = pq.read_table(real_data / "benchmark/perspective_zh_cn.parquet", columns=["phrase"])
    phrases = table["phrase"].to_pylist()
    find = Matcher(["女人", "男人"]).find
    for word in ("女人", "男人"):
        holding = [phrase for phrase in phrases if word in phrase]
        assert len(holding) > 50
        assert all(find(phrase) for phrase in holding)
