"""`fairflip run` from files to report, against a direct recount of its kept scored pairs."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from support.recount import counts, members, read_folder, without_times
from support.small_run import run_arguments, write_config

MODELS = ("baseline", "remediated")


def slices_of(report, model):
    actual = next(m for m in report["models"] if m["name"] == model)
    return {s["slice"]: s for s in actual["slices"]}


def test_every_flip_count_equals_a_recount(finished_run, report):
    table = read_folder(finished_run / "scored_pairs")
    compared = 0
    for model in MODELS:
        for name, part in slices_of(report, model).items():
            assert part["num_originals"] == len(
                set(np.array(table["example_id"].to_pylist())[members(table, name)])
            )
            for at in part["thresholds"]:
                expected = counts(table, model, name, at["threshold"])
                assert part["num_pairs"] == expected.pop("num_pairs")
                for field, value in expected.items():
                    assert at[field] == value, (model, name, at["threshold"], field)
                    compared += 1
                rate = at["flip_rate"]
                assert rate["value"] == pytest.approx(at["flip_count"] / part["num_pairs"])
                assert rate["lower"] <= rate["value"] <= rate["upper"]
    assert compared >= 2 * 5 * 3 * 5
    assert any(at["flip_count"] for at in slices_of(report, "baseline")["Overall"]["thresholds"])


def test_both_models_are_scored_on_both_texts(finished_run):
    """Scores in the kept pairs are the model's own, on each side's text."""
    import tensorflow as tf

    from fairflip.remediation.training.saved_model import load_model

    table = read_folder(finished_run / "scored_pairs").slice(0, 300)
    for model in MODELS:
        keras_model = load_model(finished_run / "models" / model / "model.keras")
        for prefix in ("", "counterfactual."):
            texts = tf.constant(table[f"{prefix}comment_text"].to_pylist())
            direct = keras_model(texts, training=False).numpy().reshape(-1)
            remaining = table[f"{prefix}score.{model}"].to_numpy()
            np.testing.assert_allclose(remaining, direct, atol=1e-6)


def test_pairs_hold_what_changed_and_nothing_is_lost(finished_run, report, demo_data):
    import pyarrow.parquet as pq

    pairing = report["pairing"]
    examples = pq.read_table(demo_data / "test.parquet")
    pairs = read_folder(finished_run / "pairs")
    assert pairing["num_originals"] == examples.num_rows
    assert pairing["num_pairs"] == pairs.num_rows
    paired = len(set(pairs["example_id"].to_pylist()))
    assert pairing["num_unmatched_originals"] == examples.num_rows - paired
    changed = pairs["counterfactual.comment_text"].to_pylist()
    assert all(a != b for a, b in zip(pairs["comment_text"].to_pylist(), changed, strict=True))
    assert len(pairing["pair_set_sha256"]) == 64
    assert json.loads((finished_run / "pairs" / "audit.json").read_text())["num_pairs"] == len(
        changed
    )


def test_coverage_counts_terms_and_groups_and_shows_twenty_pairs(finished_run):
    coverage = json.loads((finished_run / "details" / "coverage.json").read_text())
    pairs = read_folder(finished_run / "pairs").to_pylist()
    for entry in coverage["groups"]:
        assert entry["num_pairs"] >= sum(entry["group"] in pair["group"] for pair in pairs) > 0
    by_term = {entry["term"]: entry["num_pairs"] for entry in coverage["terms"]}
    assert by_term["woman"] == sum("woman" in pair["term"] for pair in pairs) > 0
    texts = {pair["example_id"]: pair["counterfactual.comment_text"] for pair in pairs}
    assert len(coverage["examples"]) == 20
    assert all(texts[e["id"]] == e["counterfactual"] for e in coverage["examples"])


def test_every_terms_flips_and_gaps_equal_a_recount(finished_run, report):
    table = read_folder(finished_run / "scored_pairs")
    terms = table["term"].to_pylist()
    threshold = report["models"][0]["slices"][0]["thresholds"][0]["threshold"]
    compared = 0
    for entry in report["term_coverage"]:
        rows = np.array([entry["term"] in of_pair for of_pair in terms])
        assert entry.get("num_pairs", 0) == rows.sum()
        assert bool(entry.get("flip_rate")) == rows.any()
        for model in MODELS if rows.any() else ():
            before = table[f"score.{model}"].to_numpy()[rows]
            after = table[f"counterfactual.score.{model}"].to_numpy()[rows]
            rate, gap = entry["flip_rate"][model], entry["ctf_gap"][model]
            flips = (before > threshold) != (after > threshold)
            assert rate.get("value", 0.0) == pytest.approx(flips.mean(), abs=1e-12)
            assert gap["value"] == pytest.approx(np.abs(after - before).mean(), abs=1e-9)
            assert rate.get("lower", 0.0) <= flips.mean() <= rate["upper"]
            compared += 1
    assert compared >= 20


def test_auc_and_accuracy_equal_scikit_learn(finished_run, report):
    table = read_folder(finished_run / "scored_pairs")
    labels = table["toxicity"].to_numpy()
    for model in MODELS:
        overall = slices_of(report, model)["Overall"]
        scores = table[f"score.{model}"].to_numpy()
        assert overall["auc"] == pytest.approx(roc_auc_score(labels, scores), abs=2e-4)
        first = overall["thresholds"][0]["threshold"]
        assert overall["accuracy"] == pytest.approx(np.mean((scores > first) == labels), abs=1e-9)


def test_matched_threshold_reaches_the_baselines_positive_rate(finished_run, report):
    table = read_folder(finished_run / "scored_pairs")
    for name, part in slices_of(report, "remediated").items():
        rows = members(table, name)
        scores = table["score.remediated"].to_numpy()[rows]
        changed = table["counterfactual.score.remediated"].to_numpy()[rows]
        first = part["thresholds"][0]["threshold"]
        wanted = np.mean(table["score.baseline"].to_numpy()[rows] > first)
        actual = part["matched"]
        assert actual["positive_rate"] == pytest.approx(np.mean(scores > actual["threshold"]))
        assert actual["positive_rate"] <= wanted + 1e-12
        reachable = [np.mean(scores > t) for t in np.unique(scores)]
        assert actual["positive_rate"] == pytest.approx(max(r for r in reachable if r <= wanted))
        flips = (scores > actual["threshold"]) != (changed > actual["threshold"])
        assert actual["flip_count"] == flips.sum()


def value_of(metric):
    """A TFMA metric's value, with or without an interval."""
    bounded = metric.get("boundedValue", {})
    return float(metric.get("doubleValue", bounded.get("value", "nan")))


@pytest.mark.parametrize("model", MODELS)
def test_tfma_loads_the_result_with_all_metrics_per_slice(finished_run, report, model):
    import tensorflow_model_analysis as tfma

    result = tfma.load_eval_result(str(finished_run / "tfma" / model))
    actual = {}
    for slice_key, outputs in result.slicing_metrics:
        name = ":".join(slice_key[0]) if slice_key else "Overall"
        for subs in outputs.values():
            for metrics in subs.values():
                actual.setdefault(name, {}).update(metrics)
    expected = slices_of(report, model)
    assert set(actual) == set(expected)
    for name, part in expected.items():
        metrics = actual[name]
        assert value_of(metrics["example_count"]) == part["num_pairs"]
        # The report's AUC is exact; TFMA's is from 10,000 bins of equal width.
        assert value_of(metrics["auc"]) == pytest.approx(float(part["auc"]), abs=1e-3, nan_ok=True)
        for at in part["thresholds"]:
            t = f"{at['threshold']:.1f}"
            assert value_of(metrics[f"flip_rate/overall@{t}"]) == pytest.approx(
                at["flip_rate"]["value"], abs=1e-9
            )
            assert f"flip_count/negative_to_positive@{t}" in metrics
        assert any("false_positive_rate@0.5" in key for key in metrics)


def test_the_report_opens_and_the_model_is_there(finished_run):
    assert b"<html" in (finished_run / "report.html").read_bytes()[:2000]
    assert (finished_run / "models" / "remediated" / "saved_model" / "saved_model.pb").is_file()
    assert not (finished_run / "details" / "steps").exists()


@pytest.mark.slow
def test_same_config_and_seed_give_the_same_report(finished_run, report, demo_data, tmp_path):
    from fairflip.pipeline import cli

    assert cli.main(run_arguments(demo_data, tmp_path / "again", write_config(tmp_path))) == 0
    again = json.loads((tmp_path / "again" / "run_report.json").read_text())
    assert without_times(again) == without_times(report)


def test_a_complete_run_is_not_done_again(finished_run, demo_data, capsys):
    from fairflip.pipeline import cli

    before = (finished_run / "run_report.json").read_bytes()
    arguments = run_arguments(demo_data, finished_run, write_config(finished_run.parent))
    assert cli.main([a for a in arguments if a not in {"--quiet", "--overwrite"}]) == 0
    assert "nothing to do" in capsys.readouterr().err
    assert (finished_run / "run_report.json").read_bytes() == before


def test_the_gate_trusts_the_run_and_not_an_altered_one(finished_run, tmp_path):
    import shutil

    from fairflip.pipeline import cli

    limits = tmp_path / "limits.textproto"
    limits.write_text(
        'limits { metric: "flip_rate" slices: "Overall" max: 1.0 }\n'
        "allow_not_enough_evidence: true\n"  # the data is small
    )
    copy = tmp_path / "copy"
    shutil.copytree(finished_run, copy)
    assert cli.main(["gate", f"--run={copy}", f"--limits={limits}"]) == 0
    assert (copy / "details" / "gate.xml").is_file()
    with (copy / "run_report.json").open("a") as file:
        file.write(" ")
    assert cli.main(["gate", f"--run={copy}", f"--limits={limits}"]) == 1
