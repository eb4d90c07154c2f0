"""`make cluster` on Beam's local portable runner, and that its table sees what differs."""

from __future__ import annotations

import copy
import json

import pytest

from benchmarks.dataflow import parity
from fairflip.pipeline.storage import filesystem

PORTABLE = ["--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=LOOPBACK"]


@pytest.mark.system
@pytest.mark.timeout(600)
def test_the_portable_runner_gives_the_same(tmp_path, capfd):
    assert parity.main([f"--folder={tmp_path}", "--originals=120", *PORTABLE]) == 0
    table, _, last = capfd.readouterr().out.strip().rpartition("\n")
    rows = {row.split("|")[1].strip(): row.split("|")[2:4] for row in table.splitlines()[2:-1]}
    assert {"pairing", "models", "rejects", "sums"} <= set(rows)
    assert int(rows["models"][0].replace(",", "")) > 500
    assert all(int(wrong) == 0 for _, wrong in rows.values())
    assert last.endswith("the same")
    with filesystem.open_raw(str(tmp_path / "on_the_cluster" / "run_report.json")) as file:
        report = json.loads(file.read())
    assert {reject["reason"] for reject in report["rejects"]} == {
        *("empty_text", "duplicate_id", "no_original")
    }


def test_the_table_sees_a_count_a_rate_and_what_is_missing():
    here = {"models": [{"num": 3, "rate": 0.25, "name": "m"}], "provenance": {"seconds": 2.0}}
    assert parity.compared(here, here) == [("models", 3, 0, 0.0)]
    for name, value, wrong in (
        ("num", 4, 1),
        ("rate", 0.25 + 1e-12, 0),
        ("rate", 0.2501, 1),
        ("rate", "NaN", 1),
        ("name", "n", 1),
    ):
        there = copy.deepcopy(here)
        there["models"][0][name] = value
        there["provenance"]["seconds"] = 9.0
        assert parity.compared(here, there)[0][:3] == ("models", 3, wrong)
    there = {"models": [{"num": 3, "name": "m"}]}
    assert parity.compared(here, there)[0][:3] == ("models", 3, 1)


def test_a_runner_must_be_given(tmp_path, capsys):
    with pytest.raises(SystemExit, match="2"):
        parity.main([f"--folder={tmp_path}", "--model=m=model.keras"])
    assert "give the flags of a runner" in capsys.readouterr().err
