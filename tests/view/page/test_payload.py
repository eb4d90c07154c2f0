"""Payloads hold the report's numbers, every slice with every metric."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fairflip.protos.errors import InputError
from fairflip.view.page import embedding, payload
from support import control_reports, random_reports


def value(made, model, slice_name, metric):
    row = made["values"][model][made["slices"].index(slice_name)]
    return row[made["metrics"].index(metric)]


def test_values_equal_a_direct_count():
    table = random_reports.scored_pairs()
    made = payload.from_report(random_reports.report(table))
    assert made["models"] == ["baseline", "remediated"]
    for model in made["models"]:
        for threshold in (0.5, 0.25):
            was = table[f"score.{model}"].to_numpy() > threshold
            now = table[f"counterfactual.score.{model}"].to_numpy() > threshold
            suffix = f"@{threshold}"
            rate = value(made, model, "Overall", "flip_rate/overall" + suffix)
            assert rate[0] == pytest.approx(np.mean(was != now), abs=1e-6)
            assert rate[1] < rate[0] < rate[2]
            assert value(
                made, model, "Overall", "flip_count/negative_to_positive" + suffix
            ) == np.sum(~was & now)
            both = value(made, model, "Overall", "flip_rate/positive_to_negative" + suffix)
            assert both[0] == pytest.approx(np.mean(was & ~now), abs=1e-6)
            assert value(made, model, "Overall", "positive_rate" + suffix) == pytest.approx(
                np.mean(was), abs=1e-6
            )
        assert value(made, model, "Overall", "example_count") == 400


def test_every_slice_has_every_metric_and_unknown_is_null_not_zero():
    report = random_reports.report(random_reports.scored_pairs(60))
    report.models[0].slices[1].thresholds[0].flip_rate.value = np.nan
    del report.models[1].slices[2]
    made = payload.from_report(report)
    for rows in made["values"].values():
        assert len(rows) == len(made["slices"]) == 4
        assert {len(row) for row in rows} == {len(made["metrics"])}
    assert value(made, "baseline", "gender:female", "flip_rate/overall@0.5") is None
    assert set(made["values"]["remediated"][2]) == {None}


def test_a_rate_that_was_not_matched_is_null():
    report = random_reports.report(random_reports.scored_pairs(60))
    matched = report.models[1].slices[0].matched
    matched.baseline_positive_rate, matched.positive_rate = 0.4, 0.3
    known = value(payload.from_report(report), "remediated", "Overall", "matched_flip_rate")
    assert known[0] == pytest.approx(matched.flip_rate.value, abs=1e-6)
    matched.positive_rate = 0.0
    made = payload.from_report(report)
    assert value(made, "remediated", "Overall", "matched_flip_rate") is None
    assert value(made, "baseline", "Overall", "matched_flip_rate") is not None


def test_controls_have_the_names_of_the_metrics():
    report = control_reports.one_model(control=0.03, excess=(0.04, 0.03, 0.05))
    at = report.models[0].slices[0].thresholds[0]
    at.excess_negative_to_positive_rate.CopyFrom(control_reports.interval(0.01, -0.01, 0.02))
    made = payload.from_report(report)
    assert value(made, "mine", "Overall", "excess_flip_rate/overall@0.5") == [0.04, 0.03, 0.05]
    assert value(made, "mine", "Overall", "control_flip_rate/overall@0.5")[0] == 0.03
    name = "excess_flip_rate/negative_to_positive@0.5"
    assert value(made, "mine", "Overall", name) == [0.01, -0.01, 0.02]
    bare = payload.from_report(control_reports.one_model())["metrics"]
    assert not [metric for metric in bare if "control" in metric or "excess" in metric]


def test_eval_results_are_aligned_filtered_and_in_one_threshold_format():
    one = random_reports.eval_result(
        [
            (
                (),
                {
                    "": {
                        "": {
                            "example_count": {"doubleValue": 10.0},
                            "flip_rate/overall@0.50": {
                                "boundedValue": {"value": 0.2, "upperBound": 0.3}
                            },
                            "flip_count/sample": {"bytesValue": "YWJj"},
                            "ids": {"arrayValue": {}},
                            "precision@0.1234": {"doubleValue": "NaN"},
                            "precision@5": {"doubleValue": 0.5},
                        }
                    }
                },
            ),
            ((("gender", "female"), ("race", b"black")), {"": {"": {"auc": {"doubleValue": 0.5}}}}),
            ((("gender", "x"),), {"": {"": {"__ERROR__": {"bytesValue": "YQ=="}}}}),
        ]
    )
    two = random_reports.eval_result(
        [((), {"": {"": {"flip_rate/overall@0.5": {"doubleValue": 0.1}}}})]
    )
    made = payload.from_eval_results({"a": one, "b": two})
    assert made["slices"] == ["Overall", "gender_X_race:female_X_black"]
    assert set(made["metrics"]) == {
        "example_count",
        "flip_rate/overall@0.5",
        "precision@0.1234",
        "precision@5",
        "auc",
    }
    assert value(made, "a", "Overall", "flip_rate/overall@0.5") == [0.2, 0, 0.3]
    assert value(made, "b", "Overall", "flip_rate/overall@0.5") == 0.1
    assert value(made, "a", "Overall", "precision@0.1234") is None
    assert value(made, "b", "gender_X_race:female_X_black", "auc") is None


def test_multi_output_metrics_keep_their_output_name():
    result = random_reports.eval_result([((), {"head": {"": {"auc": {"doubleValue": 0.5}}}})])
    assert payload.from_eval_results({"a": result})["metrics"] == ["head/auc"]


def test_results_without_metrics_are_refused():
    with pytest.raises(InputError, match="no metric that can be shown"):
        payload.from_eval_results({"a": random_reports.eval_result([])})


def test_select_refuses_unknown_and_too_many_models():
    made = payload.from_report(
        random_reports.report(random_reports.scored_pairs(30, ("a", "b", "c")), ("a", "b", "c"))
    )
    assert payload.select(made, ["a", "c"])["models"] == ["a", "c"]
    for wrong in (["a", "x"], ["a", "b", "c"], []):
        with pytest.raises(InputError, match="one or two"):
            payload.select(made, wrong)


def test_json_in_a_script_closes_no_tag():
    text = embedding.script_json({"</script>": ["<!--", "&", "\u2028"]})
    assert not set(text) & set("<>&\u2028")
    assert json.loads(text) == {"</script>": ["<!--", "&", "\u2028"]}


@pytest.mark.slow
def test_a_real_tfma_result_keeps_its_values():
    import pandas as pd
    import tensorflow_model_analysis as tfma
    from google.protobuf import text_format
    from tensorflow_model_analysis.proto import config_pb2

    config = text_format.Parse(
        """
        model_specs { label_key: "label" prediction_key: "score" }
        metrics_specs {
          metrics { class_name: "ExampleCount" }
          metrics { class_name: "AUC" }
          metrics { class_name: "FairnessIndicators" module: "fairness_indicators.fairness_indicators_metrics" config: '"thresholds": [0.25, 0.50]' }
          metrics { class_name: "ConfusionMatrixPlot" }
        }
        slicing_specs {}
        slicing_specs { feature_keys: "gender" }
        """,
        config_pb2.EvalConfig(),
    )
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "label": random.integers(0, 2, 120).astype(float),
            "score": random.random(120),
            "gender": random.choice(["female", "male"], 120),
        }
    )
    made = payload.from_eval_results({"m": tfma.analyze_raw_data(frame, config)})
    assert set(made["slices"]) == {"Overall", "gender:female", "gender:male"}
    for name in made["slices"]:
        rows = frame if name == "Overall" else frame[frame.gender == name.split(":")[1]]
        assert value(made, "m", name, "example_count") == len(rows)
        negatives = rows[rows.label == 0]
        for threshold in ("0.25", "0.5"):
            metric = f"fairness_indicators_metrics/false_positive_rate@{threshold}"
            expected = (negatives.score > float(threshold)).mean()
            assert value(made, "m", name, metric) == pytest.approx(expected, abs=1e-6)
