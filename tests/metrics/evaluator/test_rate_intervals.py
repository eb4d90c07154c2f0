"""ControlFlipRate and ExcessFlipRate over batches: a recount's values, with the report's bounds."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.metrics.evaluator.evaluator import BatchedEvaluator
from fairflip.protos.errors import ConfigurationError
from support.metrics.controlled_pairs import controlled_pairs
from support.metrics.evaluator_peer import config_of, plain_metric, spec_for
from support.metrics.excess_recount import Rows, recount

pytestmark = pytest.mark.system

WAYS = {"overall": "both", "negative_to_positive": "up", "positive_to_negative": "down"}
ARGUMENTS = {
    "counterfactual_prediction_key": "counterfactual.score.{model}",
    "example_id_key": "example_id",
    "flip_is_legitimate_key": "flip_is_legitimate",
    "thresholds": [0.5, 0.25],
}
_FOUND: list = []


def keep(element):
    """Runs in this process: the runner pickles it by its name."""
    _FOUND.append(element)


def config(with_intervals: bool = True, weighted: bool = True):
    made = config_of(("base", "new"), weighted)
    made.options.compute_confidence_intervals.value = with_intervals
    metrics = made.metrics_specs.add(model_names=["base", "new"])
    if weighted:
        metrics.example_weights.weighted = True
    for name in ("FlipRate", "ControlFlipRate", "ExcessFlipRate"):
        metrics.metrics.add().CopyFrom(plain_metric(name, **ARGUMENTS))
    return made


def evaluated(table: pa.Table, eval_config, spec) -> dict:
    """By slice and key, each value."""
    _FOUND.clear()
    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        batches = pipeline | beam.Create(table.to_batches(max_chunksize=37))
        actual = batches | BatchedEvaluator(eval_config, spec).ptransform
        _ = actual["metrics"] | beam.Map(keep)
    return {
        (slice_key, key.model_name, key.name, key.is_diff): value
        for slice_key, metrics in _FOUND
        for key, value in metrics.items()
        if "control_flip" in key.name or "excess_flip" in key.name
    }


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return controlled_pairs(150, seed=6, weighted=True, legitimate=True, grid=None)


def test_values_and_bounds_are_those_of_a_recount(table):
    actual = evaluated(table, config(), spec_for(weighted=True))
    for slice_key, name in (((), "Overall"), ((("gender", "female"),), "gender:female")):
        rows = Rows(table.to_pandas(), name, "weight")
        for model in ("base", "new"):
            for threshold, suffix in ((0.5, "@0.50"), (0.25, "@0.25")):
                for value, way in WAYS.items():
                    expected = recount(rows, *rows.decisions(model, threshold, way))
                    key = f"control_flip_rate/{value}{suffix}"
                    control = actual[slice_key, model, key, False]
                    assert control.value.value == pytest.approx(expected["control"])
                    assert control.lower_bound.value < control.value.value
                    key = f"excess_flip_rate/{value}{suffix}"
                    excess = actual[slice_key, model, key, False]
                    assert excess.value.value == pytest.approx(expected["excess"])
                    if expected["events"] >= 10:
                        bounds = excess.lower_bound.value, excess.upper_bound.value
                        np.testing.assert_allclose(bounds, expected["a"], rtol=1e-6)


def test_differences_from_the_baseline_have_the_intervals_of_a_recount(table):
    actual = evaluated(table, config(), spec_for(weighted=True))
    for slice_key, name in (((), "Overall"), ((("gender", "female"),), "gender:female")):
        rows = Rows(table.to_pandas(), name, "weight")
        for value, way in WAYS.items():
            candidate, baseline = (rows.decisions(m, 0.5, way) for m in ("new", "base"))
            controls = [a - b for a, b in zip(candidate[1], baseline[1], strict=True)]
            expected = recount(rows, candidate[0] - baseline[0], controls, signed=True)
            for kind in ("control", "excess"):
                key = f"{kind}_flip_rate/{value}@0.50"
                difference = actual[slice_key, "new", key, True]
                of = {m: actual[slice_key, m, key, False] for m in ("base", "new")}
                change = of["new"].value.value - of["base"].value.value
                assert difference.value.value == pytest.approx(change)
                assert difference.lower_bound.value < change < difference.upper_bound.value
            if expected["events"] >= 10:
                bounds = difference.lower_bound.value, difference.upper_bound.value
                np.testing.assert_allclose(bounds, expected["a"], rtol=1e-6)


def test_without_intervals_and_without_controls(table):
    actual = evaluated(table, config(with_intervals=False), spec_for(weighted=True))
    assert isinstance(actual[(), "base", "excess_flip_rate/overall@0.50", False], float)
    pairs = table.filter(np.array(table["edit"]) == "identity")
    actual = evaluated(pairs, config(), spec_for(weighted=True))
    assert np.isnan(actual[(), "base", "excess_flip_rate/overall@0.50", False].value.value)


def test_rates_without_the_weights_that_the_data_has_are_refused():
    with pytest.raises(ConfigurationError, match="control_flip_rate"):
        BatchedEvaluator(config(weighted=False), spec_for(weighted=True))
