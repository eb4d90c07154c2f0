"""`not_worse_by`: which side is worse, what holds it, and what it may not stand beside."""

from __future__ import annotations

import pytest

from fairflip.pipeline.gate.limits import apart, as_difference, worse_side
from fairflip.pipeline.gate.report_values import metric_names, resolve
from fairflip.pipeline.gate.verdict import check_limits
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.report_pb2 import RunReport
from support import gate_reports
from support.configurations import parse_limits


def only(text):
    [limit] = parse_limits(text).limits
    return limit


@pytest.mark.parametrize(
    ("metric", "side", "bound"),
    [
        ("flip_rate", "max", "interval"),
        ("matched.flip_rate", "max", "interval"),
        ("negative_to_positive_rate", "max", "interval"),
        ("originals_with_flip", "max", "interval"),
        ("ctf_gap", "max", "interval"),
        ("excess_flip_rate", "max", "interval"),
        ("false_positive_rate", "max", "point"),
        ("auc", "min", "interval"),
        ("accuracy", "min", "point"),
        ("true_positive_rate", "min", "point"),
    ],
)
def test_the_worse_side_follows_from_the_metric(metric, side, bound):
    difference = as_difference(only(f'limits {{ metric: "{metric}" not_worse_by: 0.02 }}'))
    assert difference.relative_to_baseline == "difference"
    assert difference.bound == bound
    assert not difference.HasField("not_worse_by")
    other = {"max": "min", "min": "max"}[side]
    assert getattr(difference, side) == {"max": 0.02, "min": -0.02}[side]
    assert not difference.HasField(other)


@pytest.mark.parametrize(
    "metric",
    ["positive_rate", "signed_ctf_gap", "num_pairs", "direction_p_value", "rejects", "flip_count"],
)
def test_what_has_no_worse_side_is_refused(metric):
    report = gate_reports.make_report()
    with pytest.raises(ConfigurationError, match=r"no side that is worse|no such choice"):
        check_limits(report, parse_limits(f'limits {{ metric: "{metric}" not_worse_by: 0.1 }}'))


def test_every_number_is_on_one_side_or_none():
    sides = {name: worse_side(resolve(name, per_threshold=False)) for name in metric_names()}
    assert set(sides.values()) == {"", "max", "min"}
    assert {name for name, side in sides.items() if side == "min"} == {
        f"{table}{name}"
        for table in ("", "thresholds.", "examples.")
        for name in ("auc", "accuracy", "true_positive_rate", "true_negative_rate")
        if (table, name) != ("thresholds.", "auc")
    }


@pytest.mark.parametrize(
    "beside",
    ["max: 1", "min: 0", 'relative_to_baseline: "ratio"', 'gap_over: "gender"'],
)
def test_it_stands_alone(beside):
    text = f'limits {{ metric: "flip_rate" not_worse_by: 0.1 {beside} }}'
    with pytest.raises(ConfigurationError, match="stands beside not_worse_by"):
        check_limits(gate_reports.make_report(), parse_limits(text))


def test_it_is_held_by_the_interval_of_the_difference():
    report = RunReport()
    for name, value in (("old", 0.05), ("new", 0.07)):
        part = report.models.add(name=name, is_baseline=name == "old").slices.add(
            slice="Overall", num_pairs=1000, num_originals=1000
        )
        part.thresholds.add(threshold=0.5, flip_rate=gate_reports.interval(value))
    compared = report.comparisons.add(baseline="old", candidate="new").slices.add(slice="Overall")
    compared.thresholds.add(
        threshold=0.5, flip_rate_difference={"value": 0.02, "lower": 0.01, "upper": 0.03}
    )
    verdicts = {
        allowed: check_limits(
            report, parse_limits(f'limits {{ metric: "flip_rate" not_worse_by: {allowed} }}')
        )[0].verdict
        for allowed in (0.005, 0.02, 0.03)
    }
    assert verdicts == {0.005: "fail", 0.02: "not_enough_evidence", 0.03: "pass"}


def test_limits_on_a_run_and_on_its_differences_are_told_apart():
    limits = parse_limits(
        'limits { metric: "auc" not_worse_by: 0.1 } limits { metric: "auc" min: 0.8 } '
        "min_originals: 7"
    )
    own, relative = apart(limits)
    assert [limit.min for limit in own.limits] == [0.8]
    assert [limit.not_worse_by for limit in relative.limits] == [0.1]
    assert own.min_originals == relative.min_originals == 7
