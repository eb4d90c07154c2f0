"""`fairflip audit`: scenarios, what is missing, signatures, the log, and how it ends."""

from __future__ import annotations

import json
import pathlib
import subprocess

import numpy as np
import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.storage.manifest import MANIFEST
from support.runs import finished_runs

pytestmark = pytest.mark.system

PAIRS = finished_runs.pairs(400)
SCENARIOS = """
# proto-message: fairflip.Scenarios
scenarios {
  name: "posts of women" group_at_risk: "women" hazard: "posts removed"
  limit { metric: "flip_rate" slices: "gender:female" max: 0.5 }
  reason_for_threshold: "agreed" mitigation: "retrain" trigger: "new model" owner: "trust team"
}
scenarios { name: "all" limit { metric: "flip_rate" slices: "Overall" max: MAX } }
responses { run: "old" date: "2026-01-03" response: "retrained" owner: "trust team" }
"""


@pytest.fixture
def runs(tmp_path):
    """Two runs below one folder; every tenth pair flips."""
    before = np.where(np.arange(400) // 2 % 3 == 0, 0.8, 0.2)
    after = before.copy()
    after[::10] = 1 - before[::10]
    table = finished_runs.scored(PAIRS, "m", before, after)
    return [
        pathlib.Path(
            finished_runs.write_run(
                tmp_path / "runs" / name, table, ("m",), started=f"2026-0{month}-01T00:00:00+00:00"
            )
        )
        for month, name in enumerate(("old", "new"), start=1)
    ]


def audit(run, *flags):
    out = run.parents[1] / "out"
    code = cli.main(["audit", str(run), "--output_dir", str(out), *flags])
    return code, json.loads((out / "audit_report.json").read_text()), out


def with_scenarios(tmp_path, text):
    path = tmp_path / "scenarios.textproto"
    path.write_text(text)
    return f"--scenarios={path}"


def test_scenarios_are_held_to_the_run(runs, tmp_path):
    flag = with_scenarios(tmp_path, SCENARIOS.replace("MAX", "0.2"))
    code, actual, out = audit(runs[0], flag)
    assert code == 0
    assert {one["scenario"]["name"]: one["verdict"] for one in actual["scenarios"]} == {
        "posts of women": "holds",
        "all": "holds",
    }
    code, actual, _ = audit(runs[0], with_scenarios(tmp_path, SCENARIOS.replace("MAX", "0.01")))
    assert code == 1
    assert actual["scenarios"][1]["verdict"] == "broken"
    page = (out / "audit.html").read_text()
    assert "nobody said group at risk, hazard" in page
    assert "no legal advice" in page
    for section in ("point 2(g)", "MEASURE 2.11", "6 RCNY 5-300, 5-301", "2 CCR 11009(f)"):
        assert section in page
    assert "compared with public copies on 29 November 2026" in page


def test_a_scenario_without_evidence_is_shown_as_such(runs, tmp_path):
    more = """
    scenarios { name: "race" limit { metric: "flip_rate" slices: "race:*" max: 0.1 } }
    scenarios { name: "errors" limit { metric: "repeat_flip_rate" max: 0.1 } }
    scenarios { name: "nothing asked" }
    """
    code, actual, out = audit(
        runs[0], with_scenarios(tmp_path, SCENARIOS.replace("MAX", "0.2") + more)
    )
    verdicts = {one["scenario"]["name"]: one["verdict"] for one in actual["scenarios"]}
    assert code == 1
    assert verdicts["race"] == verdicts["nothing asked"] == "no_evidence"
    assert verdicts["errors"] == "not_enough_evidence"
    assert "NO EVIDENCE in this run" in (out / "audit.html").read_text()
    assert "2 without evidence" in (out / "audit.md").read_text()


def test_what_was_not_measured_is_found(runs):
    _, actual, _ = audit(runs[0])
    starts = {sentence.split(":")[0] for sentence in actual["not_measured"]}
    assert starts >= {"Controls", "Intersections", "Repeats", "People"}
    assert not starts & {"Labels", "Groups"}


def test_decisions_are_counted_by_group(runs):
    _, actual, _ = audit(runs[0], "--selected=negative")
    rows = {row["group"]: row for row in actual["impact"]}
    female = np.array([groups == ["female"] for groups in PAIRS["gender"].to_pylist()])[::2]
    scores = np.where(np.arange(200) % 3 == 0, 0.8, 0.2)
    assert rows["female"]["num_originals"] == female.sum()
    assert rows["female"]["selection_rate"] == pytest.approx((scores[female] <= 0.5).mean())


def test_an_altered_run_fails_and_shows_no_number(runs, tmp_path):
    with (runs[0] / "run_report.json").open("a") as file:
        file.write(" ")
    flag = with_scenarios(tmp_path, SCENARIOS.replace("MAX", "0.2"))
    code, actual, out = audit(runs[0], flag)
    assert code == 1
    assert "was altered" in actual["integrity_problems"][0]
    assert actual["scenarios"] == actual["impact"] == []
    assert "The run was altered" in (out / "audit.html").read_text()


def test_the_log_tells_findings_without_a_response(runs, tmp_path):
    flag = with_scenarios(tmp_path, SCENARIOS.replace("MAX", "0.2"))
    _, actual, out = audit(runs[1], flag, f"--runs={runs[0].parent}")
    assert [entry["run"]["name"] for entry in actual["log"]] == ["old", "new"]
    assert [len(entry["responses"]) for entry in actual["log"]] == [1, 0]
    assert "2026-01-03 retrained (trust team)" in (out / "audit.html").read_text()


@pytest.fixture
def signed(runs, tmp_path):
    """The first run, signed, and the file of who may sign."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    manifest = runs[0].joinpath(*MANIFEST.split("/"))
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", "fairflip", "-f", key, manifest]
    subprocess.run(sign, check=True, capture_output=True)
    signers = tmp_path / "allowed_signers"
    public = (tmp_path / "key.pub").read_text().split()
    signers.write_text(f"ana@example.org {public[0]} {public[1]}\n")
    return runs[0], manifest, f"--allowed_signers={signers}"


def test_a_signature_says_who_signed_the_run(signed):
    run, _, flag = signed
    code, actual, _ = audit(run, flag)
    assert code == 0
    assert (actual["signature"]["status"], actual["signature"]["signer"]) == (
        "valid",
        "ana@example.org",
    )


def test_a_run_that_was_written_anew_fails_its_signature(signed):
    run, manifest, flag = signed
    # Whoever can write the files can write the manifest, too, but not the signature.
    signature = pathlib.Path(f"{manifest}.sig").read_bytes()
    other = finished_runs.scored(PAIRS, "m", np.full(400, 0.2), np.full(400, 0.2))
    forged = pathlib.Path(finished_runs.write_run(run.parent / "forged", other, ("m",)))
    forged.joinpath(*f"{MANIFEST}.sig".split("/")).write_bytes(signature)
    code, actual, _ = audit(forged, flag)
    assert code == 1
    assert actual["integrity_problems"] == []
    assert actual["signature"]["status"] == "invalid"


def test_a_key_that_nobody_named_signs_nothing(signed, tmp_path):
    run, _, _ = signed
    key = tmp_path / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    public = (tmp_path / "other.pub").read_text().split()
    (tmp_path / "others").write_text(f"bob@example.org {public[0]} {public[1]}\n")
    code, actual, _ = audit(run, f"--allowed_signers={tmp_path / 'others'}")
    assert (code, actual["signature"]["status"]) == (1, "invalid")


@pytest.mark.parametrize(
    ("flags", "cure"),
    [
        (["--allowed_signers=missing"], "is not there"),
        (["--scenarios=missing"], "missing"),
        (["--runs=missing"], "is no folder"),
    ],
)
def test_mistakes_are_said_with_the_cure(runs, tmp_path, capsys, monkeypatch, flags, cure):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "out"
    assert cli.main(["audit", str(runs[0]), "--output_dir", str(out), *flags]) == 2
    assert cure in capsys.readouterr().err


def test_scenarios_without_a_name_are_refused(runs, tmp_path, capsys):
    flag = with_scenarios(tmp_path, "# proto-message: fairflip.Scenarios\nscenarios { owner: 'x' }")
    assert cli.main(["audit", str(runs[0]), "--output_dir", str(tmp_path / "out"), flag]) == 2
    assert "scenarios[0].name" in capsys.readouterr().err
