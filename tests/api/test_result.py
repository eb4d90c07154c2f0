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


def test_the_comparison_holds_each_difference_and_the_matched_one():
    report = random_reports.report(random_reports.scored_pairs(200))
    frame = Result(report, "unused").comparison()
    [comparison] = report.comparisons
    for part in comparison.slices:
        rows = frame[frame["slice"] == part.slice]
        assert len(rows) == len(part.thresholds) + part.HasField("matched")
        for row, at in zip(rows[~rows["is_matched"]].itertuples(), part.thresholds, strict=True):
            assert row.flip_rate_difference == at.flip_rate_difference.value
            assert (row.threshold, row.p_value) == (at.threshold, at.p_value)


def test_the_terms_hold_how_each_model_reacts():
    report = random_reports.report(random_reports.scored_pairs(200))
    frame = Result(report, "unused").terms
    assert set(frame["term"]) == {entry.term for entry in report.term_coverage}
    for entry in report.term_coverage:
        for row in frame[frame["term"] == entry.term].itertuples():
            assert row.ctf_gap == entry.ctf_gap[row.model].value
            assert row.num_pairs == entry.num_pairs
