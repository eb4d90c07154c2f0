"""The TFMA metrics by themselves: against plain NumPy, and what they refuse."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorflow_model_analysis.metrics import metric_specs, metric_types
from tensorflow_model_analysis.proto import config_pb2

import fairflip.metrics
from fairflip.protos import errors
from support.metrics.direct_values import direct_values, random_pairs
from support.metrics.tfma_pipeline import accumulate, eval_config

THRESHOLDS = (0.5, 0.25)
SUFFIXES = {"@0.50": 0.5, "@0.25": 0.25}
KEY = "counterfactual.score.{model}"
TWO_MODELS = 'model_specs { name: "baseline" is_baseline: true } model_specs { name: "candidate" }'
MODELS = ["baseline", "candidate"]


def inputs_of(pairs, batch=1):
    """StandardMetricInputs: one per example, or, as with a query key, of several."""
    result = []
    for start in range(0, len(pairs.ids), batch):
        rows = slice(start, start + batch)

        def column(values, rows=rows):
            array = np.array(values[rows])
            return array if batch == 1 else array.reshape(-1, 1)

        marks = [bool(mark) for mark in pairs.legitimate]
        result.append(
            metric_types.StandardMetricInputs(
                {
                    "labels": None,
                    "predictions": {m: column(pairs.scores[m]) for m in MODELS},
                    "example_weights": column(pairs.weights),
                    "features": {
                        "example_id": column([i.encode() for i in pairs.ids]),
                        "flip_is_legitimate": column(marks),
                        **{
                            KEY.replace("{model}", m): column(pairs.counterfactual_scores[m])
                            for m in MODELS
                        },
                    },
                }
            )
        )
    return result


def all_metrics(with_legitimate):
    mark = "flip_is_legitimate" if with_legitimate else None
    with_ids = {"example_id_key": "example_id", "example_ids_count": 1000}
    shared = {"counterfactual_prediction_key": KEY, "flip_is_legitimate_key": mark}
    return [
        fairflip.metrics.FlipCount(**shared, **with_ids, thresholds=THRESHOLDS),
        fairflip.metrics.FlipRate(**shared, **with_ids, thresholds=THRESHOLDS),
        fairflip.metrics.ConditionalFlipRate(**shared, thresholds=THRESHOLDS),
        fairflip.metrics.PositiveRate(**shared, thresholds=THRESHOLDS),
        fairflip.metrics.MatchedFlipRate(**shared, thresholds=THRESHOLDS),
        fairflip.metrics.CounterfactualGap(**shared, example_id_key="example_id"),
    ]


def computations_of(metrics, text=TWO_MODELS, models=MODELS, **settings_):
    config = eval_config(text)
    return [
        computation
        for metric in metrics
        for computation in metric.computations(
            eval_config=config, model_names=list(models), **settings_
        )
    ]


def assert_same(got, expected, place):
    if isinstance(expected, list):
        assert np.asarray(got).tolist() == expected, place
    else:
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-9, err_msg=str(place))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("with_legitimate", "batch"), [(False, 1), (True, 5)])
def test_every_value_equals_a_direct_computation(weighted, with_legitimate, batch):
    pairs = random_pairs(60, seed=batch)
    got = accumulate(
        computations_of(all_metrics(with_legitimate), example_weighted=weighted),
        inputs_of(pairs, batch),
        num_parts=7,
    )
    quantiles = {"@0.50": 0.5, "@0.90": 0.9, "@0.99": 0.99}
    expected = {
        metric_types.MetricKey(name, model_name=model, example_weighted=weighted): value
        for model in MODELS
        for name, value in direct_values(
            pairs, pairs.rows_in("Overall"), model, SUFFIXES, weighted, with_legitimate, quantiles
        ).items()
    }
    assert set(got) == set(expected)
    for key, value in expected.items():
        assert_same(got[key], value, key)
        if not weighted and key.name.startswith("flip_count") and isinstance(value, float):
            assert got[key] == value, key  # Exact.


@pytest.mark.parametrize("batch", [1, 5])
def test_controls_of_pairs_move_no_value(batch):
    pairs = random_pairs(25, seed=3)
    computations = computations_of(all_metrics(True), example_weighted=True)
    plain, marked = inputs_of(pairs, batch), inputs_of(pairs, batch)
    chance = np.random.default_rng(0)
    controls = inputs_of(random_pairs(20, seed=4), batch)
    for inputs, edit in ((marked, b"identity"), (controls, b"control")):
        for each in inputs:
            size = np.shape(each["features"]["example_id"])
            each["features"]["edit"] = np.full(size, edit, object)
    mixed = [*marked, *controls]
    chance.shuffle(mixed)
    got, expected = accumulate(computations, mixed, 5), accumulate(computations, plain, 5)
    assert set(got) == set(expected)
    for key, value in expected.items():
        if np.asarray(value).dtype.kind in "OU":  # IDs
            assert sorted(np.ravel(got[key])) == sorted(np.ravel(value)), key
            continue
        np.testing.assert_allclose(got[key], value, rtol=0, atol=1e-9, err_msg=str(key))


rows = st.lists(
    st.tuples(
        st.integers(0, 4).map(lambda q: q / 4),
        st.integers(0, 4).map(lambda q: q / 4),
        st.integers(0, 4).map(lambda q: q / 2),
        st.sampled_from("abcdefg"),
    ),
    max_size=25,
)


def simple_inputs(examples):
    return [
        metric_types.StandardMetricInputs(
            predictions=np.array([a]),
            example_weights=np.array([w]),
            features={"cf": np.array([b]), "id": np.array([i])},
        )
        for a, b, w, i in examples
    ]


def simple_values(examples, num_parts=1, seed=0):
    shared = {"counterfactual_prediction_key": "cf", "example_id_key": "id"}
    metrics = [
        fairflip.metrics.FlipRate(**shared, example_ids_count=3),
        fairflip.metrics.FlipCount(**shared, example_ids_count=3),
        fairflip.metrics.CounterfactualGap(**shared),
        fairflip.metrics.ConditionalFlipRate("cf"),
    ]
    computations = [c for m in metrics for c in m.computations(example_weighted=True)]
    got = accumulate(computations, simple_inputs(examples), num_parts, seed)
    return {key.name: np.asarray(value).tolist() for key, value in got.items()}


@given(rows, st.integers(1, 6), st.integers(0, 9))
def test_split_and_merge_order_never_matter(examples, num_parts, seed):
    np.testing.assert_equal(simple_values(examples, num_parts, seed), simple_values(examples))


@given(rows)
def test_swapped_sides_swap_directions_and_rates_lie_in_zero_to_one(examples):
    one = simple_values(examples)
    other = simple_values([(b, a, w, i) for a, b, w, i in examples])
    rises, falls = "negative_to_positive", "positive_to_negative"
    for metric in ("flip_rate", "flip_count"):
        for end in ("@0.5", "_examples_ids@0.5"):
            np.testing.assert_equal(
                one[f"{metric}/{rises}{end}"], other[f"{metric}/{falls}{end}"], err_msg=metric + end
            )
    signed = "counterfactual_gap/mean_signed"
    np.testing.assert_allclose(one[signed], -np.array(other[signed]), rtol=0, atol=1e-12)
    for name, value in one.items():
        if "rate/" in name and not name.endswith("ids@0.5"):
            assert np.isnan(value) or 0 <= value <= 1, name


def test_an_empty_slice_gives_nan_counts_of_zero_and_no_ids():
    values = simple_values([])
    for name, value in values.items():
        if "ids@" in name:
            assert value == [], name
        elif name.startswith("flip_count"):
            assert value == 0, name
        else:
            assert np.isnan(value), name


def test_a_key_for_each_model_by_name_and_estimator_predictions():
    config = eval_config('model_specs { name: "only" prediction_key: "logistic" }')
    metric = fairflip.metrics.FlipRate({"only": "cf"})
    inputs = [
        metric_types.StandardMetricInputs(
            predictions={"logistic": np.array([0.7]), "logits": np.array([-3.0])},
            features={"cf": np.array([0.2])},
        )
    ]
    got = accumulate(metric.computations(eval_config=config), inputs)
    assert got[metric_types.MetricKey("flip_rate/overall@0.5")] == 1
    with pytest.raises(errors.ConfigurationError, match=r"models \['other'\].*'candidate'"):
        fairflip.metrics.FlipRate({"other": "cf"}).computations(
            eval_config=eval_config(TWO_MODELS), model_names=["candidate"]
        )


def test_an_original_without_an_id_is_counted_and_not_sampled():
    inputs = simple_inputs([(0.9, 0.1, 1.0, "a")])
    inputs += [
        metric_types.StandardMetricInputs(
            predictions=np.array([0.9]), features={"cf": np.array([0.1])}
        )
    ]
    got = accumulate(fairflip.metrics.FlipCount("cf", "id").computations(), inputs)
    assert got[metric_types.MetricKey("flip_count/positive_to_negative@0.5")] == 2
    ids = got[metric_types.MetricKey("flip_count/positive_to_negative_examples_ids@0.5")]
    assert ids.tolist() == [["a"]]


def test_predictions_of_one_row_for_each_side_of_a_missing_model():
    combiner = (
        fairflip.metrics.FlipRate("cf")
        .computations(eval_config=eval_config(TWO_MODELS), model_names=["candidate"])[0]
        .combiner
    )
    with pytest.raises(errors.InputError, match="'candidate'"):
        combiner.add_input(
            combiner.create_accumulator(),
            metric_types.StandardMetricInputs(
                predictions={"baseline": np.array([0.5])}, features={"cf": np.array([0.5])}
            ),
        )


def test_metrics_with_the_same_counts_accumulate_once():
    shared = {"counterfactual_prediction_key": "cf", "example_id_key": "id"}
    computations = [
        c
        for metric in (fairflip.metrics.FlipCount(**shared), fairflip.metrics.FlipRate(**shared))
        for c in metric.computations()
        if isinstance(c, metric_types.MetricComputation)
    ]
    assert computations[0] == computations[1]
    other = fairflip.metrics.FlipRate(**shared, thresholds=[0.4]).computations()[0]
    assert other != computations[0]


def test_accumulators_can_be_pickled_and_merging_changes_none():
    combiner = fairflip.metrics.FlipRate("cf", "id").computations()[0].combiner
    accumulators = [
        combiner.add_input(combiner.create_accumulator(), one)
        for one in simple_inputs([(0.9, 0.1, 1.0, "a"), (0.1, 0.9, 1.0, "b")])
    ]
    before = pickle.dumps(accumulators)
    twice = [combiner.merge_accumulators(accumulators) for _ in range(2)]
    assert pickle.dumps(accumulators) == before
    for merged in (*twice, pickle.loads(pickle.dumps(twice[0]))):
        [tally] = combiner.extract_output(merged).values()
        assert tally.counts.num_pairs == 2


def test_tfma_makes_each_metric_from_its_class_name_and_config():
    for name in fairflip.metrics.__all__:
        config = {"counterfactual_prediction_key": "cf", "name": "mine"}
        for module in ("fairflip.metrics", ""):
            instance = metric_specs.metric_instance(
                config_pb2.MetricConfig(class_name=name, module=module, config=json.dumps(config))
            )
            assert type(instance) is getattr(fairflip.metrics, name)
            assert instance.get_config()["name"] == "mine"
            again = type(instance).from_config(dict(instance.get_config()))
            assert again.name == instance.name
            assert instance.name.startswith("mine/")
            sent = pickle.loads(pickle.dumps(instance))
            assert (type(sent), sent.name) == (type(instance), instance.name)
            assert sent.get_config() == instance.get_config()
