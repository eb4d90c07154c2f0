"""Stray quotation marks in CSV files: no record but the one that holds the mark is lost."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.read.csv_quotes import QuoteCheck
from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.errors import InputError

LAYOUT = RecordLayout(id="id", texts=("text",), label="label", numbers=("s",))
HEADER = "id,text,label,s,note\n"


def records(num: int) -> list[str]:
    return [f"e{n},text {n} here,{n % 2},0.{n % 9 + 1},n{n}" for n in range(num)]


def read(folder, text: str):
    path = folder / "x.csv"
    path.write_bytes(text.encode())
    table, rejects = read_table([str(path)], LAYOUT, batch_size=7)
    return dict(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True)), rejects


@given(
    num=st.integers(3, 60),
    places=st.lists(st.tuples(st.integers(0, 59), st.sampled_from(["text", "rest", " here,"])), min_size=1, max_size=6),
)  # fmt: skip
def test_stray_marks_spoil_their_own_records_alone(tmp_path_factory, num, places):
    """Before a value, inside of it, at its end: what stands between two marks stays."""
    lines = records(num)
    damaged = set()
    for line, place in places:
        if line < num and line not in damaged:
            damaged.add(line)
            at = {"text": f"text {line}", "rest": f" {line} here", " here,": ","}[place]
            before, _, after = (
                lines[line].rpartition(at) if place == " here," else (lines[line].partition(at))
            )
            lines[line] = f'{before}"{at}{after}'
    expected = {f"e{n}": f"text {n} here" for n in range(num) if n not in damaged}
    folder, refusal = tmp_path_factory.mktemp("csv"), ""
    try:
        good, rejects = read(folder, HEADER + "\n".join(lines) + "\n")
    except InputError as error:
        refusal = str(error)
    if refusal:
        # The last record's mark has no record after it: the file may as well be cut off.
        assert max(damaged) == num - 1
        assert f"on line {num + 1} is never closed; reading stopped there" in refusal
        return
    assert good == expected
    assert {r.reason for r in rejects} <= {"stray_quote"}
    assert {r.record for r in rejects} == {f"record {n + 1}" for n in damaged}


VALUES = st.text(alphabet=st.sampled_from('ab ,"\n\r;é'), max_size=12)


@given(
    rows=st.lists(st.tuples(VALUES, VALUES, VALUES), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    cut=st.integers(1, 40),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_rfc_4180_allows_passes_unchanged_however_it_is_cut(rows, delimiter, cut, end):
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b", "c"), *rows])
    content = file.getvalue().encode()
    check = QuoteCheck("x.csv", delimiter, 3, None)
    pieces = [content[at : at + cut] for at in range(0, len(content), cut)]
    passed = b"".join(check.pass_on(piece, is_last=False) for piece in pieces)
    assert passed + check.pass_on(b"", is_last=True) == content
    assert check.kept_back == []


def test_marks_in_pairs_inside_of_an_unquoted_value_are_text(tmp_path):
    good, rejects = read(tmp_path, HEADER + 'a,she said "hi" to me,1,0.5,\nb,5" wide,0,0.5,\n')
    assert good == {"a": 'she said "hi" to me'}
    assert [(r.record, r.reason) for r in rejects] == [("record 2", "stray_quote")]
    assert "line 3" in rejects[0].detail


def test_a_text_of_several_lines_is_one_value_even_if_it_has_separators(tmp_path):
    text = "Dear all,\nthanks, bye\nshe, he, they, we\nme"
    good, rejects = read(tmp_path, HEADER + f'a,"{text}",1,0.5,x\nb,c,0,0.5,x\n')
    assert good == {"a": text, "b": "c"}
    assert rejects == []


def test_two_marks_around_whole_records_do_not_make_one_record_of_them(tmp_path):
    """By RFC 4180 this is one long value; each of its lines is a record."""
    lines = records(9)
    lines[2] = lines[2].replace("text 2", '"text 2')
    lines[6] = lines[6].replace("6 here", '6 here"')
    good, rejects = read(tmp_path, HEADER + "\n".join(lines) + "\n")
    assert sorted(good) == ["e0", "e1", "e3", "e4", "e5", "e7", "e8"]
    assert [r.record for r in rejects] == ["record 3", "record 7"]


def test_lines_that_may_be_a_text_or_records_stop_the_run(tmp_path):
    inner = "and then\nshe went\nhome"
    with pytest.raises(InputError, match=r"on line 3 is closed on line 6, and which lines between"):
        read(tmp_path, HEADER + f'a,b,1,0.5,\nc,"He said\n{inner}"oops,1,0.5,x\nd,e,0,0.5,\n')


def test_a_stray_mark_in_the_header_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"x\.csv: the header has a stray quotation mark"):
        read(tmp_path, HEADER.replace("note", '"no"te') + "a,b,1,0.5,\n")
