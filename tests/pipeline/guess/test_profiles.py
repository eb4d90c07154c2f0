"""What the first records tell of a column."""

from __future__ import annotations

import pytest

from fairflip.pipeline.guess.profiles import profiles_of
from fairflip.pipeline.read.layout import RecordLayout


def profile(tmp_path, name, values):
    path = tmp_path / "one.csv"
    path.write_text("\n".join([f"{name},other", *(f"{v},1" for v in values)]), encoding="utf-8")
    [one] = profiles_of(str(path), "csv", RecordLayout(), [name])
    return one


@pytest.mark.parametrize(
    ("name", "values", "is_text", "is_id", "is_label"),
    [
        ("comment", ["a b c d", "b c d e", "c d e f"], True, False, False),
        ("zh", ["这个女人喜欢唱歌", "那个男人在读书呢", "我们去河边散步"], True, False, False),
        ("grade", ["very good one", "very bad one"] * 30, False, False, True),
        ("city", ["Ulm", "Bonn", "Kiel"], False, False, True),
        ("comment_id", ["a1", "b2", "c3"], False, True, True),
        ("author_id", ["a", "a", "b"], False, False, True),
        ("row_id", [0.5, 1.25, 2.5], False, False, False),
        ("score", [0.5, 0.25, 0.125], False, False, True),
        ("stars", [1, 2, 5], False, False, False),
        ("sides", [1, 2, 1], False, False, True),
        ("empty", ["", "", ""], False, False, False),
    ],
)
def test_what_a_column_may_be(tmp_path, name, values, is_text, is_id, is_label):
    one = profile(tmp_path, name, values)
    assert (one.is_text, one.is_id, one.is_label) == (is_text, is_id, is_label)


@pytest.mark.parametrize("name", ["label", "is_toxic", "Label", "human_label", "hate"])
def test_names_that_labels_have(tmp_path, name):
    assert profile(tmp_path, name, [0, 1]).names_a_label


@pytest.mark.parametrize("name", ["gender", "hatred_of_rain", "this", "labeler"])
def test_names_that_others_have(tmp_path, name):
    assert not profile(tmp_path, name, [0, 1]).names_a_label
