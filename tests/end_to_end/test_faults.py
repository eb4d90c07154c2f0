"""A run that is broken at any of its writes and started again gives the undisturbed result.

`FAIRFLIP_FAULT_POINTS` sets how many writes of each step are broken; 1 unless set. "all" breaks
every write with every kind of fault (the nightly form: `make faults`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from support import TESTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(6 * 3600)]

STEPS = ("train-baseline", "evaluate-baseline", "remediate", "evaluate-both", "report")
WANTED = os.environ.get("FAIRFLIP_FAULT_POINTS", "1")


@pytest.fixture(scope="module")
def account(tmp_path_factory) -> dict:
    """What `faulty_runs.py` found."""
    program = TESTS / "support" / "faults" / "faulty_runs.py"
    points = ["--points=100000", "--every_kind"] if WANTED == "all" else [f"--points={WANTED}"]
    done = subprocess.run(
        [
            *(sys.executable, str(program), str(tmp_path_factory.mktemp("faults")), *points),
            *("--tear", "100", "300000", "--fill", "0.3", "0.8"),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    actual = json.loads(done.stdout)
    assert "failed" not in actual, actual
    print(  # shown with -s, and by the nightly form
        f"\n{len(faults_of(actual))} faults at {len(actual['points'])} writes in "
        f"{actual['seconds_all']:.0f} CPU-s"
    )
    return actual


def faults_of(account: dict) -> list[dict]:
    return [each for each in account["found"] if "point" in each]


def test_the_writes_of_every_step_are_seen(account):
    steps = {point["step"] for point in account["points"]}
    assert steps >= {*STEPS, "claim", "after report"}
    written = {point["label"] for point in account["points"]}
    for name in ("model.keras", "scored-pairs.parquet", "run_report.json", "manifest.json"):
        assert any(name in label for label in written), name
    markers = {f"os.rename /details/state/steps/.{step}.json.part" for step in STEPS}
    assert markers <= written, "each step's boundary is one of the points"


def test_every_fault_stops_the_run_in_one_sentence_or_kills_it(account):
    faults = faults_of(account)
    assert [each for each in faults if not each["good"]] == []
    if WANTED == "all":
        assert len(faults) >= 3 * len(account["points"])
    else:
        assert len(faults) >= int(WANTED) * len(STEPS)
    assert {"kill", "full", "readonly", "torn"} <= {each["kind"] for each in faults}


def test_a_broken_run_never_looks_complete(account):
    # At the manifest's own rename the run is whole; nothing after it can break it.
    assert [each for each in faults_of(account) if each["complete"]] == []
    assert account["looked_complete"] == []


def test_a_rerun_gives_the_undisturbed_result_and_leaves_nothing_over(account):
    chains = [each for each in account["found"] if "chain" in each]
    assert len(chains) >= 3
    assert [each for each in chains if each["ended"] or each["differs"]] == []
    assert account["expected"]["problems"] == []
    assert account["expected"]["leftovers"] == []


def test_what_was_left_out_is_there_after_a_run_of_several_steps(account):
    assert account["rejects"] == {
        "pair-00000-of-00001.jsonl": 1,
        "read-00000-of-00001.jsonl": 4,
        "training-00000-of-00001.jsonl": 5,
    }
    assert {f"rejects/{name}" for name in account["rejects"]} <= set(account["expected"]["files"])
