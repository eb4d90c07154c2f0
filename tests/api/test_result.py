"""The frame of a result holds the report's numbers, and no comparison that is none."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip._result import Result
from support import random_reports


def test_a_matched_rate_is_there_only_where_the_model_was_matched():
    report = random_reports.report(random_reports.scored_pairs(60))
    for model in report.models:
        for part in model.slices:
            part.matched.baseline_positive_rate, part.matched.positive_rate = 0.4, 0.3
    unmatched = report.models[1].slices[1]
    unmatched.matched.positive_rate = 0.0
    frame = Result(report, "unused").to_dataframe()
    assert len(frame) == sum(len(p.thresholds) for m in report.models for p in m.slices)
    for row in frame.itertuples():
        part = next(
            part
            for model in report.models
            for part in model.slices
            if (model.name, part.slice) == (row.model, row.slice)
        )
        shown = (row.matched_flip_rate, row.matched_flip_rate_lower, row.matched_flip_rate_upper)
        if (row.model, row.slice) == ("remediated", unmatched.slice):
            assert np.isnan(shown).all()
        else:
            rate = part.matched.flip_rate
            assert shown == pytest.approx((rate.value, rate.lower, rate.upper))
    assert frame["matched_flip_rate"].isna().sum() == len(unmatched.thresholds)
