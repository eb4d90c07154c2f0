"""TFMA's result: written where TensorFlow is there anyway, else when it is asked for."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import fairflip
from fairflip.pipeline.cli import main
from fairflip.pipeline.evaluate.evaluation import writes_tfma_result
from fairflip.pipeline.storage.manifest import verify_manifest
from fairflip.protos.config_pb2 import ModelSpec, OutputSpec, PipelineConfig

pytestmark = pytest.mark.system

NUM_PAIRS = 300


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    rng = np.random.default_rng(3)
    path = tmp_path_factory.mktemp("scored") / "pairs.parquet"
    pd.DataFrame(
        {
            "example_id": [f"e{i}" for i in range(NUM_PAIRS)],
            "comment_text": [f"she walks {i}" for i in range(NUM_PAIRS)],
            "counterfactual.comment_text": [f"he walks {i}" for i in range(NUM_PAIRS)],
            "toxicity": rng.integers(0, 2, NUM_PAIRS).astype(float),
            "risk": rng.random(NUM_PAIRS),
            "counterfactual.risk": rng.random(NUM_PAIRS),
        }
    ).to_parquet(path)
    return path


@pytest.mark.parametrize(
    ("models", "asked", "eval_config", "written"),
    [
        ([ModelSpec(score_feature="risk")], "auto", "", False),
        ([ModelSpec(handler="mine:factory")], "auto", "", False),
        ([ModelSpec(path="m.keras"), ModelSpec(score_feature="risk")], "auto", "", True),
        ([ModelSpec(train={})], "auto", "", True),
        ([ModelSpec(score_feature="risk")], "auto", "mine.textproto", True),
        ([ModelSpec(score_feature="risk")], "true", "", True),
        ([ModelSpec(path="m.keras")], "false", "", False),
    ],
)
def test_the_result_is_written_where_tensorflow_is_there_anyway(
    models, asked, eval_config, written
):
    config = PipelineConfig(models=models, output=OutputSpec(tfma_result=asked))
    config.evaluation.eval_config = eval_config
    assert writes_tfma_result(config) == written


def test_scores_in_the_data_are_evaluated_without_tensorflow(scored, tmp_path):
    code = (
        "import sys; from fairflip.pipeline.cli import main;"
        f"code = main(['evaluate', '--pairs={scored}', '--score=m=risk', '--quiet',"
        f" '--output_dir={tmp_path / 'out'}']);"
        "print('loaded', [m for m in ('tensorflow', 'keras', 'tensorflow_model_analysis', 'tfx_bsl')"
        " if m in sys.modules], code)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "loaded [] 0", done.stdout + done.stderr
    assert not (tmp_path / "out" / "tfma").exists()


def test_the_result_made_later_is_that_of_the_run(scored, tmp_path):
    arguments = ["evaluate", f"--pairs={scored}", "--score=m=risk", "--quiet"]
    at_once, later = tmp_path / "at_once", tmp_path / "later"
    assert main([*arguments, "--tfma_result=true", f"--output_dir={at_once}"]) == 0
    assert main([*arguments, f"--output_dir={later}"]) == 0
    assert not (later / "tfma").exists()
    assert main(["report", f"--run={later}", "--tfma_result=true"]) == 0
    assert verify_manifest(str(later)) == []

    def values(folder):
        from fairflip.protos.forms.json_form import report_from_json

        report = report_from_json((folder / "run_report.json").read_text())
        result = fairflip.Result(report, str(folder)).eval_result("m")
        return {str(key): metrics for key, metrics in result.slicing_metrics}

    assert values(later) == values(at_once)


def test_python_makes_the_result_when_it_is_asked_for(scored):
    result = fairflip.evaluate(str(scored), scores={"m": "risk"})
    assert result.eval_result("m").slicing_metrics


def test_a_slice_of_one_original_is_in_both_results(scored, tmp_path):
    frame = pd.read_parquet(scored)
    frame["place"] = ["alone", *["other"] * (len(frame) - 1)]
    frame.to_parquet(tmp_path / "pairs.parquet")
    out = tmp_path / "out"
    arguments = [f"--pairs={tmp_path / 'pairs.parquet'}", "--score=m=risk", "--slice=place"]
    assert (
        main(["evaluate", *arguments, "--tfma_result=true", "--quiet", f"--output_dir={out}"]) == 0
    )
    from fairflip.protos.forms.json_form import report_from_json

    report = report_from_json((out / "run_report.json").read_text())
    [alone] = [part for part in report.models[0].slices if part.slice == "place:alone"]
    assert (alone.num_pairs, alone.num_originals) == (1, 1)
    slices = dict(fairflip.Result(report, str(out)).eval_result("m").slicing_metrics)
    assert (("place", "alone"),) in slices


def test_changes_of_class_have_a_result_when_it_is_asked_for(tmp_path):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 300, 3))
    before, after = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    group = rng.choice(["x", "y"], 300)
    pairs = pd.DataFrame(
        {
            "example_id": [f"p{row}" for row in range(300)],
            "comment_text": [f"text {row}" for row in range(300)],
            "counterfactual.comment_text": [f"other {row}" for row in range(300)],
            "scores": before.tolist(),
            "counterfactual.scores": after.tolist(),
            "group": group,
        }
    )
    given = {"scores": {"m": "scores"}, "output": {"m": ["a", "b", "c"]}, "decision": "argmax"}
    for asked in ("auto", "true"):
        result = fairflip.evaluate(
            pairs=pairs, slices=["counterfactual_group"], output_dir=str(tmp_path / asked),
            tfma_result=asked, **given,
        )  # fmt: skip
        slices = dict(result.eval_result("m").slicing_metrics)
        [of_x] = [key for key in slices if key and key[0][1] == "x"]
        for key, rows in (((), group != ""), (of_x, group == "x")):
            values = slices[key][""][""]
            first, second = before[rows].argmax(axis=1), after[rows].argmax(axis=1)
            matrix = np.zeros((3, 3))
            np.add.at(matrix, (first, second), 1)
            rate = values["multiclass_flips/top_class_change_rate"]
            rate = rate.get("boundedValue", {}).get("value", rate.get("doubleValue"))
            assert rate == pytest.approx((first != second).mean())
            assert values["example_count"]["doubleValue"] == rows.sum()
            gained = values["multiclass_flips/class_gain_rate@1"]
            gained = gained.get("boundedValue", {}).get("value", gained.get("doubleValue"))
            assert gained == pytest.approx((matrix[[0, 2], 1]).sum() / rows.sum())
        assert (
            result.report.models[0].slices[0].thresholds[0].flip_count
            == (before.argmax(axis=1) != after.argmax(axis=1)).sum()
        )
