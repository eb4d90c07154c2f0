"""What is said where a client is not installed, and of flags that are another form's."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from fairflip.pipeline import cli
from support.runs import finished_runs


@pytest.fixture
def run(tmp_path) -> str:
    before = np.where(np.arange(200) // 2 % 3 == 0, 0.8, 0.2)
    table = finished_runs.scored(finished_runs.pairs(200), "m", before, before)
    return finished_runs.write_run(tmp_path / "june", table, ("m",))


@pytest.mark.parametrize(
    ("flags", "package", "extra"),
    [
        (["--to=mlflow"], "mlflow", "mlflow"),
        (["--to=wandb"], "wandb", "wandb"),
        (["--to=opentelemetry"], "opentelemetry.sdk.metrics.export", "opentelemetry"),
        (["--to=bigquery", "--dataset=a.b"], "google.cloud.bigquery", "bigquery"),
    ],
)
def test_without_its_client_the_cure_is_said(
    run, tmp_path, capsys, monkeypatch, flags, package, extra
):
    monkeypatch.setitem(sys.modules, package, None)
    parent, _, name = package.rpartition(".")
    if parent in sys.modules:  # a package that is imported keeps its modules as attributes
        monkeypatch.delattr(sys.modules[parent], name, raising=False)
    assert cli.main(["export", run, *flags, f"--output_dir={tmp_path / 'out'}"]) == 2
    assert f"fairflip[{extra}]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flag", "form"),
    [
        ("--tracking_uri=x", "mlflow"),
        ("--experiment=x", "mlflow"),
        ("--project=x", "wandb"),
        ("--endpoint=x", "opentelemetry"),
        ("--dataset=a.b", "bigquery"),
        ("--limits=x", "prometheus and opentelemetry"),
    ],
)
def test_flags_are_those_of_their_form(tmp_path, capsys, flag, form):
    assert cli.main(["export", str(tmp_path), "--to=csv", flag]) == 2
    assert f"only --to {form} takes it" in capsys.readouterr().err
