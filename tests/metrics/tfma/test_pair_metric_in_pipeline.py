"""The metrics in TFMA's own pipeline: one worker and several, slices, diffs, intervals."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from tensorflow_model_analysis.writers import metrics_plots_and_validations_writer

from support.metrics.direct_values import direct_values, random_pairs
from support.metrics.tfma_pipeline import (
    MULTI_PROCESSING,
    eval_config,
    plain,
    read_metrics,
    run_tfma,
    to_batch,
    values_of,
)

MODELS = """
  model_specs { name: "baseline" prediction_key: "score.baseline" label_key: "label"
                example_weight_key: "weight" is_baseline: true }
  model_specs { name: "candidate" prediction_key: "score.candidate" label_key: "label"
                example_weight_key: "weight" }
  slicing_specs {} slicing_specs { feature_keys: "gender" }
"""
KEY = '"counterfactual_prediction_key": "counterfactual.score.{model}"'
ARGUMENTS = KEY + ', "flip_is_legitimate_key": "flip_is_legitimate"'
IDS = '"example_id_key": "example_id", "example_ids_count": 1000'
THRESHOLDS = '"thresholds": [0.5, 0.25]'
BOUND = "threshold { value_threshold { upper_bound { value: %s } } %s }"


def metric(name, arguments, threshold=""):
    return (
        f"metrics {{ class_name: '{name}' module: 'fairflip.metrics' "
        f"config: '{{{arguments}}}' {threshold} }}\n"
    )


ALL = (
    "metrics { class_name: 'ExampleCount' }\n"
    + metric("FlipCount", f"{ARGUMENTS}, {IDS}, {THRESHOLDS}")
    + metric("FlipRate", f"{ARGUMENTS}, {IDS}, {THRESHOLDS}")
    + metric("ConditionalFlipRate", f"{ARGUMENTS}, {THRESHOLDS}")
    + metric("PositiveRate", f"{ARGUMENTS}, {THRESHOLDS}")
    + metric("MatchedFlipRate", f"{ARGUMENTS}, {THRESHOLDS}")
    + metric("CounterfactualGap", f'{ARGUMENTS}, "example_id_key": "example_id"')
)
EVERYTHING = (
    MODELS + "cross_slicing_specs { baseline_spec {} slicing_specs { feature_keys: 'gender' } }"
)


def expected_values(pairs):
    """{(slice, model, name): value} of all metrics in ALL."""
    return {
        (name, model, value_name): value
        for name in ("Overall", "gender:f", "gender:m", "gender:x")
        for model in ("baseline", "candidate")
        for value_name, value in direct_values(
            pairs,
            pairs.rows_in(name),
            model,
            {"@0.50": 0.5, "@0.25": 0.25},
            weighted=True,
            with_legitimate=True,
            quantiles={"@0.50": 0.5, "@0.90": 0.9, "@0.99": 0.99},
        ).items()
    }


def assert_equal_values(got, expected):
    ours = {key: value for key, value in got.items() if key[2] != "example_count"}
    assert set(ours) == set(expected)
    for key, value in expected.items():
        if isinstance(value, list):
            assert ours[key] == value, key
        else:
            np.testing.assert_allclose(ours[key], value, rtol=0, atol=1e-9, err_msg=str(key))


@pytest.fixture(scope="module")
def pairs():
    return random_pairs(40, seed=11)


@pytest.fixture(scope="module")
def one_worker(pairs, tmp_path_factory):
    return run_tfma(
        to_batch(pairs.columns()),
        eval_config(EVERYTHING + f"metrics_specs {{ {ALL} }}"),
        tmp_path_factory.mktemp("one"),
    )


def test_written_values_equal_a_direct_computation_in_every_slice(pairs, one_worker):
    got = values_of(one_worker)
    assert_equal_values(got, expected_values(pairs))
    rows = {name: int(pairs.rows_in(name).sum()) for name in ("Overall", "gender:f")}
    for name, count in rows.items():
        assert got[name, "candidate", "example_count"] == pytest.approx(
            pairs.weights[pairs.rows_in(name)].sum()
        ), count


def test_every_number_has_a_difference_between_the_models(one_worker):
    got = values_of(one_worker)
    numbers = {key for key in got if key[1] == "candidate" and not isinstance(got[key], list)}
    differences = {
        (name, key.model_name, key.name): plain(item)
        for name, items in read_metrics(one_worker).items()
        for key, item in items.items()
        if key.is_diff
    }
    assert set(differences) == numbers
    for key in numbers:
        expected = got[key] - got[key[0], "baseline", key[2]]
        np.testing.assert_allclose(differences[key], expected, rtol=0, atol=1e-9, err_msg=str(key))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_worker_processes_give_the_same(pairs, tmp_path):
    output = run_tfma(
        to_batch(pairs.columns()),
        eval_config(EVERYTHING + f"metrics_specs {{ {ALL} }}"),
        tmp_path,
        *MULTI_PROCESSING,
        batch_size=40,
    )
    assert_equal_values(values_of(output), expected_values(pairs))


def intervals(output, model):
    """{name: (value, lower, upper)} of the overall slice."""
    actual = {}
    for key, item in read_metrics(output)["Overall"].items():
        if key.model_name == model and not key.is_diff and item.HasField("confidence_interval"):
            bounds = item.confidence_interval
            actual[key.name] = (
                plain(item),
                bounds.lower_bound.double_value.value,
                bounds.upper_bound.double_value.value,
            )
    return actual


@pytest.mark.parametrize("method", ["JACKKNIFE", "POISSON_BOOTSTRAP"])
def test_tfma_gives_intervals_for_every_number(pairs, one_worker, tmp_path, method):
    chosen = metric("FlipRate", f"{ARGUMENTS}, {IDS}, {THRESHOLDS}") + metric(
        "CounterfactualGap", f'{ARGUMENTS}, "example_id_key": "example_id"'
    )
    options = (
        "options { compute_confidence_intervals { value: true } "
        f"confidence_intervals {{ method: {method} }} }}"
    )
    models = MODELS.replace('slicing_specs { feature_keys: "gender" }', "")
    output = run_tfma(
        to_batch(pairs.columns()),
        eval_config(models + options + f"metrics_specs {{ {chosen} }}"),
        tmp_path,
    )
    direct = expected_values(pairs)
    got = intervals(output, "candidate")
    numbers = {
        name: value
        for (slice_, model, name), value in direct.items()
        if slice_ == "Overall"
        and model == "candidate"
        and name.startswith(("flip_rate", "counterfactual_gap"))
        and not isinstance(value, list)
    }
    assert set(got) == set(numbers)
    for name, (value, lower, upper) in got.items():
        assert value == pytest.approx(numbers[name], rel=0, abs=1e-9), name
        # TFMA resamples single pairs. That is no sample of originals, and a draw of
        # some of an original's pairs has a smaller range: see docs/metrics.md.
        if "mean_score" not in name and "quantile" not in name:
            assert lower <= value <= upper, name
    # The binomial standard error of an unweighted rate of this size, within a factor of 2.5.
    value, lower, upper = got["flip_rate/overall@0.50"]
    half = 2.09 * np.sqrt(value * (1 - value) / len(pairs.ids))
    assert half / 2.5 < (upper - lower) / 2 < half * 2.5
    ids = [key for key in values_of(output) if "examples_ids" in key[2]]
    assert len(ids) == 2 * 3 * 2  # Models, kinds of IDs, thresholds: written, without interval.


def test_metric_thresholds_and_change_thresholds_apply(pairs, tmp_path):
    bounds = {
        "FlipRate": "flip_rate/overall@0.5",
        "FlipCount": "flip_count/negative_to_positive@0.5",
        "ConditionalFlipRate": "conditional_flip_rate/negative_to_positive_given_negative@0.5",
        "PositiveRate": "positive_rate/original@0.5",
        "MatchedFlipRate": "matched_flip_rate/overall@0.5",
        "CounterfactualGap": "counterfactual_gap/mean_absolute",
    }
    change = "change_threshold { direction: LOWER_IS_BETTER absolute { value: -1e9 } }"
    failing = "".join(metric(name, KEY, BOUND % (-1, change)) for name in bounds)
    passing = "".join(
        metric(name, KEY, BOUND % (1e9, change.replace("-1e9", "1e9"))) for name in bounds
    )
    chosen = metric(
        "FlipRate",
        KEY + ', "name": "falls", "validated_value": "positive_to_negative@0.5"',
        BOUND % (-1, ""),
    )
    batch = to_batch(pairs.columns())
    models = MODELS.replace('slicing_specs { feature_keys: "gender" }', "")
    results = {}
    for name, metrics in (("failing", failing + chosen), ("passing", passing)):
        output = run_tfma(
            batch, eval_config(models + f"metrics_specs {{ {metrics} }}"), tmp_path / name
        )
        results[name] = metrics_plots_and_validations_writer.load_and_deserialize_validation_result(
            output
        )
    assert results["passing"].validation_ok
    assert not results["failing"].validation_ok
    [failed] = results["failing"].metric_validations_per_slice
    messages = {failure.message for failure in failed.failures}
    assert messages == {""}  # Never "Metric not found."
    names = [(f.metric_key.name, f.metric_key.is_diff) for f in failed.failures]
    assert sorted(names) == sorted(
        [(name, is_diff) for name in bounds.values() for is_diff in (False, True)]
        + [("falls/positive_to_negative@0.5", False)]
    )


def test_importing_the_package_first_registers_the_metrics_with_tfma():
    # The other order is that of this process: see test_tfma_makes_each_metric_....
    program = (
        "import sys, fairflip.metrics, fairflip.metrics.flips.buckets\n"
        "assert 'tensorflow' not in sys.modules and 'apache_beam' not in sys.modules\n"
        "import tensorflow_model_analysis as tfma\n"
        "from tensorflow_model_analysis.metrics import metric_types\n"
        "missing = [n for n in fairflip.metrics.__all__ if not metric_types.is_registered_metric(n)]\n"
        "assert not missing, missing\n"
        "assert type(tfma.__loader__).__name__ == 'SourceFileLoader', tfma.__loader__\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_unknown_names_are_no_attributes():
    import fairflip.metrics

    with pytest.raises(AttributeError, match="Nonsense"):
        _ = fairflip.metrics.Nonsense
    assert set(dir(fairflip.metrics)) == set(fairflip.metrics.__all__)
