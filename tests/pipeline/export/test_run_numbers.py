"""What of a run goes to experiment trackers, and under which names."""

from __future__ import annotations

import pathlib

import numpy as np

from fairflip.pipeline.export.run_numbers import local_artifacts, metrics_of, params_of
from support import random_reports


def test_metrics_are_those_of_every_slice_and_threshold():
    report = random_reports.report(random_reports.scored_pairs(200))
    actual = metrics_of(report)
    for model in report.models:
        for part in model.slices:
            for at in part.thresholds:
                place = f"{model.name}/{part.slice}/flip_rate_at_{at.threshold:g}"
                ends = (actual[place], actual[f"{place}_lower"], actual[f"{place}_upper"])
                assert ends == (at.flip_rate.value, at.flip_rate.lower, at.flip_rate.upper)
    assert all(np.isfinite(value) for value in actual.values())
    assert params_of(report)["models"] == ", ".join(model.name for model in report.models)


def test_names_that_mlflow_refuses_stay_apart():
    report = random_reports.report(random_reports.scored_pairs(200))
    slices = report.models[0].slices
    slices[0].slice, slices[1].slice = "a/b\n", "a_b\n"
    keys = [key for key in metrics_of(report) if key.endswith("/num_pairs")]
    assert len(keys) == sum(len(model.slices) for model in report.models)
    assert all("\n" not in key and key.count("/") == 2 for key in keys)


def test_artifacts_are_what_is_there_of_the_runs_files(tmp_path):
    (tmp_path / "details").mkdir()
    for name in ("report.html", "details/gate.md", "details/manifest.json"):
        (tmp_path / name).write_text(name)
    with local_artifacts(str(tmp_path)) as paths:
        actual = {path.rsplit("/", 1)[-1]: pathlib.Path(path).read_text() for path in paths}
    assert actual == {"report.html": "report.html", "gate.md": "details/gate.md"}
