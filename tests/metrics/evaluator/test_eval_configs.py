"""What a run's TFMA result counts by default: pairs marked as legitimate are left out."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.evaluator.eval_configs import default_eval_config, leave_out_marked
from support.metrics.evaluator_peer import (
    assert_same_metrics,
    plain_value,
    run_both,
    spec_for,
)
from support.metrics.scored_pairs import random_pairs

THRESHOLD = 0.5
#: Metrics of pairs, with what each needs beside the prediction's column.
ARGUMENTS = {
    "FlipRate": {},
    "CounterfactualGap": {"quantiles": []},
    "MatchedFlipRate": {},
    "MulticlassFlips": {"counterfactual_prediction_key": "counterfactual.classes.m"},
}


def metric(name, **more) -> config_pb2.MetricConfig:
    arguments = {"counterfactual_prediction_key": "counterfactual.score.m"}
    return config_pb2.MetricConfig(
        class_name=name,
        module="fairflip.metrics",
        config=json.dumps({**arguments, **ARGUMENTS[name], **more}),
    )


def unmarked(table: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Scores of both sides of the pairs that are not marked."""
    is_marked = table["flip_is_legitimate"].to_numpy()
    names = ("score.m", "counterfactual.score.m")
    before, after = (table[name].to_numpy()[~is_marked] for name in names)
    return before, after


def overall(metrics) -> dict:
    return {key.name: plain_value(value) for key, value in metrics[()].items()}


def test_both_paths_leave_out_what_a_direct_count_leaves_out():
    spec = spec_for(("m",), slices=(("gender",),), thresholds=(THRESHOLD,))
    table = random_pairs(150, ("m",), 3, legitimate=True)
    ours, theirs, _, _ = run_both(
        table, default_eval_config(spec, "m", confidence_intervals=False), spec
    )
    assert_same_metrics(ours, theirs, at_least=50)
    before, after = (scores > THRESHOLD for scores in unmarked(table))
    marked = table.num_rows - len(before)
    assert marked > 20
    assert (before != after).any()
    for actual in map(overall, (ours, theirs)):
        assert actual["flip_rate/overall@0.5"] == pytest.approx((before != after).mean())
        assert actual["flip_count/negative_to_positive@0.5"] == (~before & after).sum()
        assert actual["flip_count/positive_to_negative@0.5"] == (before & ~after).sum()
        assert actual["flip_count/positive_examples_count@0.5"] == before.sum()
        assert actual["positive_rate/counterfactual@0.5"] == pytest.approx(after.mean())
        assert actual["conditional_flip_rate/negative_to_positive_given_negative@0.5"] == (
            pytest.approx((~before & after).sum() / (~before).sum())
        )
        assert actual["flip_count/legitimate_examples_count@0.5"] == marked
        # Ordinary evaluation counts every row.
        assert actual["example_count"] == table.num_rows


def added(*metrics) -> config_pb2.EvalConfig:
    """An EvalConfig with a user's metrics, as a run takes them in."""
    config = config_pb2.EvalConfig(slicing_specs=[config_pb2.SlicingSpec()])
    config.model_specs.add(name="m", label_key="label", prediction_key="score.m", is_baseline=True)
    config.metrics_specs.add().metrics.extend(metrics)
    leave_out_marked(config.metrics_specs[0].metrics)
    return config


def test_metrics_that_a_user_adds_leave_them_out_too():
    spec = spec_for(("m",))
    table = random_pairs(120, ("m",), 4, legitimate=True)
    config = added(metric("CounterfactualGap"), metric("MatchedFlipRate"))
    ours, theirs, _, _ = run_both(table, config, spec)
    before, after = unmarked(table)
    for actual in map(overall, (ours, theirs)):
        gap = actual["counterfactual_gap/mean_absolute"]
        assert gap == pytest.approx(np.abs(after - before).mean())
        flips = (before > THRESHOLD) != (after > THRESHOLD)
        assert actual["matched_flip_rate/overall@0.5"] == pytest.approx(flips.mean())


def test_a_user_may_count_them():
    for given in (None, "other_marks"):
        config = added(metric("FlipRate", flip_is_legitimate_key=given))
        (actual,) = config.metrics_specs[0].metrics
        assert json.loads(actual.config)["flip_is_legitimate_key"] == given
    (plain,) = added(config_pb2.MetricConfig(class_name="AUC")).metrics_specs[0].metrics
    assert not plain.config


@pytest.mark.parametrize("names", [("CounterfactualGap", "MatchedFlipRate"), ("MulticlassFlips",)])
def test_pairs_without_marks_need_no_column_of_them(names):
    """On vectors of pairs, and one by one as TFMA's own path takes them."""
    num_classes = 3 * ("MulticlassFlips" in names)
    table = random_pairs(60, ("m",), 5, num_classes=num_classes)
    config = added(*map(metric, names))
    scores_or_classes = "score." if num_classes else "classes."
    alone = table.drop_columns([n for n in table.schema.names if scores_or_classes in n])
    ours, theirs, _, _ = run_both(table, config, spec_for(("m",)), peer_table=alone)
    assert_same_metrics(ours, theirs, at_least=3)
