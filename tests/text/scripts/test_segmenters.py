"""A segmenter, a real one, tells where words end; nothing that lies about is loaded."""

from __future__ import annotations

import marshal
import os
import sys
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.pairs import segmenter as benchmark
from fairflip.protos.errors import ConfigurationError
from fairflip.text.ablation import Ablation
from fairflip.text.scripts import segmenters
from fairflip.text.scripts.segmenters import Segmenter
from fairflip.text.substitution import Substitution
from fairflip.text.terms import plain_terms

TERMS = ["女", "男", "他", "她", "女人", "白人", "美国人", "人民", "先生", "視障人士", "あ", "gay"]


def found_in(text, terms=TERMS):
    return [text[m.start : m.end] for m in benchmark.matcher_of(terms, "jieba").find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("她是女的，他是男的。", ["她", "女", "他", "男"]),
        ("子女和美女都来了", []),
        ("女", ["女"]),
        ("那个女人", ["女人"]),
        ("明白人不用多说", []),
        ("美国人和美国人民", ["美国人", "人民"]),
        ("王先生，祖先生病了", ["先生"]),
        ("其他女的，吉他", ["女"]),
        ("她们", ["她"]),
        ("那个gay是女的", ["gay", "女"]),
        ("男\u200b孩", []),
        ("あ", ["あ"]),
        ("あの女", ["女"]),
        ("女 男", ["女", "男"]),
        ("", []),
    ],
)
def test_terms_are_found_where_they_are_words(text, expected):
    assert found_in(text) == expected


def test_rare_compounds_of_a_listed_word_are_taken_apart():
    assert found_in("他是男演员，她是女医生") == ["他", "男", "她", "女"]
    assert found_in("他是男演员", ["女", "演员"]) == ["演员"]
    assert found_in("他是男演员", ["男", "男演员"]) == ["男演员"]
    assert found_in("我的女朋友") == []
    assert found_in("女人家", ["女"]) == []


def test_words_of_the_list_are_known_though_the_dictionary_has_them_not():
    text = "做视障人士很好"
    assert 1 not in Segmenter("jieba").ends(text)
    assert Segmenter("jieba", ("视障人士",)).ends(text) >= {1, 5}
    assert found_in(text, ["视障人士"]) == ["视障人士"]


def test_of_characters_that_it_does_not_read_nothing_changes():
    listed = plain_terms(TERMS, "mine").segmented_by("jieba")
    assert listed.found_alone == ["あ"]
    assert found_in("ああ") == []
    assert plain_terms(TERMS, "mine").found_alone == ["女", "男", "あ"]


def test_a_text_is_cut_once_for_all_categories(monkeypatch):
    texts = []
    cutter = segmenters._Cutter(lambda text: texts.append(text) or list(text))
    monkeypatch.setattr(segmenters, "_cutter", lambda segmenter: cutter)
    for _ in range(3):
        assert Segmenter("jieba").ends("女人") == {0, 1, 2}
    assert texts == ["女人"]
    assert Segmenter("jieba").ends("") == {0}


@settings(max_examples=50)
@given(st.text(st.sampled_from("她他女男人白明的子a1 \n，。\u200bあ𠀀-."), max_size=40))
def test_words_make_up_the_text(text):
    ends = Segmenter("jieba").ends(text)
    assert min(ends) == 0
    assert max(ends) == len(text)


def test_long_runs_are_cut_in_pieces():
    """Of a run of unknown characters jieba's time grows with the square of its length."""
    pieces = []
    cutter = segmenters._Cutter(lambda text: pieces.append(text) or [text])
    text = "a鿎" + "鿎" * 2500 + "，\n她是女的"
    assert max(cutter.ends(text)) == len(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 1001
    pieces.clear()
    cutter.ends("她是女的，" * 1000)
    assert pieces == ["她是女的，" * 1000]


def test_swaps_and_removes_by_words():
    listed = plain_terms(["女", "男"], "mine").segmented_by("jieba")
    swaps = {"女": "男", "男": "女"}
    terms = [t.__class__(t.text, t.text, "gender", (swaps[t.text],)) for t in listed.terms]
    listed = listed.__class__("mine", tuple(terms), segmenter=listed.segmenter)
    (made,) = Substitution(listed).generate(["子女是女的"])[0]
    assert (made.text, made.spans, made.returns) == ("子女是男的", ((3, 4),), True)
    assert [one.text for one in Ablation(listed).generate(["她是女的"])[0]] == ["她是的"]


def test_the_cache_that_lies_in_the_folder_for_temporary_files_is_not_loaded(tmp_path, monkeypatch):
    """Jieba by itself loads it, whoever put it there, and writes it where there is none."""
    foreign = tmp_path / "jieba.cache"
    foreign.write_bytes(marshal.dumps(({"明": 1, "白": 1, "白人": 10**9}, 10**9)))
    before = foreign.read_bytes(), foreign.stat().st_mtime_ns
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    segmenters._cutter.cache_clear()
    assert found_in("明白人") == []
    assert os.listdir(tmp_path) == ["jieba.cache"]
    assert (foreign.read_bytes(), foreign.stat().st_mtime_ns) == before


def test_what_is_missing_or_does_not_fit_is_refused(monkeypatch):
    terms = plain_terms(["女", "gay"], "mine")
    with pytest.raises(ConfigurationError, match=r"'xx'; choose one of jieba"):
        terms.segmented_by("xx")
    with pytest.raises(ConfigurationError, match=r"reads zh alone.*'mine' is in 'ja'"):
        terms.segmented_by("jieba", "ja")
    assert terms.segmented_by("jieba", "zh-TW").segmenter == Segmenter("jieba", ("女",))
    with pytest.raises(ConfigurationError, match=r"no term of the list 'other'.*--terms"):
        plain_terms(["gay", "あ"], "other").segmented_by("jieba")
    monkeypatch.setitem(sys.modules, "jieba", None)
    with pytest.raises(ConfigurationError, match=r"install fairflip\[segmenter\]"):
        terms.segmented_by("jieba")


def test_of_real_phrases_few_are_missed_and_few_hits_are_inside_longer_words(real_data):
    made = benchmark.templates(real_data)
    assert benchmark.num_missed(made, "") == 0
    assert benchmark.num_missed(made, "jieba") <= benchmark.MOST_MISSED * len(made.phrases)
    num_inside, num_hits = benchmark.inside_longer(made, "jieba", num_draws=1)
    assert num_hits > 3000
    assert num_inside <= benchmark.MOST_INSIDE * num_hits


@pytest.mark.parametrize(("part", "inside", "missed"), [("seen", 0.05, 0.1), ("unseen", 0.15, 0.1)])
def test_in_sentences_full_of_longer_words_most_are_told(part, inside, missed):
    without, by_jieba = benchmark.judged(part, ""), benchmark.judged(part, "jieba")
    assert without.num_marked == by_jieba.num_marked > 40
    assert by_jieba.num_inside <= inside * by_jieba.num_hits
    assert by_jieba.num_missed <= missed * by_jieba.num_marked
    assert by_jieba.num_inside < without.num_inside / 3
