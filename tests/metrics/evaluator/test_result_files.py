"""The batched evaluator's short cuts against the libraries' own functions."""

from __future__ import annotations

import dataclasses
import itertools
import json

import numpy as np
import pytest
import tensorflow_model_analysis as tfma
from tensorflow_model_analysis.metrics import confusion_matrix_metrics, metric_specs
from tensorflow_model_analysis.proto import config_pb2, metrics_for_slice_pb2
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.evaluator.areas import area_samples, coarse_samples, score_matrices_by_sample
from fairflip.metrics.evaluator.counts import FAIRNESS_RATES, Cells, accuracy, fairness_rates
from fairflip.metrics.evaluator.eval_configs import default_eval_config
from fairflip.metrics.evaluator.planning import plan_evaluation, required_spec
from fairflip.metrics.evaluator.result_files import metrics_for_slices, write_result_files
from fairflip.metrics.evaluator.slices import as_metrics, finished_tables
from fairflip.metrics.evaluator.values import metric_table
from fairflip.metrics.flips.slicing import OVERALL
from fairflip.metrics.statistics.spec import StatisticsSpec
from support.metrics.scored_pairs import random_pairs

pytest.importorskip("fairness_indicators")

SPEC = StatisticsSpec(
    models=("base", "new"),
    thresholds=(0.5, 0.2, 0.95),
    slices=(("gender",), ("race",)),
    label_column="label",
    weight_column="weight",
    num_buckets=8,
    num_example_ids=3,
)


def two_models(spec):
    """Differences between models, comparisons of slices, arrays and small slices."""
    config = default_eval_config(spec, "base")
    config.model_specs[0].is_baseline = True
    config.model_specs.append(default_eval_config(spec, "new").model_specs[0])
    config.metrics_specs[0].metrics.add(
        class_name="Precision", config=json.dumps({"thresholds": [0.2, 0.5]})
    )
    cross = config.cross_slicing_specs.add()
    cross.baseline_spec.SetInParent()
    cross.slicing_specs.add(feature_keys=["gender"])
    config.options.min_slice_size.value = 25
    return config


def by_key(message):
    return {
        entry.key.SerializeToString(deterministic=True): (
            entry.value.SerializeToString(deterministic=True),
            entry.confidence_interval.SerializeToString(deterministic=True),
        )
        for entry in message.metric_keys_and_values
    }


@pytest.mark.parametrize("with_intervals", [True, False])
def test_messages_are_those_of_tfmas_writer(with_intervals):
    config = two_models(SPEC)
    config.options.compute_confidence_intervals.value = with_intervals
    spec = required_spec(config, SPEC)
    plan = plan_evaluation(config, spec)
    assert not plan.has_rest
    statistics = accumulate(random_pairs(60, SPEC.models, 1, weighted=True), spec)
    tables = list(finished_tables(statistics, plan, spec))
    assert len(tables) == 2  # slices, and comparisons of slices
    num_errors = 0
    for table in tables:
        metrics = list(as_metrics(table, plan))
        for (key, values), data in zip(metrics, metrics_for_slices(table, 25), strict=True):
            message = metrics_for_slice_pb2.MetricsForSlice.FromString(data)
            expected = metrics_plots_and_validations_writer.convert_slice_metrics_to_proto(
                (key, values), None
            )
            assert by_key(message) == by_key(expected)
            assert message.slice_key == expected.slice_key
            assert message.cross_slice_key == expected.cross_slice_key
            assert dict(message.metrics) == dict(expected.metrics)
            num_errors += bool(message.metrics)
            names = {entry.key.name for entry in message.metric_keys_and_values}
            assert message.metrics or "flip_count/negative_to_positive_examples_ids@0.50" in names
            assert message.metrics or "precision" in names
            diffs = [entry for entry in message.metric_keys_and_values if entry.key.is_diff]
            assert message.metrics or len(diffs) > 50
    assert num_errors > 0


def test_files_load_in_tfma(tmp_path):
    config = default_eval_config(SPEC, "new")
    plan = plan_evaluation(config, SPEC)
    statistics = accumulate(random_pairs(60, SPEC.models, 1, weighted=True), SPEC)
    for _ in range(2):  # a worker may run twice
        paths = write_result_files(statistics, plan, SPEC, str(tmp_path / "result"), ["new"], "d")
    assert sorted(paths) == sorted(map(str, (tmp_path / "result").iterdir()))
    loaded = tfma.load_eval_result(str(tmp_path / "result"))
    assert loaded.config == config
    assert loaded.data_location == "d"
    assert len(loaded.slicing_metrics) == len(statistics)
    assert tfma.load_validation_result(str(tmp_path / "result")).missing_thresholds


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_areas_of_samples_are_those_of_tfma(curve):
    config = config_pb2.EvalConfig()
    config.model_specs.add(
        name="new", label_key="label", prediction_key="score.new", example_weight_key="weight"
    )
    config.metrics_specs.add().metrics.add(
        class_name="AUC", config=json.dumps({"curve": curve, "name": "area"})
    )
    plan = plan_evaluation(config, SPEC)
    ((key, area),) = plan.areas.items()
    assert area.curve == curve
    counted = area.counted
    metric = confusion_matrix_metrics.AUC(curve=curve)
    for seed in range(4):
        statistics = accumulate(random_pairs(40, SPEC.models, seed, weighted=True), SPEC)[OVERALL]
        actual = area_samples(coarse_samples(statistics, counted), curve)
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = [
                metric._metric_value(curve, "interpolation", key, matrices)
                for matrices in score_matrices_by_sample(statistics, counted)
            ]
        assert actual.shape == (1 + SPEC.num_buckets,)
        np.testing.assert_allclose(actual, expected, rtol=1e-9)


def test_our_accuracy_is_binary_accuracy():
    cells = np.array(list(itertools.product(range(3), repeat=4)), np.float64)
    metric = confusion_matrix_metrics.BinaryAccuracy(threshold=0.5)
    # Weights, too, are added in TFMA's order.
    for numbers in (cells, np.random.default_rng(0).random((500, 4))):
        arrays = accuracy(Cells(*numbers.T))
        for row, value in zip(numbers.tolist(), arrays.tolist(), strict=True):
            tp, fp, tn, fn = row
            np.testing.assert_equal(value, metric.result(tp=tp, fp=fp, tn=tn, fn=fn))


@pytest.mark.parametrize("with_intervals", [True, False])
def test_accuracies_stand_where_they_stood_among_other_metrics(with_intervals):
    """At another threshold than the first, weighted, between metrics that TFMA computes."""
    config = config_pb2.EvalConfig()
    config.model_specs.add(name="new", label_key="label", prediction_key="score.new")
    config.model_specs[0].example_weight_key = "weight"
    config.options.compute_confidence_intervals.value = with_intervals
    for name, threshold in (("Recall", 0.5), ("BinaryAccuracy", 0.3), ("Precision", 0.3)):
        config.metrics_specs.add().metrics.add(
            class_name=name,
            config=json.dumps({("threshold" if "B" in name else "thresholds"): threshold}),
        )
    spec = dataclasses.replace(SPEC, thresholds=(0.5, 0.3))
    plan = plan_evaluation(config, spec)
    assert len(plan.accuracies) == 1
    statistics = accumulate(random_pairs(60, SPEC.models, 3, weighted=True), spec)
    plain = dataclasses.replace(plan, accuracies={})
    tables = [metric_table(statistics, each, spec, with_intervals) for each in (plan, plain)]
    assert tables[0].keys == tables[1].keys
    assert [key.name for key in tables[0].keys] == ["recall", "binary_accuracy", "precision"]
    assert tables[0].values.tobytes() == tables[1].values.tobytes()
    assert tables[0].samples.tobytes() == tables[1].samples.tobytes()


def test_our_fractions_are_the_rates_of_fairness_indicators():
    """All small counts, with every denominator empty somewhere."""
    config = config_pb2.EvalConfig()
    config.model_specs.add(name="new", label_key="label", prediction_key="score.new")
    config.metrics_specs.add().metrics.add(
        class_name="FairnessIndicators", config=json.dumps({"thresholds": [0.5]})
    )
    *_, before, derived = metric_specs.to_computations(config.metrics_specs, eval_config=config)
    (matrices,) = before.keys
    cells = np.array(list(itertools.product(range(3), repeat=4)), np.float64)

    def result(tp, fp, tn, fn):
        from tensorflow_model_analysis.metrics import binary_confusion_matrices

        one = binary_confusion_matrices.Matrices([0.5], tp=[tp], fp=[fp], tn=[tn], fn=[fn])
        return derived.result({matrices: one})

    arrays = fairness_rates(Cells(*cells.T))
    assert [key.name for key in derived.keys] == [
        f"fairness_indicators_metrics/{rate}@0.5" for rate in FAIRNESS_RATES
    ]
    for i, row in enumerate(cells.tolist()):
        for rate, value in zip(FAIRNESS_RATES, result(*row).values(), strict=True):
            np.testing.assert_equal(float(arrays[rate][i]), value)
