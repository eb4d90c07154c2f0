"""What of a run goes to MLflow, and what is said where MLflow is not installed."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.export.mlflow_run import metrics_of, params_of
from support import random_reports
from support.runs import finished_runs


def test_metrics_are_those_of_every_slice_and_threshold():
    report = random_reports.report(random_reports.scored_pairs(200))
    found = metrics_of(report)
    for model in report.models:
        for part in model.slices:
            for at in part.thresholds:
                place = f"{model.name}/{part.slice}/flip_rate_at_{at.threshold:g}"
                ends = (found[place], found[f"{place}_lower"], found[f"{place}_upper"])
                assert ends == (at.flip_rate.value, at.flip_rate.lower, at.flip_rate.upper)
    assert all(np.isfinite(value) for value in found.values())
    assert params_of(report)["models"] == ", ".join(model.name for model in report.models)


def test_names_that_mlflow_refuses_stay_apart():
    report = random_reports.report(random_reports.scored_pairs(200))
    slices = report.models[0].slices
    slices[0].slice, slices[1].slice = "a/b\n", "a_b\n"
    keys = [key for key in metrics_of(report) if key.endswith("/num_pairs")]
    assert len(keys) == sum(len(model.slices) for model in report.models)
    assert all("\n" not in key and key.count("/") == 2 for key in keys)


def test_without_mlflow_the_cure_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", None)
    before = np.where(np.arange(200) // 2 % 3 == 0, 0.8, 0.2)
    table = finished_runs.scored(finished_runs.pairs(200), "m", before, before)
    run = finished_runs.write_run(tmp_path / "june", table, ("m",))
    assert cli.main(["export", run, "--to=mlflow"]) == 2
    assert "fairflip[mlflow]" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--tracking_uri=x", "--experiment=x"])
def test_flags_of_mlflow_are_its_own(tmp_path, capsys, flag):
    assert cli.main(["export", str(tmp_path), "--to=csv", flag]) == 2
    assert "only --to mlflow" in capsys.readouterr().err
