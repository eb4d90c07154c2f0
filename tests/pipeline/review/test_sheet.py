"""Sheets go to people's spreadsheets and come back as spreadsheets write them."""

from __future__ import annotations

import csv
import io

import pytest

from fairflip.pipeline.review.sample import SampledPair
from fairflip.pipeline.review.sheet import Answer, as_csv, read_answers
from fairflip.protos.errors import InputError

KEYS = ("00aa", "00bb", "00cc")


def write(tmp_path, text: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "ann.csv"
    path.write_text(text, encoding=encoding)
    return str(path)


def test_a_sheet_is_blind_and_holds_no_formula():
    text = as_csv([SampledPair("00aa", "e1", '=HYPERLINK("x")', "a, b\nc", 1.0)])
    header, row = csv.reader(io.StringIO(text))
    assert header == ["key", "original", "counterfactual", "valid", "same_decision", "note"]
    assert row == ["00aa", '\'=HYPERLINK("x")', "a, b\nc", "", "", ""]


def test_answers_in_any_spelling(tmp_path):
    path = write(
        tmp_path,
        "key;valid;same_decision;note\n00aa;Yes;1;fine\n00bb;N;;\n00cc;?;no;\n;;;\n",
        "utf-8-sig",
    )
    answers = read_answers(path, KEYS)
    assert answers.reviewer == "ann"
    assert answers.by_key == {
        "00aa": Answer(True, True),
        "00bb": Answer(False, None),
        "00cc": Answer(None, False),
    }
    assert [answers.by_key[key].counts for key in KEYS] == [True, False, None]


def test_a_column_names_the_reviewer(tmp_path):
    path = write(tmp_path, "key,valid,same_decision,reviewer\n00aa,yes,,\n00bb,yes,no,Bo\n")
    answers = read_answers(path, KEYS)
    assert answers.reviewer == "Bo"
    assert answers.by_key["00aa"].counts is None


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("key,valid\n00aa,yes\n", "no column 'same_decision'"),
        ("key,valid,same_decision\nffff,yes,yes\n", "line 2.*'ffff'.*seed"),
        ("key,valid,same_decision\n00aa,yes,yes\n00aa,no,\n", "line 3.*twice"),
        ("key,valid,same_decision\n00aa,perhaps,yes\n", "line 2: valid is 'perhaps'"),
    ],
)
def test_wrong_sheets_are_refused_by_line(tmp_path, text, output):
    with pytest.raises(InputError, match=output):
        read_answers(write(tmp_path, text), KEYS)
