"""`fairflip terms expand`: texts and a list in, a CSV for a person out, which is a list again."""

from __future__ import annotations

import csv
import gzip
import io

import numpy as np
import pytest

from fairflip.pipeline.cli.command_line import main
from fairflip.pipeline.cli.expand_terms import expand, parse_vectors, read_vectors
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.text.terms import parse_terms

SEEDS = "term,group,category,swap\nwoman,female,gender,man\nman,male,gender,woman\n"
PEOPLE = ["woman", "man", "zork", "florp"]


def texts_of(number=300):
    rng = np.random.default_rng(0)
    things, places = ["tea", "cake", "soup"], ["here", "there", "outside"]
    return [
        f"=now the {rng.choice(PEOPLE)} eats {rng.choice(things)} {rng.choice(places)}"
        + " with a muslim" * (i % 50 == 0)
        for i in range(number)
    ]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "seeds.csv").write_text(SEEDS + "wumph,other,gender,\n")
    with (tmp_path / "texts.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["words"])
        writer.writerows([text] for text in texts_of())
    return tmp_path


def command(files, *more):
    return [
        "terms", "expand", f"--examples={files / 'texts.csv'}", "--text_feature=words",
        f"--terms={files / 'seeds.csv'}", f"--output={files / 'out.csv'}", *more,
    ]  # fmt: skip


def test_the_list_comes_back_with_words_used_alike(files, capsys):
    assert main(command(files, "--max_terms=4")) == 0
    output = capsys.readouterr()
    assert "4 candidates behind 3 terms" in output.out
    assert "no term of 'other'" in output.err
    assert "6 texts name religion" in output.err
    rows = list(csv.DictReader(io.StringIO((files / "out.csv").read_text())))
    assert [row["term"] for row in rows[:3]] == ["woman", "man", "wumph"]
    assert rows[0]["swap"] == "man"
    assert {row["term"] for row in rows[3:5]} == {"zork", "florp"}
    scores = [float(row["score"]) for row in rows[3:]]
    assert scores == sorted(scores, reverse=True)
    for row in rows[3:5]:
        assert int(row["texts"]) == sum(row["term"] in text.split() for text in set(texts_of()))
        assert row["example"].startswith("'=now the")  # a spreadsheet runs no text
        assert row["term"] in row["example"]
    longer = load_terms(str(files / "out.csv"))
    assert len(longer) == 7
    assert longer.by_text["zork"].category == "gender"


def test_texts_stay_out_where_they_are_to(files):
    assert main(command(files, "--no_text")) == 0
    assert "now the" not in (files / "out.csv").read_text()


def test_vectors_from_a_file(files, capsys):
    lines = ["woman 1 0", "man 0.9 0.1", "tea 0.95 0", "zork 0 1", "unheard 1 0"]
    (files / "some.vec").write_text("\n".join(lines), encoding="utf-8")
    assert main(command(files, f"--vectors={files / 'some.vec'}")) == 0
    rows = list(csv.DictReader(io.StringIO((files / "out.csv").read_text())))
    assert [row["term"] for row in rows[3:]] == ["tea", "zork"]
    (files / "other.vec").write_text("cake 1 0\n", encoding="utf-8")
    capsys.readouterr()
    assert main(command(files, f"--vectors={files / 'other.vec'}")) == 2
    assert "the texts hold and the vectors have" in capsys.readouterr().err


def test_what_cannot_be_expanded_says_why(files, capsys):
    with pytest.raises(InputError, match="no single word stands in 5 of the 1 texts"):
        expand(["a woman eats"], parse_terms(SEEDS, "seeds"))
    assert main(command(files, "--max_terms=0")) == 2
    assert "--max_terms is 0; give a whole number" in capsys.readouterr().err
    assert main(command(files, "--text_feature=none")) == 2


def test_a_file_plain_or_compressed(tmp_path):
    (tmp_path / "plain.txt").write_text("tea 1 2\nsoup 3 4\n", encoding="utf-8")
    with gzip.open(tmp_path / "made.gz", "wt", encoding="utf-8") as file:
        file.write("tea 1 2\nsoup 3 4\n")
    for name in ("plain.txt", "made.gz"):
        actual = read_vectors(str(tmp_path / name), ["soup", "cake"], "--vectors")
        assert {word: list(row) for word, row in actual.items()} == {"soup": [3, 4]}


def test_no_such_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"--vectors: .*is no file"):
        read_vectors(str(tmp_path / "none"), ["soup"], "--vectors")


def test_wanted_words_alone_are_read_the_first_line_of_each():
    lines = ["4 2\n", "Tea 3 4\n", "soup 1 -1e-1\n", "tea 9 9\n", "other a b\n"]
    actual = parse_vectors(lines, {"tea", "soup"}, "file")
    assert {word: list(row) for word, row in actual.items()} == {"tea": [3, 4], "soup": [1, -0.1]}
    assert parse_vectors([], {"tea"}, "file") == {}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["tea 1 2", "soup 1"], "line 2: 1 numbers, expected 2"),
        (["tea"], "line 1: 0 numbers"),
        (["tea 1 x"], "line 1: what follows the word is no list of finite numbers"),
        (["tea 1 nan"], "line 1: what follows"),
    ],
)
def test_what_holds_no_vectors_says_so(lines, message):
    with pytest.raises(InputError, match=message):
        parse_vectors(lines, {"tea", "soup"}, "file")
