"""The worked example of docs/metrics.md, recomputed from the tables on the page."""

from __future__ import annotations

import re

import numpy as np
import pytest
from tensorflow_model_analysis.metrics import metric_types

import fairflip.metrics
from fairflip.metrics.flips import metric_names
from support.metrics.tfma_pipeline import accumulate, eval_config

pytestmark = pytest.mark.system


def tables(text):
    """The rows of each table of the page, without its header."""
    actual, rows = [], []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            actual.append((rows[0], rows[2:]))
            rows = []
    return actual


@pytest.fixture(scope="module")
def page(repository):
    return (repository / "docs" / "metrics.md").read_text(encoding="utf-8")


def test_the_worked_example_is_what_the_metrics_give(page):
    (pairs_header, pairs), (_, stated), *_ = tables(page)
    assert pairs_header == ["example_id", "f(x)", "f(x′)", "baseline f(x)"]
    inputs = [
        metric_types.StandardMetricInputs(
            predictions={
                "candidate": np.array([float(own)]),
                "baseline": np.array([float(base)]),
            },
            features={"cf": np.array([float(other)]), "id": np.array([example_id])},
        )
        for example_id, own, other, base in pairs
    ]
    config = eval_config(
        'model_specs { name: "baseline" is_baseline: true } model_specs { name: "candidate" }'
    )
    metrics = [
        fairflip.metrics.FlipCount("cf"),
        fairflip.metrics.FlipRate("cf"),
        fairflip.metrics.ConditionalFlipRate("cf"),
        fairflip.metrics.PositiveRate("cf"),
        fairflip.metrics.MatchedFlipRate("cf"),
        fairflip.metrics.CounterfactualGap("cf", "id", quantiles=[0.5, 0.9]),
    ]
    got = accumulate(
        [
            computation
            for metric in metrics
            for computation in metric.computations(eval_config=config, model_names=["candidate"])
        ],
        inputs,
        num_parts=3,
    )
    numbers = {key.name: value for key, value in got.items() if not isinstance(value, np.ndarray)}
    assert {name.strip("`") for name, *_ in stated} == set(numbers)
    for name, value, _ in stated:
        assert numbers[name.strip("`")] == pytest.approx(float(value), rel=0, abs=5e-5), name


def test_the_page_names_every_metric_and_value(page):
    for name in fairflip.metrics.__all__:
        assert f"`{name}`" in page, name
    values = (
        metric_names.TRANSITION_MATRIX,
        metric_names.CLASS_GAINS,
        metric_names.CLASS_LOSSES,
        metric_names.CLASS_GAIN_RATE,
        metric_names.CLASS_LOSS_RATE,
        metric_names.SAMPLE_EXAMPLES_IDS,
        metric_names.TOP_CLASS_CHANGE_RATE,
    )
    for value in values:
        assert re.search(rf"`{value}[\[@`]", page), value
