"""One limit on many rows: intervals for all at once, and what a failed row is told."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.pipeline.gate.many_rows import for_many
from fairflip.pipeline.gate.observations import Observation
from fairflip.pipeline.gate.report_values import Value
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, check_limits
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.report_pb2 import RunReport
from support.configurations import parse_limits


def make_report(rates, half):
    report = RunReport()
    model = report.models.add(name="m")
    for index, rate in enumerate(rates):
        slice_ = model.slices.add(slice=f"g:{index}", num_originals=400)
        bounds = {"value": rate, "lower": rate - half, "upper": rate + half}
        slice_.thresholds.add(threshold=0.5, flip_rate=bounds)
    return report


def check(text, report):
    return check_limits(report, parse_limits(f'limits {{ metric: "flip_rate" {text} }}'))


def test_a_row_that_fails_alone_is_undecided_among_forty():
    report = make_report([0.1] + [0.02] * 39, 0.04)
    first = check('max: 0.05 bound: "interval"', report)[0]
    assert first.verdict == FAIL
    assert "of the 40 rows of this limit, 1 would fail by chance" in first.message
    assert "'adjusted: true'" in first.message
    first = check('max: 0.05 bound: "interval" adjusted: true', report)[0]
    assert first.verdict == NOT_ENOUGH_EVIDENCE
    (alone,) = check('max: 0.05 bound: "interval" adjusted: true slices: "g:0"', report)
    assert alone.verdict == FAIL
    assert "by chance" not in alone.message
    point = check("max: 0.05", report)[0]
    assert "20 would fail by chance" in point.message


@pytest.mark.parametrize("num_rows", [2, 40])
def test_intervals_hold_for_all_at_once(num_rows):
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(1000):
        errors = [
            for_many(Observation("m", "s", 0.5, Value(x, x - 1.96, x + 1.96)), num_rows, 0.95)
            for x in rng.normal(size=num_rows)
        ]
        alarms += any(not one.value.lower <= 0 <= one.value.upper for one in errors)
    assert 0.03 <= alarms / 1000 <= 0.065


def test_a_point_cannot_be_adjusted():
    with pytest.raises(ConfigurationError, match=r"limits\[0\]\.adjusted: a point.*set bound to"):
        parse_limits('limits { metric: "flip_rate" max: 0.1 adjusted: true }')
