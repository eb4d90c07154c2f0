"""Where the evidence is too thin to say pass or fail, and where it decides all the same."""

from __future__ import annotations

import itertools
import math

import pytest

from fairflip.pipeline.gate.report_values import metric_names, resolve
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, exit_code
from fairflip.protos.report_pb2 import Interval, RunReport
from support.gate_reports import check, make_report, verdicts


def test_every_kind_of_missing_evidence():
    limit = 'limits { metric: "ctf_gap" slices: "Overall" max: 1 }'
    for spoil in (
        lambda one: setattr(one, "num_originals", 0),
        lambda one: setattr(one.ctf_gap, "value", math.nan),
        lambda one: one.ClearField("ctf_gap"),
    ):
        report = make_report()
        spoil(report.models[1].slices[0])
        assert verdicts(limit, report) == [NOT_ENOUGH_EVIDENCE]
        assert exit_code(check(limit, report)) == 1
        assert exit_code(check(limit + " allow_not_enough_evidence: true", report)) == 0


def test_what_is_marked_too_few_to_say_decides_only_with_its_whole_interval():
    report = make_report()
    at = report.models[1].slices[0].thresholds[1]
    at.too_few_to_say = True
    middle, upper, lower = at.flip_rate.value, at.flip_rate.upper, at.flip_rate.lower
    cases = [
        (upper + 0.001, PASS),  # five flips of four thousand pairs are surely few
        ((middle + upper) / 2, NOT_ENOUGH_EVIDENCE),  # the point alone would pass
        ((middle + lower) / 2, NOT_ENOUGH_EVIDENCE),  # the point alone would fail
        (lower - 0.001, FAIL),
    ]
    for goal, expected in cases:
        limit = f'limits {{ metric: "flip_rate" slices: "Overall" thresholds: 0.5 max: {goal} }}'
        assert verdicts(limit, report) == [expected], goal
    # The mark of one threshold says nothing of another.
    limit = 'limits { metric: "flip_rate" slices: "Overall" max: 0.0001 }'
    assert verdicts(limit, report) == [FAIL, FAIL]


def test_a_number_without_an_interval_that_is_marked_decides_nothing():
    report = make_report()
    compared = report.comparisons[0].slices[0]
    compared.thresholds[0].too_few_to_say = compared.matched.too_few_to_say = True
    limit = 'limits { metric: "comparisons.thresholds.p_value" slices: "Overall" max: 1 }'
    assert verdicts(limit, report) == [NOT_ENOUGH_EVIDENCE, PASS]
    limit = 'limits { metric: "comparisons.matched.p_value" slices: "Overall" max: 1 }'
    assert verdicts(limit, report) == [NOT_ENOUGH_EVIDENCE]
    limit = 'limits { metric: "flip_count" relative_to_baseline: "ratio" slices: "Overall" max: 9 }'
    report.models[1].slices[0].thresholds[0].too_few_to_say = True
    assert verdicts(limit, report)[0] == NOT_ENOUGH_EVIDENCE


def test_few_flips_leave_open_what_is_made_of_flips_and_nothing_else():
    report = make_report()
    part = report.models[1].slices[0]
    part.too_few_to_say = part.thresholds[1].too_few_to_say = True
    overall = 'limits {{ slices: "Overall" {} }}'.format
    surely_kept = (
        'metric: "positive_rate" min: 0.02',
        'metric: "thresholds.positive_rate" thresholds: 0.5 min: 0.02',
        'metric: "ctf_gap_quantiles@0.9" max: 0.5',
        'metric: "ctf_gap" max: 0.0201',
        'metric: "auc" relative_to_baseline: "difference" bound: "lower" min: -0.01',
        'metric: "comparisons.auc_difference" min: -0.006',
        'metric: "positive_rate" relative_to_baseline: "ratio" min: 0.5',
    )
    left_open = (
        'metric: "matched.flip_count" max: 10',
        'metric: "minimum_detectable_difference" max: 1',
        'metric: "flip_count" thresholds: 0.5 relative_to_baseline: "ratio" max: 1',
        'metric: "direction_p_value" thresholds: 0.5 max: 1',
    )
    for limit in surely_kept:
        assert verdicts(overall(limit), report) == [PASS], limit
    for limit in left_open:
        (result,) = check(overall(limit), report)
        assert result.verdict == NOT_ENOUGH_EVIDENCE, limit
        assert result.message.endswith(": the run marks the number as resting on few flips")
    # Few originals leave everything open that has no interval on one side of the limit.
    part.has_few_originals = True
    for limit in (*surely_kept, *left_open):
        (result,) = check(overall(limit), report)
        assert result.verdict == NOT_ENOUGH_EVIDENCE, limit
        assert "the run marks the slice as too few to say" in result.message


def flips_report(before: tuple[float, ...], after: tuple[float, ...], few: str) -> RunReport:
    """Flip rates at 0.5 as (value, lower, upper), those of `few` marked as of few flips."""
    report = make_report()
    for model, (value, lower, upper) in zip(report.models, (before, after), strict=True):
        at = model.slices[0].thresholds[1]
        at.flip_rate.CopyFrom(Interval(value=value, lower=lower, upper=upper))
        at.too_few_to_say = model.name in few
    return report


@pytest.mark.parametrize("few", ["remediated", "baseline", "baseline and remediated"])
def test_a_ratio_of_few_flips_decides_with_the_widest_bounds_of_both(few):
    """0.001 [0.0004, 0.0025] / 0.1 [0.08, 0.125]: from 0.0004 / 0.125 to 0.0025 / 0.08."""
    report = flips_report((0.1, 0.08, 0.125), (0.001, 0.0004, 0.0025), few)
    limit = (
        'limits {{ metric: "flip_rate" slices: "Overall" thresholds: 0.5 '
        'relative_to_baseline: "ratio" {} }}'
    ).format
    for goal, expected in (
        ("max: 0.5", PASS),
        ("max: 0.03126", PASS),
        ("max: 0.03124", NOT_ENOUGH_EVIDENCE),
        ("max: 0.00321", NOT_ENOUGH_EVIDENCE),
        ("max: 0.00319", FAIL),
        ("min: 0.00319", PASS),
        ("min: 0.03", NOT_ENOUGH_EVIDENCE),
        ("min: 0.03126", FAIL),
    ):
        (result,) = check(limit(goal), report)
        assert (result.verdict, result.observed) == (expected, pytest.approx(0.01)), goal
        if expected == NOT_ENOUGH_EVIDENCE:
            assert result.message.endswith("few flips, and the limit lies inside the interval")
            assert ("baseline: the run marks" in result.message) == (few == "baseline")
    # Unmarked, the point decides; and nothing does where the originals are few.
    report = flips_report((0.1, 0.08, 0.125), (0.001, 0.0004, 0.0025), "")
    assert verdicts(limit("max: 0.011"), report) == [PASS]
    report.models[0].slices[0].has_few_originals = True
    assert verdicts(limit("max: 0.5"), report) == [NOT_ENOUGH_EVIDENCE]


def test_a_ratio_to_a_baseline_that_hardly_flips():
    limit = (
        'limits {{ metric: "flip_rate" slices: "Overall" thresholds: 0.5 '
        'relative_to_baseline: "ratio" {} }}'
    ).format
    none, some = (0.0, 0.0, 0.001), (0.05, 0.04, 0.06)
    report = flips_report(none, some, "baseline")
    assert verdicts(limit("max: 2"), report) == [NOT_ENOUGH_EVIDENCE], "no ratio to 0 of few"
    report = flips_report((0.001, 0.0, 0.002), some, "baseline")
    assert verdicts(limit("max: 1000"), report) == [NOT_ENOUGH_EVIDENCE], "it has no upper end"
    assert verdicts(limit("max: 19"), report) == [FAIL], "at least 0.04 / 0.002"
    report = flips_report(none, none, "baseline and remediated")
    assert verdicts(limit("max: 2"), report) == [NOT_ENOUGH_EVIDENCE]


def test_a_difference_of_few_flips_decides_with_its_paired_interval():
    """-0.06 [-0.075, -0.045] in the report."""
    report = flips_report((0.105, 0.08, 0.125), (0.045, 0.04, 0.05), "remediated")
    limit = (
        'limits {{ metric: "flip_rate" slices: "Overall" thresholds: 0.5 '
        'relative_to_baseline: "difference" {} }}'
    ).format
    assert verdicts(limit("max: -0.044"), report) == [PASS]
    assert verdicts(limit("max: -0.05"), report) == [NOT_ENOUGH_EVIDENCE]
    assert verdicts(limit("max: -0.076"), report) == [FAIL]
    report.models[1].slices[0].has_few_originals = True
    assert verdicts(limit("max: -0.044"), report) == [NOT_ENOUGH_EVIDENCE]


def test_a_gap_against_the_baseline_needs_groups_that_can_tell_on_both_sides():
    report = make_report()
    limit = (
        'limits { metric: "flip_rate" thresholds: 0.5 gap_over: "gender" max: 1 '
        'relative_to_baseline: "difference" }'
    )
    assert verdicts(limit, report) == [PASS]
    for model in (0, 1):
        report = make_report()
        report.models[model].slices[1].thresholds[1].too_few_to_say = True
        assert verdicts(limit, report) == [NOT_ENOUGH_EVIDENCE]


def test_what_is_made_of_flips_is_known_of_every_number():
    """A new number of the report must be thought of: is it open where flips are few?"""
    marked = ("", "thresholds", "matched", "comparisons", "comparisons.matched")
    metrics = [resolve(name, False) for name in metric_names()]
    fields = {m.field for m in metrics if m.table in marked and not m.is_size}
    others = {m.field for m in metrics if m.table in marked and not m.is_size and not m.is_of_flips}
    truths = {f"{a}_{b}_rate" for a in ("true", "false") for b in ("positive", "negative")}
    assert others == truths | {
        "positive_rate", "positive_count", "negative_count", "baseline_positive_rate",
        "counterfactual_positive_rate", "auc", "accuracy", "auc_difference", "ctf_gap",
        "signed_ctf_gap", "ctf_gap_difference", "mean_score_deviation", "mean_score_range",
        "weighted_num_pairs", "control_ctf_gap", "excess_ctf_gap", "positive_rate_difference",
        "signed_ctf_gap_difference",
    }  # fmt: skip
    assert fields - others == {
        "flip_count", "flip_rate", "flip_rate_difference", "negative_to_positive_count",
        "negative_to_positive_rate", "negative_to_positive_rate_given_negative",
        "positive_to_negative_count", "positive_to_negative_rate",
        "positive_to_negative_rate_given_positive", "direction_p_value",
        "direction_p_value_adjusted", "p_value", "p_value_adjusted", "originals_with_flip",
        "clusters_with_flip", "repeat_flip_rate", "same_group_flip_rate",
        "originals_with_flip_difference", "negative_to_positive_rate_difference",
        "positive_to_negative_rate_difference", "top_k_flip_rate", "top_k_flip_rate_difference",
        "excess_without_top_term", "excess_flip_rate_difference",
        "control_flip_count", "control_flip_rate_difference", *(f"{kind}_{flips}_rate" for kind in ("control", "excess")
        for flips in ("flip", "negative_to_positive", "positive_to_negative")),
        "minimum_detectable_difference", "shrunken_flip_rate",
    }  # fmt: skip


def unmatched_report(wanted: float = 0.4, reached: float = 1.0) -> RunReport:
    """The candidate always says "yes", so that nothing flips at the matched threshold."""
    report = make_report()
    for model, rate in zip(report.models, (wanted, reached), strict=True):
        matched = model.slices[0].matched
        matched.baseline_positive_rate, matched.positive_rate = wanted, rate
    matched.flip_count = 0
    matched.flip_rate.CopyFrom(Interval(value=0.0, lower=0.0, upper=0.001))
    report.comparisons[0].slices[0].matched.flip_rate_difference.CopyFrom(
        Interval(value=-0.025, lower=-0.03, upper=-0.02)
    )
    return report


@pytest.mark.parametrize(
    "limit",
    [
        'metric: "matched.flip_rate" max: 0.5',
        'metric: "matched.flip_rate" max: 0.5 bound: "interval"',
        'metric: "matched.flip_rate" max: 0.5 bound: "upper"',
        'metric: "matched.flip_rate" min: 0.5',
        'metric: "matched.flip_rate" relative_to_baseline: "ratio" max: 0.5',
        'metric: "matched.flip_rate" relative_to_baseline: "difference" bound: "upper" max: 0',
        'metric: "matched.flip_count" max: 5',
        'metric: "matched.negative_to_positive_count" max: 5',
        'metric: "comparisons.matched.flip_rate_difference" max: 0',
        'metric: "comparisons.matched.flip_rate_difference" max: 0 bound: "interval"',
        'metric: "comparisons.matched.p_value" max: 1',
    ],
)
def test_a_candidate_that_could_not_be_matched_passes_no_limit_on_matched_flips(limit):
    text = f'limits {{ slices: "Overall" {limit} }}'
    (result,) = check(text, unmatched_report())
    assert result.verdict == NOT_ENOUGH_EVIDENCE
    assert result.message.endswith(
        ": the model cannot be matched to the baseline's positive rate of 0.4: the nearest that a "
        "threshold gives is 1"
    )
    assert exit_code([result]) == 1
    (near,) = verdicts(text, unmatched_report(reached=0.6))
    assert near == (FAIL if "min" in limit else PASS)


def test_what_says_that_a_candidate_was_not_matched_is_itself_a_number():
    report = unmatched_report()
    for limit, expected in (
        ('metric: "matched.positive_rate" max: 0.9', FAIL),
        ('metric: "matched.positive_rate" max: 1', PASS),
        ('metric: "matched.baseline_positive_rate" max: 0.5', PASS),
        ('metric: "flip_rate" thresholds: 0.5 max: 0.5', PASS),
        ('metric: "comparisons.thresholds.p_value" thresholds: 0.5 max: 0.05', PASS),
    ):
        text = f'limits {{ slices: "Overall" {limit} }}'
        assert verdicts(text, report) == [expected], limit


def test_one_slice_that_was_not_matched_leaves_the_others():
    report = unmatched_report()
    text = 'limits { metric: "matched.flip_rate" max: 0.5 }'
    assert verdicts(text, report) == [NOT_ENOUGH_EVIDENCE, PASS, PASS, PASS, PASS]
    text = 'limits { metric: "matched.flip_rate" models: "baseline" slices: "Overall" max: 0.5 }'
    assert verdicts(text, report) == [PASS], "the baseline is where it is asked to be"


def test_absent_labels_are_not_a_number():
    report = make_report()
    report.models[1].slices[0].ClearField("auc")
    assert verdicts('limits { metric: "auc" slices: "Overall" min: -5 }', report) == [
        NOT_ENOUGH_EVIDENCE
    ]


@pytest.mark.parametrize(("lower", "upper"), [(0, 0), (math.nan, math.nan), (0.5, 0.9)])
def test_an_interval_that_is_none_is_not_taken_for_a_bound(lower, upper):
    report = make_report()
    gap = report.models[1].slices[0].ctf_gap
    gap.lower, gap.upper = lower, upper
    for bound, side in itertools.product(("interval", "lower", "upper"), ("max: 1", "min: 0")):
        text = f'limits {{ metric: "ctf_gap" slices: "Overall" bound: "{bound}" {side} }}'
        assert verdicts(text, report) == [NOT_ENOUGH_EVIDENCE]


def test_min_originals_of_file_and_limit():
    text = 'limits { metric: "ctf_gap" max: 1 %s }'
    # 500, 400, 300, 200, 100 originals.
    assert verdicts(text % "" + " min_originals: 300").count(PASS) == 3
    assert verdicts(text % "min_originals: 200" + " min_originals: 300").count(PASS) == 4
    assert verdicts(text % "min_originals: 501").count(PASS) == 0
    sizes = check('limits { metric: "num_originals" min: 150 min_originals: 450 }')
    assert [r.verdict for r in sizes] == [PASS] * 4 + [FAIL], "a count needs no evidence"
