"""Examples and configurations that the metrics refuse, by name and without the data."""

from __future__ import annotations

import numpy as np
import pytest
from tensorflow_model_analysis.metrics import metric_types

import fairflip.metrics
from fairflip.protos import errors


@pytest.mark.parametrize(
    ("extracts", "message"),
    [
        ({"features": {}}, r"flip_rate: feature 'cf' \(counterfactual_prediction_key\) is missing"),
        ({"features": {"cf": None}}, r"'cf'.*None \(size 0\)"),
        ({"features": {"cf": np.zeros(0)}}, r"'cf'.*empty \(size 0\)"),
        ({"features": {"cf": np.array([0.1, 0.2])}}, r"has 1 value\(s\).*'cf', has 2"),
        ({"features": {"cf": np.array([np.nan])}}, "'cf', is NaN in 1 of 1"),
        ({"features": {"cf": np.array(["secret"])}}, "'cf', is of type <U6"),
        ({"predictions": np.array([np.nan])}, "prediction is NaN in 1 of 1"),
        ({"predictions": np.zeros(0)}, r"prediction is empty \(size 0\)"),
        ({"predictions": None}, "prediction is missing or None"),
        ({"example_weights": np.array([-1.0])}, "weight is negative"),
        (
            {"example_weights": np.array([1.0, 2.0])},
            r"weight has 2 value\(s\) and the prediction 1",
        ),
        ({"example_weights": {"a": np.ones(1)}}, r"keyed by \['a'\]"),
        ({"features": {"cf": np.ones(1), "id": np.array(["a", "b"])}}, "'id'.* has 2"),
        ({"features": {"cf": np.ones(1), "mark": np.array([b"yes"])}}, "'mark'.*give booleans"),
        ({"features": {"cf": np.ones(1)}}, "'mark'.*is missing"),
    ],
)
def test_wrong_examples_are_refused_by_name_and_show_no_data(extracts, message):
    metric = fairflip.metrics.FlipRate("cf", "id", flip_is_legitimate_key="mark")
    combiner = metric.computations(example_weighted=True)[0].combiner
    good = {
        "predictions": np.array([0.5]),
        "example_weights": np.array([1.0]),
        "features": {"cf": np.array([0.5]), "id": np.array(["a"]), "mark": np.array([0])},
    }
    combiner.add_input(combiner.create_accumulator(), metric_types.StandardMetricInputs(good))
    with pytest.raises(ValueError, match=message) as raised:
        combiner.add_input(
            combiner.create_accumulator(), metric_types.StandardMetricInputs(good | extracts)
        )
    assert isinstance(raised.value, errors.InputError)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: fairflip.metrics.FlipRate().computations(), "no counterfactual_prediction_key"),
        (lambda: fairflip.metrics.FlipRate("s.{model}").computations(), "write the feature's name out"),
        (lambda: fairflip.metrics.FlipRate("cf", thresholds=()), "no threshold"),
        (lambda: fairflip.metrics.FlipRate("cf", "id", -1).computations(), "example_ids_count is -1"),
        (lambda: fairflip.metrics.MatchedFlipRate().computations(), "no counterfactual_prediction_key"),
        (lambda: fairflip.metrics.MatchedFlipRate("cf").computations(), "is_baseline"),
        (
            lambda: fairflip.metrics.CounterfactualGap("cf", quantiles=[90]).computations(),
            "quantile 90 is outside",
        ),
        (
            lambda: fairflip.metrics.FlipRate("cf", validated_value="typo").computations(),
            "validated_value 'typo'",
        ),
        (lambda: fairflip.metrics.CounterfactualGap("cf", "id").computations()[0].combiner.add_input(
            fairflip.metrics.CounterfactualGap("cf", "id").computations()[0].combiner.create_accumulator(),
            metric_types.StandardMetricInputs(predictions=np.ones(1), features={"cf": np.ones(1)}),
        ), "example_id_key"),
    ],
)  # fmt: skip
def test_wrong_configurations_are_refused(make, message):
    with pytest.raises(ValueError, match=message) as raised:
        make()
    assert isinstance(raised.value, errors.UserError)


def test_multiclass_flips_refuse_single_scores_and_unequal_lengths():
    combiner = fairflip.metrics.MulticlassFlips("cf").computations()[0].combiner
    one = metric_types.StandardMetricInputs(predictions=np.ones(1), features={"cf": np.ones(1)})
    with pytest.raises(errors.InputError, match="at least 2"):
        combiner.add_input(combiner.create_accumulator(), one)
    accumulators = [
        combiner.add_input(
            combiner.create_accumulator(),
            metric_types.StandardMetricInputs(predictions=np.ones(k), features={"cf": np.ones(k)}),
        )
        for k in (2, 3)
    ]
    with pytest.raises(errors.InputError, match="classes"):
        combiner.extract_output(combiner.merge_accumulators(accumulators))
