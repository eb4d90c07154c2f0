"""`fairflip.averaged` and `fairflip.blinded` of a function, without files and commands."""

import numpy as np
import pytest

import fairflip
from fairflip.protos.errors import ConfigurationError


def share_of_women(texts):
    """1 where a text is of women alone, 0 where it is of men alone."""
    words = [(text.lower().count("she"), text.lower().count("he")) for text in texts]
    return np.array([women / max(1, men) for women, men in words])


def of_chinese(texts):
    return np.array([float("女的" in text) for text in texts])


@pytest.fixture
def chinese_terms(tmp_path):
    path = tmp_path / "zh.csv"
    path.write_text("term,group,category,swap\n女,f,gender,男\n男,m,gender,女\n", encoding="utf-8")
    return str(path)


def test_a_score_is_the_mean_over_the_text_and_its_swaps():
    fair = fairflip.averaged(share_of_women, categories=["gender"])
    np.testing.assert_array_equal(share_of_women(["she ran", "he ran"]), [1, 0])
    np.testing.assert_array_equal(fair(["she ran", "he ran"]), [0.5, 0.5])


@pytest.mark.parametrize("remedied", [fairflip.averaged, fairflip.blinded])
def test_a_segmenter_finds_words_that_stand_without_spaces(remedied, chinese_terms):
    text = "子女是女的"
    without = remedied(of_chinese, terms=chinese_terms)
    assert without.texts_asked([text]) == [[text]]
    with_words = remedied(of_chinese, terms=chinese_terms, segmenter="jieba")
    [asked] = with_words.texts_asked([text])
    assert asked[-1] == ("子女是男的" if remedied is fairflip.averaged else "子女是的")
    assert with_words([text])[0] == (0.5 if remedied is fairflip.averaged else 0.0)


@pytest.mark.parametrize(
    ("remedied", "setting"),
    [
        (fairflip.averaged, "tagger"),
        (fairflip.averaged, "segmenter"),
        (fairflip.blinded, "segmenter"),
    ],
)
def test_what_is_not_installed_is_named(remedied, setting, chinese_terms):
    with pytest.raises(ConfigurationError, match="no_such_thing"):
        remedied(of_chinese, terms=chinese_terms, **{setting: "no_such_thing"})
