"""The batched evaluator against its peer: TFMA's own path on the same pairs, one by one."""

from __future__ import annotations

import json
import math

import apache_beam as beam
import numpy as np
import pytest
import tensorflow_model_analysis as tfma
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from google.protobuf import text_format
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.batches import bundle_sums
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.batches.transforms import ComputePairStatistics
from fairflip.metrics.evaluator.evaluator import (
    BatchedEvaluator,
    WriteTfmaResults,
    default_eval_config,
    required_spec,
)
from fairflip.metrics.evaluator.planning import plan_evaluation
from fairflip.metrics.evaluator.vectors import extracts_by_slice
from fairflip.metrics.flips.slicing import memberships
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.protos.errors import ConfigurationError
from support.metrics.evaluator_peer import (
    FOUND,
    assert_same_metrics,
    config_of,
    keep,
    plain_metric,
    run_both,
    spec_for,
)
from support.metrics.scored_pairs import random_pairs

pytest.importorskip("fairness_indicators")


def pair_metric(name, thresholds, ids=False, marked=False, **arguments):
    arguments = {
        "counterfactual_prediction_key": "counterfactual.score.{model}",
        "thresholds": thresholds,
        **arguments,
    }
    if ids:
        arguments |= {"example_id_key": "example_id", "example_ids_count": 4}
    if marked:
        arguments["flip_is_legitimate_key"] = "flip_is_legitimate"
    return config_pb2.MetricConfig(
        class_name=name, module="fairflip.metrics", config=json.dumps(arguments)
    )


def gap_metric(ids=False, marked=False):
    arguments = {"counterfactual_prediction_key": "counterfactual.score.{model}"}
    if ids:
        arguments["example_id_key"] = "example_id"
    if marked:
        arguments["flip_is_legitimate_key"] = "flip_is_legitimate"
    return config_pb2.MetricConfig(
        class_name="CounterfactualGap", module="fairflip.metrics", config=json.dumps(arguments)
    )


def classes(config):
    return [metric.class_name for spec in config.metrics_specs for metric in spec.metrics]


def config_for(models, thresholds, weighted, marked, intervals=False, extra=()):
    config = config_of(models, weighted)
    config.slicing_specs.add(feature_values={"race": "black"})
    config.slicing_specs.add(feature_keys=["counterfactual_group"])
    config.options.compute_confidence_intervals.value = intervals
    config.metrics_specs.add().metrics.extend(
        [
            plain_metric("ExampleCount"),
            plain_metric("AUC"),
            plain_metric("AUCPrecisionRecall"),
            plain_metric("AUC", name="auc_minoring", summation_method="minoring"),
            plain_metric("BinaryAccuracy", threshold=thresholds[0]),
            plain_metric("Precision", thresholds=list(thresholds)),
            plain_metric("Recall", name="recall_at_half", thresholds=0.5),
            plain_metric("F1Score", thresholds=[0.5]),
            plain_metric("MatthewsCorrelationCoefficient", thresholds=[0.5]),
            plain_metric("SpecificityAtSensitivity", sensitivity=0.6),
            plain_metric("FairnessIndicators", thresholds=list(thresholds)),
            pair_metric("FlipRate", thresholds, ids=True, marked=marked),
            pair_metric("FlipCount", thresholds, ids=True, marked=marked),
            pair_metric("ConditionalFlipRate", thresholds, marked=marked),
            pair_metric("PositiveRate", thresholds[:1], marked=marked),
            *extra,
        ]
    )
    return config


CASES = {
    "two models": {"models": ("base", "new")},
    "one model, weights": {"models": ("new",), "weighted": True},
    "legitimate flips, weights": {"models": ("base",), "weighted": True, "legitimate": True},
    "legitimate flips not told apart": {"models": ("base",), "legitimate": True, "marked": False},
    "scores of float32": {"models": ("base",), "grid": None, "float32": True},
}


@pytest.mark.parametrize("case", CASES)
def test_same_keys_and_values_as_tfma(case):
    given = {"weighted": False, "legitimate": False, "grid": 20, **CASES[case]}
    models, marked = given["models"], given.pop("marked", given["legitimate"])
    rng = np.random.default_rng(len(case))
    thresholds = [0.5, *np.round(rng.uniform(0, 1, 2), 2).tolist()]
    table = random_pairs(
        60,
        models,
        seed=len(case),
        weighted=given["weighted"],
        legitimate=given["legitimate"],
        grid=given["grid"],
        float32=given.get("float32", False),
    )
    config = config_for(models, thresholds, given["weighted"], marked)
    spec = spec_for(models, given["weighted"])
    plan = plan_evaluation(config, required_spec(config, spec))
    assert not plan.has_rest
    ours, theirs, _, _ = run_both(table, config, spec)
    assert_same_metrics(ours, theirs)


def test_crosses_of_slices_small_slices_other_metrics_and_thresholds():
    """What TFMA's own path offers beside values, and metrics that only it computes."""
    models = ("base", "new")
    extra = [
        plain_metric("MeanLabel"),
        plain_metric("AUC", name="auc_200", num_thresholds=200),
        gap_metric(),
        pair_metric("MatchedFlipRate", [0.5]),
    ]
    config = config_for(models, [0.5], False, False, extra=extra)
    cross = config.cross_slicing_specs.add()
    cross.baseline_spec.feature_values["gender"] = "female"
    cross.slicing_specs.add().feature_values["gender"] = "male"
    text_format.Parse(
        """value_threshold { upper_bound { value: 0.01 } }
           change_threshold { direction: LOWER_IS_BETTER absolute { value: 0.0 } }""",
        config.metrics_specs[0].metrics[11].threshold,
    )
    text_format.Parse(
        "value_threshold { lower_bound { value: 0.1 } }",
        config.metrics_specs[0].metrics[1].threshold,
    )
    spec = spec_for(models)
    plan = plan_evaluation(config, required_spec(config, spec))
    assert classes(plan.rest_config) == ["MeanLabel", "AUC"]
    assert classes(plan.vector_config) == ["CounterfactualGap", "MatchedFlipRate"]
    table = random_pairs(60, models, 3)
    ours, theirs, valid, peer_valid = run_both(table, config, spec)
    assert_same_metrics(ours, theirs)
    assert any(isinstance(key[0][0] if key else None, tuple) for key in ours if len(key) == 2)
    assert not valid.validation_ok
    assert valid.validation_ok == peer_valid.validation_ok

    def failures(result):
        return {
            (str(entry.slice_key), failure.metric_key.name, failure.metric_key.model_name)
            for entry in result.metric_validations_per_slice
            for failure in entry.failures
        }

    assert failures(valid) == failures(peer_valid) != set()
    del config.cross_slicing_specs[:]  # TFMA fails on these with small slices
    config.options.min_slice_size.value = 25
    ours, theirs, _, _ = run_both(table, config, spec)
    small = {key for key, metrics in theirs.items() if "__ERROR__" in metrics}
    assert small
    for key in theirs:
        assert ("__ERROR__" in ours[key]) == (key in small)
        if key in small:
            assert ours[key]["__ERROR__"] == theirs[key]["__ERROR__"]


@pytest.mark.parametrize("case", ["two models", "one model, weights", "legitimate flips"])
def test_metrics_that_keep_pairs_read_them_as_vectors(case, monkeypatch):
    models = ("base", "new") if case == "two models" else ("base",)
    weighted, marked = "weights" in case, "legitimate" in case
    config = config_for(models, [0.5], weighted, marked)
    del config.metrics_specs[0].metrics[:]
    config.metrics_specs[0].metrics.append(gap_metric(ids=True, marked=marked))
    if len(models) > 1:
        config.metrics_specs[0].metrics.append(pair_metric("MatchedFlipRate", [0.5, 0.3]))
    spec = spec_for(models, weighted)
    plan = plan_evaluation(config, required_spec(config, spec))
    assert classes(plan.vector_config) == classes(config)
    assert not plan.rest_config.metrics_specs
    # Chunks smaller than a slice, so that what they give is merged.
    monkeypatch.setattr(bundle_sums, "ROWS_PER_CHUNK", 100)
    table = random_pairs(120, models, len(case), weighted=weighted, legitimate=marked, grid=None)
    ours, theirs, _, _ = run_both(table, config, spec)
    assert_same_metrics(ours, theirs, at_least=50)


def test_a_slice_is_one_extract_or_for_intervals_parts_that_keep_originals_together():
    spec = spec_for(("base",), slices=(("gender",),))
    config = config_pb2.EvalConfig()
    config.model_specs.add(name="base", label_key="label", prediction_key="score.base")
    config.slicing_specs.add()
    config.slicing_specs.add(feature_keys=["gender"])
    config.metrics_specs.add().metrics.append(gap_metric(ids=True))
    table = random_pairs(3000, ("base",), 1)
    slices = memberships(table, spec.slices)

    def extracts():
        actual = {}
        for extract in extracts_by_slice(table, spec, config):
            (key,) = extract[tfma.SLICE_KEY_TYPES_KEY]
            actual.setdefault(key, []).append(extract["features"]["example_id"])
        return actual

    actual = extracts()
    assert {key: [len(ids) for ids in parts] for key, parts in actual.items()} == {
        member.key.to_tfma(): [len(member.rows)] for member in slices
    }
    config.options.compute_confidence_intervals.value = True
    parts = extracts()[()]
    assert 450 < len(parts) <= 500
    seen = [set(ids) for ids in parts]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 3000
    assert sum(map(len, parts)) == table.num_rows


def test_the_standard_error_of_a_gap_is_near_that_over_originals():
    spec = spec_for(("base",))
    config = config_pb2.EvalConfig()
    config.model_specs.add(name="base", label_key="label", prediction_key="score.base")
    config.metrics_specs.add().metrics.append(gap_metric())
    config.options.compute_confidence_intervals.value = True
    table = random_pairs(3000, ("base",), 5, grid=None)
    gaps = np.abs(table["score.base"].to_numpy() - table["counterfactual.score.base"].to_numpy())
    _, original = np.unique(table["example_id"].to_numpy(), return_inverse=True)
    sizes, sums = np.bincount(original), np.bincount(original, gaps)
    mean = gaps.mean()
    error = np.sqrt(np.sum((sums - mean * sizes) ** 2)) / len(gaps)
    FOUND.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        batches = pipeline | beam.Create(table.to_batches(max_chunksize=500))
        evaluation = batches | BatchedEvaluator(config, spec).ptransform
        _ = evaluation["metrics"] | "Keep" >> beam.Map(keep, "gaps")
    ((_, metrics),) = FOUND["gaps"]
    (actual,) = (v for k, v in metrics.items() if k.name == "counterfactual_gap/mean_absolute")
    assert actual.unsampled_value == pytest.approx(mean, rel=1e-9)
    # Twenty samples tell a standard error to about a sixth.
    assert actual.sample_standard_deviation == pytest.approx(error, rel=0.7)


def test_results_load_in_tfma_with_the_intervals_of_the_report(tmp_path):
    spec = spec_for(("base", "new"), thresholds=(0.5, 0.2), slices=(("gender",),))
    table = random_pairs(150, spec.models, 5, grid=None)
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        statistics = (
            pipeline
            | beam.Create(table.to_batches(max_chunksize=100))
            | ComputePairStatistics(spec)
        )
        for model in spec.models:
            _ = statistics | f"Write{model}" >> WriteTfmaResults(
                spec, default_eval_config(spec, model), str(tmp_path / model)
            )
    models, _ = build_models_and_comparisons(accumulate(table, spec), {}, spec)
    for report in models:
        loaded = tfma.load_eval_result(str(tmp_path / report.name))
        assert {s.slice for s in report.slices} == {
            "Overall" if not key else f"{key[0][0]}:{key[0][1]}"
            for key, _ in loaded.slicing_metrics
        }
        for key, outputs in loaded.slicing_metrics:
            values = outputs[""][""]
            name = f"{key[0][0]}:{key[0][1]}" if key else "Overall"
            actual = next(s for s in report.slices if s.slice == name)
            assert values["example_count"]["doubleValue"] == actual.num_pairs
            # TFMA reads AUC from 10,000 bins of equal width, the report from ranks.
            assert values["auc"]["boundedValue"]["value"] == pytest.approx(actual.auc, abs=2e-3)
            for entry in actual.thresholds:
                suffix = f"@{entry.threshold}"
                for value, expected in (
                    ("flip_rate/overall", entry.flip_rate),
                    ("flip_rate/negative_to_positive", entry.negative_to_positive_rate),
                    (
                        "conditional_flip_rate/positive_to_negative_given_positive",
                        entry.positive_to_negative_rate_given_positive,
                    ),
                ):
                    bounded = values[value + suffix]["boundedValue"]
                    assert bounded["value"] == pytest.approx(expected.value)
                    assert bounded["lowerBound"] == pytest.approx(expected.lower)
                    assert bounded["upperBound"] == pytest.approx(expected.upper)
                rate = values[f"fairness_indicators_metrics/false_positive_rate{suffix}"]
                assert rate["boundedValue"]["value"] == pytest.approx(entry.false_positive_rate)
                assert rate["boundedValue"]["lowerBound"] <= entry.false_positive_rate
                count = values[f"flip_count/negative_to_positive{suffix}"]["boundedValue"]
                assert count["value"] == entry.negative_to_positive_count
                assert count["lowerBound"] <= count["value"] <= count["upperBound"]
        loaded_validation = tfma.load_validation_result(str(tmp_path / report.name))
        assert loaded_validation.missing_thresholds


def test_an_interval_of_auc_is_near_its_spread_over_samples():
    """The jackknife's width against fresh draws of the whole data."""
    spec = spec_for(("base",))
    config = config_pb2.EvalConfig()
    config.model_specs.add(name="base", label_key="label", prediction_key="score.base")
    config.metrics_specs.add().metrics.append(plain_metric("AUC"))
    from fairflip.metrics.evaluator.slices import finished_tables
    from fairflip.metrics.flips.slicing import OVERALL

    config.options.compute_confidence_intervals.value = True
    plan = plan_evaluation(config, spec)
    values, widths = [], []
    for seed in range(40):
        statistics = accumulate(random_pairs(200, ("base",), seed, grid=None), spec)
        (table,) = finished_tables({OVERALL: statistics[OVERALL]}, plan, spec)
        values.append(table.values.item())
        widths.append((table.upper - table.lower).item())
    assert np.mean(widths) == pytest.approx(2 * 1.96 * np.std(values), rel=0.35)


def test_metrics_that_need_pairs_are_refused_without_them(tmp_path):
    spec = spec_for(("base",))
    config = config_for(("base",), [0.5], False, False, extra=[plain_metric("MeanLabel")])
    with pytest.raises(ConfigurationError, match="MeanLabel"):
        WriteTfmaResults(required_spec(config, spec), config, str(tmp_path))
    # Thresholds that were not counted need the pairs as well.
    with pytest.raises(ConfigurationError, match="FairnessIndicators"):
        WriteTfmaResults(spec, config_for(("base",), [0.5, 0.123], False, False), str(tmp_path))


def test_empty_slices_give_nan_and_zero_counts():
    spec = spec_for(("base",))
    from fairflip.metrics.evaluator.values import metric_table
    from fairflip.metrics.flips.slicing import OVERALL
    from fairflip.metrics.statistics.pair_statistics import SliceStatistics

    config = default_eval_config(spec, "base")
    zero = {OVERALL: SliceStatistics.zero(spec)}
    table = metric_table(zero, plan_evaluation(config, spec), spec, True)
    by_name = {key.name: table.values[i].item() for i, key in enumerate(table.keys)}
    assert by_name["example_count"] == 0
    assert by_name["flip_count/negative_to_positive@0.5"] == 0
    assert math.isnan(by_name["flip_rate/overall@0.5"])
