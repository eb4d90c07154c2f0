"""Encodings and separators of text files: found out, or as given; damage is no encoding."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fairflip.pipeline.read.files import check_inputs, read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.read.text_encodings import Utf8Stream

LAYOUT = RecordLayout(id="id", texts=("text",), label="label")
WORDS = ("café", "naïve", "“she”", "it’s", "Köln", "£5 señor", "plain", "a, b", 'say "hi"')
FOUND_OUT = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-32")


def text_of(rows, delimiter: str = ",") -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows([("id", "text", "label"), *rows])
    return file.getvalue()


def read(path, **settings):
    layout = RecordLayout(id="id", texts=("text",), label="label", **settings)
    table, rejects = read_table([str(path)], layout)
    return list(zip(*(table[name].to_pylist() for name in ("id", "text")), strict=True)), rejects


@given(
    texts=st.lists(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
        min_size=2,
        max_size=8,
    ),
    encoding=st.sampled_from(FOUND_OUT),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    is_named=st.booleans(),
)
def test_files_as_programs_write_them(tmp_path_factory, texts, encoding, delimiter, is_named):
    path = tmp_path_factory.mktemp("text") / "x.csv"
    rows = [(f"e{n}", text, n % 2) for n, text in enumerate(texts)]
    if encoding == "cp1252":
        assume(is_named or sum(not text.isascii() for text in texts) > 1)
    path.write_bytes(text_of(rows, delimiter).encode(encoding))
    given_too = {"encoding": encoding, "delimiter": delimiter} if is_named else {}
    good, rejects = read(path, **given_too)
    assert good == [(name, text) for name, text, _ in rows]
    assert rejects == []


def test_what_was_found_out_is_said(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(text_of([("a", "café", 1), ("b", "naïve", 0)], ";").encode("cp1252"))
    notes = check_inputs([str(path)], LAYOUT).notes
    assert [note.split(": ", 1)[1] for note in notes] == [
        "is read as cp1252; if it is not, name its encoding (--encoding)",
        "its values are separated by ';'; if not, name what separates them (--delimiter)",
    ]
    path.write_bytes(text_of([("a", "café", 1)]).encode())
    assert check_inputs([str(path)], LAYOUT).notes == ()


DAMAGE = (b"\xff", b"\xc3(", b"\x80\x80", b"\xed\xa0\x80", b"\xf5", b"\xe9", b"\xc3")


@given(
    num=st.integers(2, 12),
    damage=st.lists(st.tuples(st.integers(0, 11), st.sampled_from(DAMAGE)), min_size=1, max_size=3),
    letter=st.booleans(),
)
def test_damaged_utf_8_is_no_other_encoding(tmp_path_factory, num, damage, letter):
    """Where one letter is valid UTF-8, or where a byte stands as no letter would."""
    rows = [(f"e{n}", f"text {n} of all", n % 2) for n in range(num)]
    if letter:
        rows.append(("last", "größer", 0))
    lines = text_of(rows).encode().split(b"\r\n")
    spoilt = {}
    for row, what in damage:
        if row < num and row not in spoilt:
            spoilt[row] = what
            # Between signs, where cp1252 has no letter.
            lines[row + 1] = lines[row + 1].replace(b" of", b" " + what + b" of")
    path = tmp_path_factory.mktemp("text") / "x.csv"
    path.write_bytes(b"\r\n".join(lines))
    good, rejects = read(path)
    assert [name for name, _ in good] == [
        name for n, (name, _, _) in enumerate(rows) if n not in spoilt
    ]
    assert {r.reason for r in rejects} <= {"invalid_utf8"}
    assert len(rejects) == len(spoilt)


@given(data=st.binary(max_size=40), size=st.integers(1, 7), damaged=st.booleans())
def test_utf_8_in_pieces_is_what_it_is_whole(data, size, damaged):
    content = data if damaged else data.decode("utf-8", "replace").encode()
    content = "é".encode() + content
    stream = Utf8Stream(io.BytesIO(content), "utf-8")
    pieces = []
    while piece := stream.read(size):
        pieces.append(piece)
    actual = b"".join(pieces)
    assert actual.decode("utf-8")  # valid in any case
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        assert stream.has_no_text
    else:
        assert actual == content


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_json_lines_of_other_encodings(tmp_path, encoding, pack):
    rows = [{"id": f"e{n}", "text": f"the café {n}", "label": n % 2} for n in range(5)]
    content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path = tmp_path / ("x.jsonl" + (".gz" if pack is gzip.compress else ""))
    path.write_bytes(pack(content.encode(encoding)))
    good, rejects = read(path)
    assert good == [(row["id"], row["text"]) for row in rows]
    assert rejects == []


def test_bytes_that_the_named_encoding_does_not_have_spoil_their_record(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"id,text,label\na,caf\xe9,1\nb,un\x81known,0\n")
    good, rejects = read(path, encoding="cp1252")
    assert good == [("a", "café")]
    assert [(r.record, r.reason) for r in rejects] == [("b", "invalid_utf8")]
