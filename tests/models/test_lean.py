"""Without TensorFlow and TFMA evaluations work, say what is left out, and refuse what needs them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from fairflip.pipeline.cli import main


@pytest.fixture
def arguments(comments, tmp_path):
    frame = comments.assign(score=comments["label"] * 0.8 + 0.1)
    frame["counterfactual.text"] = frame["text"].str.replace("she", "he")
    frame["counterfactual.score"] = 0.4
    frame.to_parquet(tmp_path / "pairs.parquet")
    return [
        "evaluate",
        f"--pairs={tmp_path / 'pairs.parquet'}",
        *("--id_feature=id", "--text_feature=text", "--label_feature=label"),
        *("--score=m=score", f"--output_dir={tmp_path / 'out'}"),
    ]


def test_this_environment_has_neither():
    for name in ("tensorflow", "keras", "tensorflow_model_analysis", "tfx_bsl"):
        assert importlib.util.find_spec(name) is None


def test_scores_in_the_data_are_evaluated_and_what_is_left_out_is_said_once(arguments, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "fairflip", *arguments], capture_output=True, text=True, check=False
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    assert output.count("OUT/tfma is left out") == 1
    assert "WARNING" not in output
    assert (tmp_path / "out" / "report.html").exists()
    assert not (tmp_path / "out" / "tfma").exists()


@pytest.mark.parametrize(
    ("flags", "field"),
    [
        (["--tfma_result=true"], "output.tfma_result"),
        (["--model=k={folder}/model.keras"], "models[1].path"),
        (["--eval_config={folder}/config.textproto"], "evaluation.eval_config"),
    ],
)
def test_what_needs_them_is_refused_with_the_cure(arguments, tmp_path, capsys, flags, field):
    for name in ("model.keras", "config.textproto"):
        (tmp_path / name).write_bytes(b"")
    flags = [flag.format(folder=tmp_path) for flag in flags]
    assert main([*arguments, *flags, "--quiet"]) == 2
    output = capsys.readouterr().err
    assert f"{field}: needs tensorflow and tensorflow_model_analysis" in output
    assert "requirements.lock" in output
