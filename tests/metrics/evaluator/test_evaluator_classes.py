"""MulticlassFlips in batches: TFMA's own path, a direct table, and what is refused."""

from __future__ import annotations

import json

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
import tensorflow_model_analysis as tfma
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from google.protobuf import text_format
from tensorflow_model_analysis.api import model_eval_lib
from tensorflow_model_analysis.extractors import (
    features_extractor,
    materialized_predictions_extractor,
)
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.batches import bundle_sums
from fairflip.metrics.batches.transforms import ComputePairStatistics
from fairflip.metrics.evaluator.evaluator import (
    BatchedEvaluator,
    WriteTfmaResults,
    required_spec,
)
from fairflip.metrics.evaluator.extracts import counted_batch, scored_batch
from fairflip.metrics.evaluator.planning import plan_evaluation
from fairflip.metrics.evaluator.vectors import SplitBySlice, extracts_by_slice
from fairflip.metrics.pairs.class_scores import class_scores
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos.errors import ConfigurationError, InputError
from support.metrics.evaluator_peer import (
    FOUND,
    assert_same_metrics,
    config_of,
    keep,
    plain_metric,
    run_both,
    spec_for,
)
from support.metrics.scored_pairs import random_pairs, slices_of
from support.metrics.tfma_pipeline import to_batch

CLASSES = "counterfactual.classes.{model}"
CHANGE_RATE = "multiclass_flips/top_class_change_rate"


def flips(key=CLASSES, **arguments) -> config_pb2.MetricConfig:
    return config_pb2.MetricConfig(
        class_name="MulticlassFlips",
        module="fairflip.metrics",
        config=json.dumps({"counterfactual_prediction_key": key, **arguments}),
    )


def config_for(models, *metrics, weighted=False) -> config_pb2.EvalConfig:
    config = config_of(models, weighted)
    config.slicing_specs.add(feature_keys=["counterfactual_group"])
    config.metrics_specs.add().metrics.extend(metrics)
    return config


def without_scores(table: pa.Table) -> pa.Table:
    """What TFMA's own path reads: predictions that are vectors, and nothing else."""
    return table.drop_columns([name for name in table.schema.names if "score." in name])


def only_classes(metrics: dict) -> dict:
    return {
        key: {k: v for k, v in values.items() if k.name.startswith(("multiclass", "__ERROR"))}
        for key, values in metrics.items()
    }


CASES = {
    "two models": {"num_classes": 3},
    "weights": {"models": ("one",), "num_classes": 6, "weighted": True},
    "marked pairs, weights": {
        "models": ("base", "new"),
        "num_classes": 2,
        "weighted": True,
        "legitimate": True,
    },
}


@pytest.mark.parametrize("case", CASES)
def test_same_values_as_tfma_beside_metrics_of_scores(case, monkeypatch):
    given = dict(CASES[case])
    models = given.pop("models", ("base", "new"))
    weighted = given.get("weighted", False)
    table = random_pairs(90, models, len(case), **given)
    marked = {"flip_is_legitimate_key": "flip_is_legitimate"} if "legitimate" in given else {}
    of_scores = config_pb2.MetricConfig(
        class_name="FlipRate",
        module="fairflip.metrics",
        config=json.dumps({"counterfactual_prediction_key": "counterfactual.score.{model}"}),
    )
    config = config_for(
        models, plain_metric("ExampleCount"), of_scores, flips(**marked), weighted=weighted
    )
    spec = spec_for(models, weighted)
    plan = plan_evaluation(config, required_spec(config, spec))
    assert plan.not_counted == ("MulticlassFlips",)
    assert len(plan.class_config.metrics_specs) == 1
    # Chunks smaller than a slice, so that what they give is merged.
    monkeypatch.setattr(bundle_sums, "ROWS_PER_CHUNK", 60)
    alone = config_for(models, flips(**marked), weighted=weighted)
    ours, theirs, _, _ = run_both(
        table, config, spec, peer_table=without_scores(table), peer_config=alone
    )
    assert {k.name for k in ours[()]} >= {"example_count", "flip_rate/overall@0.5", CHANGE_RATE}
    assert_same_metrics(only_classes(ours), theirs)
    assert any(key.is_diff for key in ours[()]) == (len(models) > 1)


def test_every_slice_equals_a_direct_table():
    table = random_pairs(70, ("base",), 7, num_classes=4, weighted=True, legitimate=True)
    marked = flips(flip_is_legitimate_key="flip_is_legitimate")
    config = config_for(("base",), marked, weighted=True)
    spec = required_spec(config, spec_for(("base",), True))
    ours, _, _, _ = run_both(table, config, spec, peer_table=without_scores(table))
    expected: dict[str, np.ndarray] = {}
    for row in table.to_pylist():
        if row["flip_is_legitimate"]:
            continue
        before, after = row["classes.base"], row["counterfactual.classes.base"]
        cell = before.index(max(before)), after.index(max(after))
        for name in slices_of(row, spec.slices):
            expected.setdefault(name, np.zeros((4, 4)))[cell] += row["weight"]
    assert len(expected) > 10
    for name, matrix in expected.items():
        (actual,) = (
            values
            for key, values in ours.items()
            if (":".join(map("_X_".join, zip(*key, strict=True))) or "Overall") == name
        )
        by_name = {key.name: value for key, value in actual.items()}
        moved = matrix - np.diag(matrix.diagonal())
        for value, direct in (
            ("top_class_change_rate", moved.sum() / matrix.sum()),
            ("transition_matrix", matrix),
            ("class_gains", moved.sum(axis=0)),
            ("class_loss_rate@3", moved[3].sum() / matrix.sum()),
        ):
            np.testing.assert_allclose(
                by_name[f"multiclass_flips/{value}"], direct, rtol=1e-9, atol=1e-9
            )


def test_crosses_of_slices_small_slices_and_thresholds():
    models = ("base", "new")
    limited = flips(name="gains", validated_value="class_gain_rate@1")
    for metric, text in (
        (limited, "value_threshold { upper_bound { value: 0.05 } }"),
        (
            changed := flips(),
            "change_threshold { direction: LOWER_IS_BETTER absolute { value: 0 } }",
        ),
    ):
        text_format.Parse(text, metric.threshold)
    config = config_for(models, limited, changed)
    cross = config.cross_slicing_specs.add()
    cross.baseline_spec.feature_values["gender"] = "female"
    cross.slicing_specs.add().feature_values["gender"] = "male"
    spec = spec_for(models)
    table = random_pairs(60, models, 3, num_classes=3)
    ours, theirs, valid, peer_valid = run_both(
        table, config, spec, peer_table=without_scores(table)
    )
    assert_same_metrics(ours, theirs)
    assert any(isinstance(key[0][0] if key else None, tuple) for key in ours if len(key) == 2)

    def failures(result):
        return {
            (str(entry.slice_key), failure.metric_key.name, failure.metric_key.model_name)
            for entry in result.metric_validations_per_slice
            for failure in entry.failures
        }

    assert failures(valid) == failures(peer_valid) != set()
    assert {name for _, name, _ in failures(valid)} == {"gains/class_gain_rate@1", CHANGE_RATE}
    del config.cross_slicing_specs[:]  # TFMA fails on these with small slices
    config.options.min_slice_size.value = 25
    ours, theirs, _, _ = run_both(table, config, spec, peer_table=without_scores(table))
    small = {key for key, metrics in theirs.items() if "__ERROR__" in metrics}
    assert 0 < len(small) < len(theirs)
    assert_same_metrics(ours, theirs)


def test_intervals_are_written_and_load_in_tfma(tmp_path):
    table = random_pairs(400, ("base",), 5, num_classes=3)
    config = config_for(("base",), plain_metric("ExampleCount"), flips())
    config.options.compute_confidence_intervals.value = True
    spec = required_spec(config, spec_for(("base",)))
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        batches = pipeline | beam.Create(table.to_batches(max_chunksize=100))
        statistics = batches | ComputePairStatistics(spec)
        _ = statistics | WriteTfmaResults(spec, config, str(tmp_path), batches=batches)
    before, after = class_scores(table, "base")
    rate = np.mean(before.argmax(axis=1) != after.argmax(axis=1))
    loaded = dict(tfma.load_eval_result(str(tmp_path)).slicing_metrics)
    values = loaded[()][""][""]
    assert values["example_count"]["doubleValue"] == table.num_rows
    bounded = values[CHANGE_RATE]["boundedValue"]
    assert bounded["value"] == pytest.approx(rate)
    # Two standard errors of a rate over so many pairs, give or take those of one original.
    width = 2 * 1.96 * np.sqrt(rate * (1 - rate) / table.num_rows)
    assert bounded["upperBound"] - bounded["lowerBound"] == pytest.approx(width, rel=0.8)


@pytest.mark.parametrize("has_scores", [False, True])
def test_extracts_of_tfma_with_predictions_of_k_classes(has_scores):
    """From TFMA's own extractors: [N, K] arrays, in place of Arrow columns."""
    table = random_pairs(80, ("m",), 2, num_classes=3)
    columns = table.to_pydict()
    given = {
        "classes": columns["classes.m"],
        "counterfactual.classes.m": columns["counterfactual.classes.m"],
        "example_id": columns["example_id"],
        "gender": [values or None for values in columns["gender"]],
    }
    metrics = [plain_metric("ExampleCount"), flips()]
    if has_scores:
        for name in ("score.m", "counterfactual.score.m"):
            given[name] = columns[name]
        arguments = {"counterfactual_prediction_key": "counterfactual.score.m"}
        metrics.append(
            config_pb2.MetricConfig(
                class_name="FlipRate", module="fairflip.metrics", config=json.dumps(arguments)
            )
        )
    config = config_pb2.EvalConfig()
    config.model_specs.add(name="m", prediction_key="classes")
    config.slicing_specs.add()
    config.slicing_specs.add(feature_keys=["gender"])
    config.metrics_specs.add().metrics.extend(metrics)
    spec = StatisticsSpec(models=("m",), num_buckets=16)
    extractors = [
        features_extractor.FeaturesExtractor(eval_config=config),
        materialized_predictions_extractor.MaterializedPredictionsExtractor(eval_config=config),
    ]
    after = extractors[-1].stage_name
    batches = [to_batch(given).slice(i, 40) for i in range(0, table.num_rows, 40)]
    FOUND.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        evaluation = (
            pipeline
            | beam.Create(batches)
            | model_eval_lib.BatchedInputsToExtracts()
            | model_eval_lib.ExtractAndEvaluate(
                extractors=extractors, evaluators=[BatchedEvaluator(config, spec, after)]
            )
        )
        _ = evaluation["metrics"] | "Keep" >> beam.Map(keep, "metrics")
    actual = dict(FOUND["metrics"])
    before, other = class_scores(table, "m")
    changed = before.argmax(axis=1) != other.argmax(axis=1)
    for slice_key, metrics in actual.items():
        members = [not slice_key or slice_key[0][1] in values for values in columns["gender"]]
        by_name = {key.name: value for key, value in metrics.items()}
        assert by_name["example_count"] == sum(members)
        assert by_name[CHANGE_RATE] == pytest.approx(changed[members].mean(), abs=1e-9)
        if has_scores:
            scores = table["score.m"].to_numpy(), table["counterfactual.score.m"].to_numpy()
            flipped = (scores[0] > 0.5) != (scores[1] > 0.5)
            assert by_name["flip_rate/overall@0.5"] == pytest.approx(flipped[members].mean())
    assert len(actual) == 4


def test_a_baselines_classes_are_the_counterfactuals_without_a_key():
    models = ("base", "new")
    table = random_pairs(50, models, 4, num_classes=3)
    config = config_for(models, flips(None))
    ours, theirs, _, _ = run_both(table, config, spec_for(models), peer_table=without_scores(table))
    assert_same_metrics(ours, theirs)
    (rate,) = (v for k, v in ours[()].items() if k.name == CHANGE_RATE and k.model_name == "new"
               and not k.is_diff)  # fmt: skip
    tops = [class_scores(table, model)[0].argmax(axis=1) for model in models]
    assert rate == pytest.approx(np.mean(tops[0] != tops[1]), abs=1e-9)


def test_batches_of_several_numbers_of_classes_are_refused_by_name():
    config = config_for(("m",), flips())
    del config.slicing_specs[1:]
    tables = [random_pairs(20, ("m",), k, num_classes=k) for k in (3, 4)]

    def evaluate():
        with beam.Pipeline(runner=FnApiRunner()) as pipeline:
            batches = pipeline | beam.Create([t.to_batches()[0] for t in tables])
            _ = batches | BatchedEvaluator(config, spec_for(("m",))).ptransform

    with pytest.raises(InputError, match=r"'m'.* 3 class scores in some rows and 4 in others"):
        evaluate()


def test_models_of_several_numbers_of_classes_are_not_compared():
    models = ("base", "new")
    tables = [random_pairs(9, models, 1, num_classes=k) for k in (3, 4)]
    table = tables[0].drop_columns(["classes.new", "counterfactual.classes.new"])
    for name in ("classes.new", "counterfactual.classes.new"):
        table = table.append_column(name, tables[1][name])
    config = config_for(models, flips())
    with pytest.raises(InputError, match="'base' 3, 'new' 4"):
        list(extracts_by_slice(table, spec_for(models), config, reads_classes=True))
    config.model_specs[0].is_baseline = False
    assert list(extracts_by_slice(table, spec_for(models), config, reads_classes=True))


def test_a_column_of_single_scores_is_refused_when_the_plan_is_made():
    config = config_for(("m",), flips("counterfactual.score.m"))
    with pytest.raises(ConfigurationError, match=r'"counterfactual\.classes\.\{model\}"'):
        plan_evaluation(config, spec_for(("m",)))


def test_metrics_of_scores_need_scores():
    """Classes alone do for metrics over classes and for counts of rows."""
    table = without_scores(random_pairs(9, ("m",), 1, num_classes=3))
    spec = spec_for(("m",))
    counts = plan_evaluation(config_for(("m",), plain_metric("ExampleCount"), flips()), spec)
    assert counted_batch(table, spec, counts)["score.m"].to_pylist() == [0.0] * table.num_rows
    both = plan_evaluation(config_for(("m",), plain_metric("AUC"), flips()), spec)
    with pytest.raises(InputError, match=r"'m' gives class scores.*'score\.m'"):
        counted_batch(table, spec, both)
    # Another model's scores are no reason to refuse these.
    models = ("m", "scored")
    config = config_for(models, flips())
    config.metrics_specs[0].model_names.append("m")
    config.metrics_specs.add(model_names=["scored"]).metrics.append(plain_metric("AUC"))
    spec = spec_for(models)
    with_scores = random_pairs(9, models, 1, num_classes=3).drop_columns(["score.m"])
    actual = counted_batch(with_scores, spec, plan_evaluation(config, spec))
    assert actual["score.m"].to_pylist() == [0.0] * actual.num_rows


def gaps(key="counterfactual.score.{model}") -> config_pb2.MetricConfig:
    arguments = {"counterfactual_prediction_key": key}
    return config_pb2.MetricConfig(
        class_name="CounterfactualGap", module="fairflip.metrics", config=json.dumps(arguments)
    )


@pytest.mark.parametrize("named", ["m", ""])
def test_metrics_over_vectors_of_scores_need_scores(named):
    table = without_scores(random_pairs(9, ("m",), 1, num_classes=3))
    metrics = gaps("counterfactual.score.m"), flips("counterfactual.classes.m")
    config, spec = config_for(("m",), *metrics), spec_for(("m",))
    config.model_specs[0].name = named
    plan = plan_evaluation(config, spec)
    assert plan.not_counted == ("CounterfactualGap", "MulticlassFlips")
    split = SplitBySlice(spec, plan, reads_classes=False)
    split.start_bundle()
    for read in (counted_batch, lambda batch, *_: list(split.process(batch))):
        with pytest.raises(InputError, match=r"'m' gives class scores.*'score\.m'"):
            read(table, spec, plan)


def test_metrics_over_vectors_need_the_scores_of_their_models_and_of_the_baseline():
    models = ("m", "scored")
    table = random_pairs(9, models, 1, num_classes=3)
    without = table.drop_columns(["score.m", "counterfactual.score.m"])
    config, spec = config_for(models, flips()), spec_for(models)
    config.metrics_specs[0].model_names.extend(models)
    config.metrics_specs.add(model_names=["scored"]).metrics.append(gaps())
    with pytest.raises(InputError, match="'m' gives class scores"):
        counted_batch(without, spec, plan_evaluation(config, spec))
    config.model_specs[0].is_baseline = False
    plan = plan_evaluation(config, spec)
    split = SplitBySlice(spec, plan, reads_classes=False)
    split.start_bundle()
    assert list(split.process(without)) == []
    actual = [windowed.value["predictions"]["scored"] for windowed in split.finish_bundle()]
    np.testing.assert_array_equal(max(actual, key=len), table["score.scored"])


@pytest.mark.parametrize("num_rows", [0, 2])
def test_predictions_of_k_classes_are_classes_in_a_batch_of_any_size(num_rows):
    rows = np.tile([0.5, 0.25, 0.25], (num_rows, 1))
    features = {"example_id": np.array(["a"] * num_rows), "counterfactual.classes.m": rows}
    config, spec = config_for(("m",), flips()), StatisticsSpec(models=("m",))
    actual = scored_batch({"features": features, "predictions": rows}, spec, config)
    assert set(actual.schema.names) == {"example_id", "classes.m", "counterfactual.classes.m"}
    assert actual["classes.m"].to_pylist() == rows.tolist()
