"""Gaps between groups against simulated groups, and the gate's verdicts on them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import studentized_range

from fairflip.pipeline.gate.group_gaps import gaps, range_quantile
from fairflip.pipeline.gate.observations import Observation
from fairflip.pipeline.gate.report_values import Value
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, check_limits
from fairflip.protos.report_pb2 import RunReport
from support.configurations import parse_limits

NAMES = ("female", "male", "other", "none", "both", "more")


def make_report(rates, halves, baseline_rates=None):
    """Slices of gender with these flip rates at 0.5, and half-widths of their intervals."""
    report = RunReport()
    models = [("candidate", rates)]
    if baseline_rates is not None:
        models.insert(0, ("baseline", baseline_rates))
    for name, values in models:
        model = report.models.add(name=name, is_baseline=name == "baseline")
        for group, rate, half in zip(NAMES, values, halves, strict=False):
            slice_ = model.slices.add(slice=f"gender:{group}", num_originals=400)
            bounds = {"value": rate, "lower": rate - half, "upper": rate + half}
            slice_.thresholds.add(threshold=0.5, flip_rate=bounds)
    return report


def check(text, report):
    limit = f'limits {{ metric: "flip_rate" gap_over: "gender" {text} }}'
    (result,) = check_limits(report, parse_limits(limit))
    return result


def test_a_point_fails_only_beyond_what_chance_makes():
    clear = make_report([0.04, 0.10], [0.01, 0.01])
    assert check("max: 0.06", clear).verdict == PASS
    result = check("max: 0.05", clear)
    assert result.verdict == FAIL
    assert result.observed == pytest.approx(0.06)
    assert "from gender:female to gender:male" in result.message
    hidden = make_report([0.04, 0.10], [0.05, 0.05])
    result = check("max: 0.05", hidden)
    assert result.verdict == NOT_ENOUGH_EVIDENCE
    assert "chance alone" in result.message
    # The same two groups among more: the largest of six is large by luck.
    two = make_report([0.04, 0.10], [0.035, 0.035])
    six = make_report([0.04, 0.10, 0.05, 0.06, 0.07, 0.08], [0.035] * 6)
    assert check("max: 0.05", two).verdict == FAIL
    assert check("max: 0.05", six).verdict == NOT_ENOUGH_EVIDENCE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 0.16 -+ hypot(0.01, 0.01): for two groups as for any difference.
        ('bound: "interval" max: 0.145', FAIL),
        ('bound: "interval" max: 0.147', NOT_ENOUGH_EVIDENCE),
        ('bound: "interval" max: 0.175', PASS),
        ('bound: "lower" min: 0.145', PASS),
        ('bound: "lower" min: 0.147', FAIL),
        ('bound: "upper" max: 0.173', FAIL),
    ],
)
def test_ends_of_the_interval(text, expected):
    report = make_report([0.04, 0.20], [0.01, 0.01])
    assert check(text, report).verdict == expected


def test_change_from_the_baseline():
    report = make_report([0.04, 0.10], [0.01, 0.01], baseline_rates=[0.05, 0.20])
    result = check('max: 0 relative_to_baseline: "difference"', report)
    assert (result.verdict, result.observed) == (PASS, pytest.approx(-0.09))


def test_a_group_without_evidence_leaves_only_gaps_that_are_too_wide_already():
    report = make_report([0.04, 0.20, 0.1], [0.01, 0.01, 0.01])
    report.models[0].slices[2].num_originals = 2
    assert check("min_originals: 10 max: 0.1", report).verdict == FAIL
    assert check("min_originals: 10 max: 0.5", report).verdict == NOT_ENOUGH_EVIDENCE
    report.models[0].slices[1].num_originals = 2
    assert check("min_originals: 10 max: 0.1", report).verdict == NOT_ENOUGH_EVIDENCE


@pytest.mark.parametrize("num_groups", [2, 3, 10, 60])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_range_quantile(num_groups, level):
    expected = studentized_range.ppf(level, num_groups, 1e7)
    assert range_quantile(num_groups, level) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("spread", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("num_groups", [2, 8])
def test_interval_covers_the_true_gap(num_groups, spread):
    """Normal estimates of unequal precision; with no true gap the lower end is 0 in 95 %."""
    rng = np.random.default_rng(num_groups)
    errors = np.linspace(0.5, 1.5, num_groups)
    truth = spread * np.linspace(0, 1, num_groups)
    held, above = [], []
    for _ in range(1000):
        seen = truth + errors * rng.normal(size=num_groups)
        values = [Value(v, v - 1.96 * e, v + 1.96 * e) for v, e in zip(seen, errors, strict=True)]
        (gap,) = gaps([Observation("m", f"g:{i}", 0.5, v) for i, v in enumerate(values)], "g")
        held.append(gap.value.lower <= spread <= gap.value.upper)
        above.append(gap.value.lower > 0)
    assert np.mean(held) >= 0.935
    if not spread:
        assert np.mean(above) <= 0.065


def test_values_without_intervals_give_a_gap_without_one():
    seen = [Observation("m", f"g:{i}", None, Value(v)) for i, v in enumerate((0.5, 0.7))]
    (gap,) = gaps(seen, "g")
    assert gap.value.value == pytest.approx(0.2)
    assert math.isnan(gap.value.lower)
