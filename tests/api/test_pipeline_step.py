"""A step of a pipeline: inputs under names of its own, a run, a gate, and a few numbers."""

from __future__ import annotations

import json
import types

import pandas as pd
import pytest

from fairflip import _pipeline_step as step
from fairflip.protos.errors import ConfigurationError

pytestmark = pytest.mark.system

CONFIG = """
models { name: "mine" score_feature: "score" }
data { id_feature: "example_id" text_feature: "comment_text" }
evaluation { slices: "gender" }
"""


def limits(most):
    return json.dumps(
        {
            "limits": [
                {"metric": "flip_rate", "slices": ["Overall"], "max": most},
                {"metric": "rejects.share", "max": 0.01},
                {"metric": "pairing.num_legitimate_flip_pairs", "max": 0},
                {"metric": "pairing.num_zero_weight_pairs", "max": 0},
            ]
        }
    )


@pytest.fixture
def pairs(tmp_path) -> str:
    """A file whose name says nothing of its format, as orchestrators name artifacts."""
    path = tmp_path / "input"
    pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(60)],
            "comment_text": [f"she wrote {i}" for i in range(60)],
            "counterfactual.comment_text": [f"he wrote {i}" for i in range(60)],
            "gender": ["female"] * 60,
            "score": [0.8 if i % 3 else 0.2 for i in range(60)],
            "counterfactual.score": [0.8 if i % 3 and i % 10 else 0.2 for i in range(60)],
        }
    ).to_parquet(path)
    return str(path)


class Metrics:
    def __init__(self):
        self.logged = {}

    def log_metric(self, metric, value):
        self.logged[metric] = value


@pytest.mark.parametrize(("most", "gate"), [(0.5, "pass"), (0.01, "fail"), (None, "pass")])
def test_a_task_fills_its_outputs_and_says_pass_or_fail(tmp_path, pairs, most, gate):
    text = limits(most) if most else ""
    run, page, summary = (types.SimpleNamespace(path=str(tmp_path / n)) for n in ("r", "p", "s"))
    metrics = Metrics()
    told = step.perform_task(CONFIG, run, page, summary, metrics, pairs=pairs, limits=text)
    report = json.loads((tmp_path / "r" / "run_report.json").read_text())
    assert told == (gate, report["verdict"]["light"])
    flips = sum(1 for i in range(60) if i % 3 and not i % 10)
    assert metrics.logged["mine/flip_rate_at_0.5"] == pytest.approx(flips / 60)
    assert not any("gender" in key for key in metrics.logged)
    details = tmp_path / "r" / "details"
    parts = ["gate.md", "report.md"] if most else ["report.md"]
    texts = "\n".join((details / name).read_text() for name in parts)
    assert (tmp_path / "s").read_text() == texts
    assert (tmp_path / "p").read_text() == (tmp_path / "r" / "report.html").read_text()


def test_a_command_that_does_not_run_is_an_error(tmp_path, pairs, capsys):
    with pytest.raises(ConfigurationError, match="evaluate ended with exit code 2"):
        step.perform_step("models { name: 'x' }", str(tmp_path / "run"), pairs=pairs)
    assert "models[0]" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["../pairs.parquet", "", ".."])
def test_names_hold_no_folder(tmp_path, pairs, name):
    with pytest.raises(ConfigurationError, match="no file name"):
        step.perform_step(CONFIG, str(tmp_path / "run"), pairs=pairs, pairs_file=name)
