"""One evaluation, the same numbers on every runner, without a network.

The graph is the whole one that `fairflip evaluate` builds: a join with rejects,
a Keras model and scores from the data, weights, slices, matched thresholds. The
portable runner's worker lives in an environment of its own that has the installed
wheel; its numbers show that nothing depends on the checkout or on the launcher.
"""

from __future__ import annotations

import json

import numpy as np
import pytest

from support.distributed.portable_service import portable_service
from support.distributed.small_evaluation import (
    THRESHOLDS,
    arguments,
    assert_same_report,
    flips,
    read_parts,
    read_report,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

RUNNERS = {
    "in_memory": (),
    "direct_runner": ("--runner=DirectRunner",),
    "every_bundle_twice": ("--direct_runner_bundle_repeat=1",),
    "multi_processing": ("--direct_running_mode=multi_processing", "--direct_num_workers=2"),
}


@pytest.fixture(scope="module")
def outputs(network, launcher, worker_bin, data, tmp_path_factory):
    """Runner -> the output directory of the same evaluation."""
    folder = tmp_path_factory.mktemp("parity")
    model = folder / "model.keras"
    with portable_service(network, worker_bin, folder / "service") as portable:
        flags = {**RUNNERS, "portable": portable}
        runs = [
            arguments(
                str(data),
                str(folder / name),
                *flags[name],
                models=(f"--model=keras={model}", "--score=given=given"),
            )
            for name in flags
        ]
        for name, ended in zip(flags, launcher.run(runs, model), strict=True):
            assert ended.code == 0, (name, ended.stderr)
    return {name: folder / name for name in flags}


@pytest.mark.parametrize("runner", [*list(RUNNERS)[1:], "portable"])
def test_the_report_is_the_same(outputs, runner):
    expected = read_report(outputs["in_memory"])
    assert len(expected["models"]) == 2
    assert len(expected["pairing"]["pair_set_sha256"]) == 64
    assert assert_same_report(read_report(outputs[runner]), expected) > 1000


@pytest.mark.parametrize("runner", [*RUNNERS, "portable"])
def test_counts_equal_a_recount_of_the_kept_scores(outputs, runner):
    table = read_parts(outputs[runner] / "scored_pairs")
    report = read_report(outputs[runner])
    assert table.num_rows == report["pairing"]["num_pairs"] - 1  # one given score is NaN
    for model in report["models"]:
        [overall] = [s for s in model["slices"] if s["slice"] == "Overall"]
        assert overall["num_pairs"] == table.num_rows
        for threshold, at in zip(THRESHOLDS, overall["thresholds"], strict=True):
            assert at["flip_count"] == flips(table, model["name"], threshold) > 0
    assert {(r["stage"], r["reason"]): r["count"] for r in report["rejects"]} == {
        ("read", "empty_text"): 1,
        ("pair", "duplicate_id"): 1,
        ("pair", "no_original"): report["pairing"]["num_unmatched_counterfactuals"],
        ("score", "score_not_a_number"): 1,
    }


@pytest.mark.parametrize("runner", [*list(RUNNERS)[1:], "portable"])
def test_scores_and_rejects_are_the_same(outputs, runner):
    for name in ("scored_pairs", "details/scored_examples"):
        expected = read_parts(outputs["in_memory"] / name)
        actual = read_parts(outputs[runner] / name)
        assert actual.select(["example_id", "comment_text"]) == expected.select(
            ["example_id", "comment_text"]
        )
        for column in (c for c in expected.column_names if "score." in c):
            np.testing.assert_allclose(actual[column], expected[column], rtol=0, atol=1e-9)
    for stage in ("read", "pair", "score"):
        file = f"rejects/{stage}-00000-of-00001.jsonl"
        expected_lines = (outputs["in_memory"] / file).read_text()
        assert (outputs[runner] / file).read_text() == expected_lines


@pytest.mark.parametrize("runner", [*RUNNERS, "portable"])
def test_counters_tell_what_was_done(outputs, runner):
    counters = json.loads((outputs[runner] / "details" / "work" / "counters.json").read_text())
    report = read_report(outputs[runner])
    rejects = sum(entry["count"] for entry in report["rejects"])
    flipped = sum(
        part["thresholds"][0]["flip_count"]
        for model in report["models"]
        for part in model["slices"]
        if part["slice"] == "Overall"
    )
    assert counters["pairs"] == report["pairing"]["num_pairs"] - 1
    assert counters["rejects"] == rejects
    assert counters["flips"] == flipped
    assert counters["batches"] >= 2  # pairs, and originals without a counterfactual
    assert counters["model_milliseconds"] >= 1


def test_a_model_is_loaded_once_in_a_process(outputs):
    """Pairs and unmatched originals are two stages; two workers load it once each."""
    loaded = {
        runner: json.loads((folder / "details" / "work" / "counters.json").read_text()).get(
            "models_loaded"
        )
        for runner, folder in outputs.items()
    }
    # The try in which it was loaded does not count there.
    del loaded["every_bundle_twice"]
    assert loaded.pop("multi_processing") in (1, 2)
    # Runs after the first of the launcher's process may find its model still loaded.
    assert loaded.pop("direct_runner") in (None, 0, 1)
    assert loaded == {"in_memory": 1, "portable": 1}


def test_nothing_half_written_is_left(outputs):
    for folder in outputs.values():
        left = [p for p in folder.rglob("*") if "beam-temp" in p.name or p.name.endswith(".part")]
        assert left == []
