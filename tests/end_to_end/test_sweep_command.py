"""`fairflip sweep` from the command line: what the report holds of every setting."""

from __future__ import annotations

import json
import math

import pytest

from support.small_run import run_arguments, write_config

NUMBERS = (
    "matched_flip_rate",
    "held_out_matched_flip_rate",
    "ctf_gap",
    "held_out_ctf_gap",
    "auc",
    "accuracy",
    "positive_rate",
    "worst_tpr_gap",
    "worst_tnr_gap",
)


def excess_of(point):
    """As the choice sees it: below 0 is no better than 0."""
    return max(0.0, float(point["excess_flip_rate"].get("value", 0.0)))


@pytest.mark.slow
def test_a_sweep_prices_techniques_losses_and_weights(demo_data, tmp_path, capsys):
    from fairflip.pipeline import cli

    arguments = run_arguments(demo_data, tmp_path / "out", write_config(tmp_path))
    arguments[0] = "sweep"
    code = cli.main(
        [
            *arguments,
            "--loss_weight=5",
            "--sweep_loss=mmd",
            "--min_diff_group=gender:female",
            "--held_out_term=lesbian",
            "--auc_budget=0.9",
        ]
    )
    assert code == 0, capsys.readouterr().err
    report = json.loads((tmp_path / "out" / "run_report.json").read_text())
    sweep = report["sweep"]
    # The pairs of the withheld term are reported apart, for the model chosen too.
    coverage = {each["term"]: each["num_pairs"] for each in report["term_coverage"]}
    for model in report["models"]:
        assert model["held_out"]["num_pairs"] == coverage["lesbian"]
    assert report["comparisons"][0]["held_out"]["matched"]["flip_rate_difference"]
    assert "withheld from training" in capsys.readouterr().out
    points = {point["name"]: point for point in sweep["points"]}
    settings = ["clp pairwise_mse 5", "mindiff mmd 5"]
    remedies = ["blindness", "averaging"]
    assert list(points) == ["baseline", *remedies, "plain", "augmentation", *settings]
    for name, point in points.items():
        assert point["num_seeds"] == 1
        for number in NUMBERS:
            actual = point.get(number, {})
            mean, low, high = (float(actual.get(key, 0.0)) for key in ("value", "lower", "upper"))
            assert 0.0 <= low <= mean <= high <= 1.0, (name, number)
    assert float(points["blindness"]["ctf_gap"].get("value", 0.0)) == 0.0
    # Validation pairs have controls, and the choice looks at them.
    for name, point in points.items():
        control = float(point["control_flip_rate"].get("value", 0.0))
        assert 0.0 <= control <= 1.0, name
        assert point["control_flip_rate_bounds"]["upper"] > control
    assert any(point.get("on_pareto_front") for point in points.values())
    chosen = points[sweep["chosen"]]
    assert chosen["chosen"]
    allowed = [
        points[n]
        for n in (*remedies, "plain", "augmentation", *settings)
        if not (points[n].get("collapsed") or points[n].get("controls_rose"))
    ]
    smallest = min(excess_of(point) for point in allowed)
    assert math.isclose(excess_of(chosen), smallest)
    assert "smallest excess" in sweep["rule"]
    # Removing known terms leaves no flip, and the budget allows any AUC.
    assert sweep["chosen"] == "blindness"
    assert float(chosen["calls_per_text"]) == 1.0 < float(points["averaging"]["calls_per_text"])
    remediated = report["models"][1]
    assert int(remediated["slices"][0]["thresholds"][0].get("flip_count", 0)) == 0
    assert remediated["calls"]["technique"] == "blindness"
    folder = tmp_path / "out" / "models" / "remediated"
    assert (folder / "model.keras").is_file()
    assert (folder / "saved_model" / "saved_model.pb").is_file()
    # What is judged by labels stands beside the flips.
    assert [each["model"] for each in report["label_judgements"]] == ["baseline", "remediated"]
    assert "calibration_error_difference" in report["comparisons"][0]
    assert "Calibration error (ECE)" in (tmp_path / "out" / "report.html").read_text()
    page = (tmp_path / "out" / "report.html").read_text()
    assert "sweep" in page.lower()
    assert "mindiff mmd 5" in page
