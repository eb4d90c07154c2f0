"""Mistakes end with exit code 2 and one clear sentence, soon; help costs nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli


@pytest.fixture
def pairs_file(tmp_path):
    path = tmp_path / "pairs.parquet"
    pq.write_table(
        pa.table(
            {
                "example_id": ["a", "b"],
                "comment_text": ["the woman sings", "a man cooks"],
                "counterfactual.comment_text": ["the sings", "a cooks"],
                "gender": [["female"], ["male"]],
                "score": [0.7, 0.2],
                "counterfactual.score": [0.3, 0.1],
            }
        ),
        path,
    )
    return path


def mistakes(pairs_file, tmp_path):
    good = [
        "evaluate",
        f"--pairs={pairs_file}",
        "--score=m=score",
        f"--output_dir={tmp_path / 'out'}",
    ]
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 this is no Parquet file")
    model = tmp_path / "none.keras"
    return {
        "missing column": ([*good, "--slice=religion"], "religion"),
        "unreadable file": ([good[0], f"--pairs={broken}", *good[2:]], "broken.parquet"),
        "no such file": ([good[0], f"--pairs={tmp_path / 'no.parquet'}", *good[2:]], "no.parquet"),
        "unknown flag": ([*good, "--threshhold=0.5"], "--threshold"),
        "flag value": ([*good, "--threshold=high"], "high"),
        "threshold range": ([*good, "--threshold=1.5"], "1.5"),
        "no such model": ([*good[:2], f"--model=m={model}", good[3]], "none.keras"),
        "unknown command": (["evalute"], "evaluate"),
        "unknown beam flag": ([*good, "--no_such_option=1"], "no_such_option"),
        "stray word": ([*good, "stray"], "stray"),
    }


@pytest.mark.parametrize(
    "mistake",
    [
        "missing column",
        "unreadable file",
        "no such file",
        "unknown flag",
        "flag value",
        "threshold range",
        "no such model",
        "unknown command",
        "unknown beam flag",
        "stray word",
    ],
)
def test_mistakes_exit_with_2_and_one_sentence(mistake, pairs_file, tmp_path, capsys):
    argv, expected = mistakes(pairs_file, tmp_path)[mistake]
    assert cli.main(argv) == 2
    error = capsys.readouterr().err.strip()
    assert expected in error
    assert len(error.splitlines()) == 1
    assert "Traceback" not in error


@pytest.mark.parametrize("mistake", ["missing column", "no such file", "no such model"])
def test_mistakes_are_answered_without_tensorflow(mistake, pairs_file, tmp_path):
    argv, expected = mistakes(pairs_file, tmp_path)[mistake]
    code = (
        "import sys; from fairflip.pipeline import cli; code = cli.main(sys.argv[1:]);"
        "assert 'tensorflow' not in sys.modules, 'TensorFlow was imported'; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *argv], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert expected in done.stderr


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from fairflip.pipeline import cli; cli.main(['--help']);"
        "heavy = {'tensorflow', 'apache_beam', 'pyarrow', 'pandas', 'numpy'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    started = time.process_time()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "evaluate" in done.stdout
    assert time.process_time() - started < 5


@pytest.mark.parametrize("command", list(cli.COMMANDS))
def test_every_command_has_help(command, capsys):
    assert cli.main([command, "--help"]) == 0
    assert command in capsys.readouterr().out


def test_an_empty_slice_is_named_not_dropped(pairs_file, tmp_path, capsys):
    """A slicing feature in which no record is in any group."""
    table = pq.read_table(pairs_file)
    empty = pa.array([[], []], pa.list_(pa.string()))
    pq.write_table(table.append_column("religion", empty), pairs_file)
    argv = [
        "evaluate",
        f"--pairs={pairs_file}",
        "--score=m=score",
        "--slice=religion",
        f"--output_dir={tmp_path / 'out'}",
        "--quiet",
    ]
    assert cli.main(argv) == 2
    assert "religion" in capsys.readouterr().err


def test_metrics_command_lists_what_is_available(capsys):
    assert cli.main(["metrics"]) == 0
    assert "FlipRate" in capsys.readouterr().out


def test_help_answers_in_a_fresh_process():
    done = subprocess.run(
        [sys.executable, "-m", "fairflip", "run", "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert done.returncode == 0
    assert "--loss_weight" in done.stdout
