"""Slips on the command line: one sentence and exit code 2, never a traceback; and dry runs."""

from __future__ import annotations

import pathlib
import runpy
import sys

import pandas as pd
import pytest

from fairflip.pipeline import cli
from support import control_reports

PAIRS = ("--pairs=pairs.csv", "--score=m=score")


@pytest.fixture
def folder(tmp_path, monkeypatch) -> pathlib.Path:
    """The current directory, with what a person may have lying about."""
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame(
        {
            "example_id": [f"x{i}" for i in range(30)],
            "comment_text": ["" if i == 4 else f"she is {i}" for i in range(30)],
            "counterfactual.comment_text": [f"he is {i}" for i in range(30)],
            "toxicity": [i % 2 for i in range(30)],
            "score": 0.1,
            "counterfactual.score": 0.2,
        }
    )
    table.to_csv("pairs.csv", index=False)
    table[["example_id", "comment_text", "toxicity"]].to_csv("examples.csv", index=False)
    (tmp_path / "folder").mkdir()
    for name, content in {
        "file": b"x",
        "empty.csv": b"",
        "bad.textproto": b"models {",
        "bytes.yaml": b"\xff\xfe\x00",
        "model.keras": b"no archive",
        "model.pkl": b"",
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


SLIPS = {
    "no flag at all": (["evaluate"], "no model is named"),
    "a misspelt command": (["evalaute"], "did you mean 'evaluate'?"),
    "a flag without its value": (["evaluate", "--pairs"], "expected one argument"),
    "an empty pattern": (["evaluate", "--pairs=", "--output_dir=out"], "is empty"),
    "a folder as a file": (["evaluate", "--pairs=folder", *PAIRS[1:], "--output_dir=out"], "is a directory"),
    "an empty file": (["evaluate", "--pairs=empty.csv", *PAIRS[1:], "--output_dir=out"], "is empty"),
    "a misspelt column": (["evaluate", PAIRS[0], "--score=m=scor", "--output_dir=out"], "did you mean 'score'?"),
    "a word for a number": (["evaluate", *PAIRS, "--threshold=high", "--output_dir=out"], "is not a number"),
    "a number out of range": (["evaluate", *PAIRS, "--threshold=2", "--output_dir=out"], "is not in [0, 1)"),
    "an output that is a file": (["evaluate", *PAIRS, "--output_dir=file"], "is a file"),
    "an output below a file": (["evaluate", *PAIRS, "--output_dir=file/x"], "lies below"),
    "an output with a star": (["evaluate", *PAIRS, "--output_dir=o*"], "a pattern of names"),
    "an output with a bracket": (["evaluate", *PAIRS, "--output_dir=out[1]"], "a pattern of names"),
    "an output with a long name": (["evaluate", *PAIRS, f"--output_dir={'y' * 300}"], "cannot be made"),
    "an output where none can be": (["evaluate", *PAIRS, "--output_dir=/proc/none"], "cannot be made"),
    "a configuration that is a folder": (["evaluate", "--config=folder"], "cannot be read"),
    "a configuration that is data": (["evaluate", "--config=pairs.csv"], "not valid textproto"),
    "a configuration of bytes": (["evaluate", "--config=bytes.yaml"], "is not UTF-8"),
    "a broken configuration": (["evaluate", "--config=bad.textproto"], "before the end of the file"),
    "a model without a name": (["evaluate", PAIRS[0], "--model=x", "--output_dir=out"], "NAME=PATH"),
    "a pickled model": (["evaluate", PAIRS[0], "--model=m=model.pkl", "--output_dir=out"], "does not end in .keras"),
    "a model that is none": (["evaluate", PAIRS[0], "--model=m=model.keras", "--output_dir=out"], "is no Keras 3 model file"),
    "a model named like a path": (["evaluate", PAIRS[0], "--score=../m=score", "--output_dir=out"], "cannot name files"),
    "two models of one name": (["evaluate", *PAIRS, "--score=m=score", "--output_dir=out"], "is models[0].name too"),
    "a list of terms that is none": (["generate", "--examples=examples.csv", "--terms=pairs.csv", "--output_dir=out"], "has no column 'term'"),
    "no such list of terms": (["generate", "--examples=examples.csv", "--terms=none.csv", "--output_dir=out"], "does not exist"),
    "no such run": (["gate", "--run=none", "--limits=bad.textproto"], "is not a directory"),
    "a folder that is no run": (["report", "--run=folder"], "has no run_report.json"),
    "escape sequences": (["evaluate", "--pairs=\x1b[2J.csv", "--output_dir=out"], "control character"),
    "half a character": (["evaluate", "--pairs=\udcff.csv", "--output_dir=out"], "not valid Unicode"),
    "a file as a web address": (["download", "civil_comments", "--base_url=file:///etc/"], "is no web address"),
    "fewer rejects than none": (["evaluate", *PAIRS, "--max_rejects=-1", "--output_dir=out"], "neither a share nor a count"),
}  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_answered_in_a_sentence(folder, capsys, slip):
    arguments, part = SLIPS[slip]
    assert cli.main(arguments) == 2
    output = capsys.readouterr().err
    assert part in output
    assert "Traceback" not in output
    assert "the run broke" not in output
    assert all(char.isprintable() or char == "\n" for char in output)
    assert not (folder / "out" / "run_report.json").exists()


def test_a_first_try_that_failed_does_not_take_the_directory(folder, capsys):
    """A wrong file, then the right one: nothing is there yet that --overwrite could protect."""
    good = ["generate", "--examples=examples.csv", "--output_dir=out", "--quiet"]
    assert cli.main([*good, "--terms=pairs.csv"]) == 2
    assert cli.main(good) == 0
    capsys.readouterr()
    assert cli.main([*good, "--terms=clp_tutorial"]) == 2
    assert "--overwrite" in capsys.readouterr().err


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(folder, capsys):
    before = sorted(folder.rglob("*"))
    assert cli.main(["evaluate", *PAIRS, "--output_dir=out", "--dry_run"]) == 0
    output = capsys.readouterr().out
    assert "fairflip evaluate would: read; pair; score; count; write the report." in output
    size = (folder / "pairs.csv").stat().st_size
    assert f"Input pairs: 1 file, {size:,} bytes" in output
    assert "Looked at 30 records: 29 are good; left out: 1 empty_text." in output
    assert "Output: out" in output
    run = ["run", "--examples=examples.csv", "--train_examples=examples.csv", "--output_dir=out"]
    (folder / "run.textproto").write_text('models { name: "b" train {} }')
    assert cli.main([*run, "--config=run.textproto", "--dry_run"]) == 0
    output = capsys.readouterr().out
    assert "Of these 29 would be paired, with 29 counterfactuals." in output
    assert "Input train examples: 1 file" in output
    assert sorted(folder.rglob("*")) == sorted([*before, folder / "run.textproto"])
    # A dry run finds what a run would trip over.
    assert cli.main(["evaluate", PAIRS[0], "--score=m=x", "--output_dir=out", "--dry_run"]) == 2


@pytest.mark.parametrize("module", ["fairflip", "fairflip.pipeline.cli"])
def test_the_package_is_a_command_too(monkeypatch, capsys, module):
    monkeypatch.setattr(sys, "argv", ["fairflip", "evaluate", "--thresold=1"])
    with pytest.raises(SystemExit) as stop:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    assert stop.value.code == 2
    assert "did you mean --threshold?" in capsys.readouterr().err


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_summary_has_colours_where_a_terminal_is(monkeypatch, capsys, is_terminal):
    from fairflip.pipeline.cli import commands

    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    commands._print_summary(control_reports.two_models(control=0.03, excess=(0.04, 0.03, 0.05)))
    assert ("\x1b[1;31m" in capsys.readouterr().out) == is_terminal
