"""`fairflip sweep` from the command line: what the report holds of every setting."""

from __future__ import annotations

import json

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


SETTINGS = ["clp pairwise_mse 5", "mindiff mmd 5"]
REMEDIES = ["blindness", "averaging"]


def swept(demo_data, tmp_path, *more):
    from fairflip.pipeline import cli

    arguments = run_arguments(demo_data, tmp_path / "out", write_config(tmp_path))
    arguments[0] = "sweep"
    return cli.main(
        [
            *arguments,
            "--loss_weight=5",
            "--sweep_loss=mmd",
            "--min_diff_group=gender:female",
            "--held_out_term=lesbian",
            "--auc_budget=0.9",
            *more,
        ]
    )


@pytest.mark.slow
def test_a_sweep_prices_techniques_losses_and_weights(demo_data, tmp_path, capsys):
    """Two epochs teach this baseline so little that its identity flips are no more than controls."""
    code = swept(demo_data, tmp_path)
    told = capsys.readouterr()
    assert code == 0, told.err
    report = json.loads((tmp_path / "out" / "run_report.json").read_text())
    sweep = report["sweep"]
    assert sweep["nothing_to_remove"].startswith("nothing to remove: identity edits change ")
    assert not sweep.get("chosen")
    assert [model["name"] for model in report["models"]] == ["baseline"]
    assert not report.get("comparisons")
    points = {point["name"]: point for point in sweep["points"]}
    assert list(points) == ["baseline", *REMEDIES, "plain", "augmentation", *SETTINGS]
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
    assert "smallest excess" in sweep["rule"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "None is chosen: nothing to remove" in page
    assert "mindiff mmd 5" in page


@pytest.mark.slow
def test_a_sweep_without_controls_chooses_the_fewest_flips_remedies_among_them(
    demo_data, tmp_path, capsys
):
    code = swept(demo_data, tmp_path, "--controls=0")
    told = capsys.readouterr()
    assert code == 0, told.err
    report = json.loads((tmp_path / "out" / "run_report.json").read_text())
    points = {point["name"]: point for point in report["sweep"]["points"]}
    assert not report["sweep"].get("nothing_to_remove")
    # The pairs of the withheld term are reported apart, for the model chosen too.
    coverage = {each["term"]: each["num_pairs"] for each in report["term_coverage"]}
    for model in report["models"]:
        assert model["held_out"]["num_pairs"] == coverage["lesbian"]
    assert report["comparisons"][0]["held_out"]["matched"]["flip_rate_difference"]
    assert "withheld from training" in told.out
    chosen = points[report["sweep"]["chosen"]]
    flips = {
        name: float(point["matched_flip_rate"].get("value", 0.0))
        for name, point in points.items()
        if name != "baseline" and not point.get("collapsed")
    }
    assert flips[chosen["name"]] == min(flips.values()) == 0.0
    assert chosen["name"] in REMEDIES
    assert float(points["blindness"]["calls_per_text"]) == 1.0
    assert float(points["averaging"]["calls_per_text"]) > 1.0
    assert report["models"][1]["calls"]["technique"] == chosen["name"]
    folder = tmp_path / "out" / "models" / "remediated"
    assert (folder / "model.keras").is_file()
    assert (folder / "saved_model" / "saved_model.pb").is_file()
    # What is judged by labels stands beside the flips.
    assert [each["model"] for each in report["label_judgements"]] == ["baseline", "remediated"]
    assert "calibration_error_difference" in report["comparisons"][0]
    assert "Calibration error (ECE)" in (tmp_path / "out" / "report.html").read_text()
