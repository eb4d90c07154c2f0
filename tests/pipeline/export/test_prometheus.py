"""The text is what Prometheus parses, and says what the report says."""

from __future__ import annotations

import re

from fairflip.pipeline import cli
from fairflip.pipeline.export.prometheus import to_prometheus
from fairflip.protos.report_pb2 import GateResult
from support import random_reports
from support.runs import finished_runs

_SAMPLE = re.compile(r"(?P<name>[a-z_]+)(?:\{(?P<labels>.*)\})? (?P<value>\S+)")
_LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)')
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def parsed(text):
    """(name, labels) -> value, by the rules of the text format."""
    actual, types = {}, {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types, "a family must not be interrupted"
            types[name] = kind
        elif not line.startswith("# HELP "):
            sample = _SAMPLE.fullmatch(line)
            assert sample, line
            assert list(types)[-1] == sample["name"]
            pairs = _LABEL.findall(sample["labels"] or "")
            rebuilt = ",".join(f'{key}="{value}"' for key, value in pairs)
            assert rebuilt == (sample["labels"] or "")
            labels = tuple(
                (key, re.sub(r'\\["n\\]', lambda one: _ESCAPES[one[0]], value))
                for key, value in pairs
            )
            assert (sample["name"], labels) not in actual
            actual[sample["name"], labels] = float(sample["value"])
    return actual


def test_rates_stand_with_both_ends_of_their_interval():
    report = random_reports.report(random_reports.scored_pairs(200))
    actual = parsed(to_prometheus(report))
    for model in report.models:
        for part in model.slices:
            for at in part.thresholds:
                for end in ("value", "lower", "upper"):
                    labels = (
                        ("model", model.name),
                        ("slice", part.slice),
                        ("threshold", f"{at.threshold:g}"),
                        ("end", end),
                    )
                    value = actual["fairflip_flip_rate", labels]
                    assert value == getattr(at.flip_rate, end)


def test_checks_of_the_gate_are_1_and_0_and_names_of_data_are_escaped():
    name = 'a "b"\\\nc,d="e"'
    report = random_reports.report(random_reports.scored_pairs(60))
    report.models[0].slices[0].slice = name
    checks = [
        GateResult(name="flips", verdict="pass", model="m", slice=name, threshold=0.5),
        GateResult(name="auc", verdict="fail"),
        GateResult(name="gap", verdict="not_enough_evidence", is_allowed=True),
    ]
    actual = parsed(to_prometheus(report, checks))
    values = {dict(labels)["check"]: value for (family, labels), value in actual.items()
              if family == "fairflip_gate_check"}  # fmt: skip
    assert values == {"flips": 1, "auc": 0, "gap": 1}
    assert any(dict(labels).get("slice") == name for _, labels in actual)


def test_the_command_writes_what_its_flags_say(tmp_path, capsys):
    import numpy as np

    before = np.where(np.arange(200) // 2 % 3 == 0, 0.8, 0.2)
    table = finished_runs.scored(finished_runs.pairs(200), "m", before, 1 - before)
    run = finished_runs.write_run(tmp_path / "june", table, ("m",))
    (tmp_path / "limits.textproto").write_text('limits { metric: "flip_rate" max: 0.5 }')
    arguments = ["export", run, f"--output_dir={tmp_path / 'out'}"]
    limits = f"--limits={tmp_path / 'limits.textproto'}"
    assert cli.main([*arguments, "--to=prometheus", limits]) == 0
    actual = parsed((tmp_path / "out" / "fairflip.prom").read_text())
    assert {value for (name, _), value in actual.items() if name == "fairflip_gate_check"} == {0}
    assert cli.main([*arguments, "--to=csv"]) == 0
    assert (tmp_path / "out" / "thresholds.csv").read_text().startswith('"run","started"')
    assert cli.main([*arguments, "--to=csv", limits]) == 2
    assert "leave it out" in capsys.readouterr().err
