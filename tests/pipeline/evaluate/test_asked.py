"""A dry run says what is asked, in numbers that the run then holds to."""

from __future__ import annotations

import re
import sys
import types

import numpy as np
import pandas as pd
import pytest
from apache_beam.ml.inference.base import ModelHandler

from fairflip.pipeline import cli
from support.scoring_service import scoring_service

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

CALLS: list[list[str]] = []
COMMON = ["--pairs=pairs.csv", "--output_dir=out", "--overwrite", "--quiet"]


class Recording(ModelHandler):
    """The length of a text; keeps what each call held."""

    def __init__(self):
        super().__init__(max_batch_size=8)

    def load_model(self):
        return set()

    def run_inference(self, batch, model, inference_args=None):
        CALLS.append(list(batch))
        return [len(text) / 100 for text in batch]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = types.ModuleType("asked_handlers")
    made.eight = Recording
    monkeypatch.setitem(sys.modules, "asked_handlers", made)
    rng = np.random.default_rng(0)
    rows = 150
    pd.DataFrame(
        {
            "example_id": [str(i // 2) for i in range(rows)],
            "comment_text": [f"she owns {i // 2 % 40} of the cats" for i in range(rows)],
            "counterfactual.comment_text": [
                f"he owns {n} of the cats" for n in rng.integers(0, 60, rows)
            ],
        }
    ).to_csv("pairs.csv", index=False)
    CALLS.clear()
    return tmp_path


def output_of(capsys, *more):
    assert cli.main(["evaluate", *COMMON, *more, "--dry_run"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("repeats", [1, 2])
def test_what_is_said_is_what_is_asked(folder, capsys, repeats):
    model = ["--model=m=beam:asked_handlers:eight", f"--repeats={repeats}", "--score_cache=scores"]
    output = output_of(capsys, *model)
    assert "Model m: scored 8 texts in " in output
    assert len(CALLS) == 1
    assert [path.name for path in folder.iterdir()] == ["pairs.csv"], "nothing is written"
    num_texts, num_calls = map(
        int,
        re.search(r"  ([\d,]+) (?:distinct|answers).* asked for, in (\d+) calls", output).groups(),
    )
    CALLS.clear()
    assert cli.main(["evaluate", *COMMON, *model]) == 0
    # The second look at a sample comes last, where each text is scored once.
    num_again = 0
    if repeats == 1:
        num_again = int(re.search(r"and (\d+) of all once more", output)[1])
    sizes = [len(call) for call in CALLS]
    assert num_texts <= sum(sizes) <= num_texts + num_again
    of_one_repeat = num_texts // repeats
    left_over = [of_one_repeat % 8] * (of_one_repeat % 8 > 0)
    assert sizes[:num_calls] == ([8] * (of_one_repeat // 8) + left_over) * repeats
    again = output_of(capsys, *model)
    assert f"{num_texts} are in the score cache; 0 would be asked for, in 0 calls" in again


def test_a_service_is_not_tried_without_a_word(folder, capsys, monkeypatch):
    monkeypatch.setenv("SCORING_TOKEN", "token")
    with scoring_service(lambda text: len(text) / 100) as service:
        (folder / "service.yaml").write_text(service.description())
        model = "--model=judge=http:service.yaml"
        output = output_of(capsys, model)
        assert "Model judge: not tried; with --allow_remote it is asked for 8 texts." in output
        assert re.search(r"([\d]+) distinct texts; \1 would be asked for, in \1 calls\.", output)
        assert service.asked.total() == 0
        assert "Model judge: scored 8 texts in" in output_of(capsys, model, "--allow_remote")
        assert service.asked.total() == 8


def test_a_factory_that_does_not_exist(folder, capsys):
    model = "--model=m=beam:asked_handlers:nine"
    assert cli.main(["evaluate", *COMMON, model, "--dry_run"]) == 2
    assert "'asked_handlers:nine' cannot be imported" in capsys.readouterr().err


def test_scores_off_the_scale_are_refused_before_the_run(folder, capsys, monkeypatch):
    functions = {
        "logits": lambda texts: [3.0 * int(text.split()[2]) - 6 for text in texts],
        "hard": lambda texts: [int(text.endswith("s")) for text in texts],
        "gaps": lambda texts: [None if i % 4 == 1 else 0.25 for i in range(len(texts))],
    }
    for name, function in functions.items():
        monkeypatch.setattr(sys.modules["asked_handlers"], name, function, raising=False)
    logits = ["evaluate", *COMMON, "--model=m=py:asked_handlers:logits", "--dry_run"]
    assert cli.main(logits) == 2
    assert "--score_scale m=logit" in capsys.readouterr().err
    assert cli.main([*logits, "--score_scale=m=logit"]) == 0
    assert "Model m: scored 8 texts in" in capsys.readouterr().out
    assert "; each is 0 or 1: gaps and" in output_of(capsys, "--model=m=py:asked_handlers:hard")
    output = output_of(capsys, "--model=m=py:asked_handlers:gaps")
    assert re.search(r"scored 6 texts in \S+ s, from 0.25 to 0.25, and 2 not at all\.", output)
