"""The command line asks a service: killed and started again, refused, and with no secret in it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

import fairflip
from fairflip.protos.errors import UserError
from support.scoring_service import scoring_service

pytestmark = pytest.mark.system

TOKEN = "a-token-that-nobody-may-see"
CONCURRENCY = 4


def score_of(text):
    return sum(map(ord, text)) % 101 / 100


@pytest.fixture
def service(tmp_path):
    with scoring_service(score_of) as running:
        (tmp_path / "service.yaml").write_text(running.description(concurrency=CONCURRENCY))
        rows = range(150)
        pd.DataFrame(
            {
                "example_id": [str(i // 2) for i in rows],
                "comment_text": [f"she owns {i // 2} of the cats" for i in rows],
                "counterfactual.comment_text": [f"he owns {i} of the cats" for i in rows],
            }
        ).to_csv(tmp_path / "pairs.csv", index=False)
        yield running


def command(tmp_path, *more):
    return [
        *(sys.executable, "-m", "fairflip", "evaluate", f"--pairs={tmp_path}/pairs.csv"),
        *(f"--model=judge=http:{tmp_path}/service.yaml", f"--score_cache={tmp_path}/scores"),
        *(f"--output_dir={tmp_path}/out", "--overwrite", *more),
    ]


def started(tmp_path, *more):
    environment = {**os.environ, "SCORING_TOKEN": TOKEN}
    return subprocess.Popen(
        command(tmp_path, *more),
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_killed_and_started_again_it_asks_only_for_what_was_in_flight(service, tmp_path):
    service.delay = 0.1
    process = started(tmp_path, "--allow_remote")
    until = time.monotonic() + 120
    while service.answered.total() < 60 and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(0.3)  # what is under way ends
    first = set(service.asked)
    assert 60 <= len(first) < 225
    service.asked.clear()
    process = started(tmp_path, "--allow_remote")
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    assert len(set(service.asked) & first) <= CONCURRENCY
    assert len(set(service.asked) | first) == 75 + 150
    assert set(service.asked.values()) == {1}
    report = json.loads((tmp_path / "out" / "run_report.json").read_text())
    [overall] = [s for s in report["models"][0]["slices"] if s["slice"] == "Overall"]
    flips = sum(
        (score_of(f"she owns {i // 2} of the cats") > 0.5)
        != (score_of(f"he owns {i} of the cats") > 0.5)
        for i in range(150)
    )
    assert int(overall["thresholds"][0]["flip_count"]) == flips > 0
    # Nothing of the run holds what the environment said.
    assert TOKEN not in output
    for path in tmp_path.rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes(), path


def test_from_python_a_service_is_named_as_on_the_command_line(service, tmp_path, monkeypatch):
    monkeypatch.setenv("SCORING_TOKEN", TOKEN)
    result = fairflip.evaluate(
        pd.read_csv(tmp_path / "pairs.csv", dtype={"example_id": str}),
        id="example_id",
        text="comment_text",
        models={"judge": f"http:{tmp_path}/service.yaml"},
        allow_remote=True,
    )
    assert result.report.models[0].slices[0].num_pairs == 150
    assert set(service.asked.values()) == {1}
    assert len(service.asked) == 75 + 150


def test_one_answer_holds_the_numbers_of_several_outputs(service, tmp_path, monkeypatch):
    monkeypatch.setenv("SCORING_TOKEN", TOKEN)
    outputs = {"INSULT": score_of, "THREAT": lambda text: score_of(text[::2])}
    service.score_of = lambda text: {name: {"value": of(text)} for name, of in outputs.items()}
    description = service.description().replace("/scores/toxic", '"/scores/toxic/{{output}}/value"')
    (tmp_path / "service.yaml").write_text(description)
    pairs = pd.read_csv(tmp_path / "pairs.csv", dtype={"example_id": str})
    settings = {"id": "example_id", "text": "comment_text", "allow_remote": True}
    models = {"judge": f"http:{tmp_path}/service.yaml"}
    result = fairflip.evaluate(pairs, models, output={"judge": list(outputs)}, **settings)
    assert set(service.asked.values()) == {1}
    assert len(service.asked) == 75 + 150
    for model in result.report.models:
        of = outputs[model.output]
        before = pairs["comment_text"].map(of) > 0.5
        after = pairs["counterfactual.comment_text"].map(of) > 0.5
        assert model.slices[0].thresholds[0].flip_count == (before != after).sum() > 0
    assert [model.output for model in result.report.models] == list(outputs)
    with pytest.raises(UserError, match="name the outputs"):
        fairflip.evaluate(pairs, models, **settings)


def test_nothing_is_sent_without_a_word(service, tmp_path):
    process = started(tmp_path)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "if that is meant, give --allow_remote" in output
    assert service.asked.total() == 0


def test_answers_that_cannot_be_read_stop_the_run_with_their_share(service, tmp_path):
    service.score_of = lambda text: "I would rather not say"
    process = started(tmp_path, "--allow_remote")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 2
    assert "(100.0%) have no answer that can be read" in output
    assert "rather not" not in output
    assert "Traceback" not in output
