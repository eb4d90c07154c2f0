"""The gate: a truth table of verdicts and exit codes, and nothing passes by accident."""

from __future__ import annotations

import itertools
import math
import re

import pytest

from fairflip.pipeline.gate.limits import load_limits
from fairflip.pipeline.gate.report_values import metric_names, resolve, rows
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, check_limits, exit_code
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.limits_pb2 import Limits
from fairflip.protos.report_pb2 import GateResult, Interval, RunReport
from support.configurations import parse_limits

SLICES = (
    "Overall",
    "gender:female",
    "gender:male",
    "religion:jewish",
    "gender_X_race:male_X_black",
)


def interval(value: float, half: float = 0.01) -> dict[str, float]:
    return {"value": value, "lower": value - half, "upper": value + half}


def make_report() -> RunReport:
    """Baseline flips 0.10, candidate 0.04; one number per place, so that mix-ups show."""
    report = RunReport(
        pairing={"num_pairs": 4000, "num_duplicate_ids": 3, "num_records_read": 1000},
        rejects=[
            {"stage": "read", "reason": "a", "count": 4},
            {"stage": "score", "reason": "b", "count": 6},
        ],
        provenance={"seconds": 12.5},
    )
    for m, (model, flips, auc) in enumerate(
        [("baseline", 0.10, 0.950), ("remediated", 0.04, 0.945)]
    ):
        row = report.models.add(name=model, is_baseline=m == 0)
        row.examples.add(slice="Overall", num_examples=5000, auc=auc + 0.01)
        for s, name in enumerate(SLICES):
            one = row.slices.add(
                slice=name,
                num_pairs=1000 - s,
                num_originals=500 - 100 * s,
                ctf_gap=interval(flips / 2),
                positive_rate=0.2 + s / 100,
                auc=auc,
                auc_interval=interval(auc, 0.02),
                matched={"threshold": 0.4, "flip_rate": interval(flips / 4), "flip_count": 7},
                ctf_gap_quantiles=[{"quantile": 0.9, "value": 0.33}],
            )
            for threshold in (0.1, 0.5):
                one.thresholds.add(
                    threshold=threshold,
                    flip_count=int(1000 * flips),
                    flip_rate=interval(flips + s / 100 + threshold / 100),
                    positive_rate=threshold,
                )
    comparison = report.comparisons.add(baseline="baseline", candidate="remediated")
    for name in SLICES:
        comparison.slices.add(
            slice=name,
            thresholds=[
                {"threshold": t, "flip_rate_difference": interval(-0.06, 0.015), "p_value": 0.01}
                for t in (0.1, 0.5)
            ],
            matched={"flip_rate_difference": interval(-0.015, 0.02), "p_value": 0.2},
            auc_difference=interval(-0.005, 0.003),
        )
    return report


def check(text: str, report: RunReport | None = None) -> list[GateResult]:
    return check_limits(make_report() if report is None else report, parse_limits(text))


def verdicts(text: str, report: RunReport | None = None) -> list[str]:
    return [result.verdict for result in check(text, report)]


# --- the truth table ---------------------------------------------------------

_OUTCOMES = [PASS, FAIL, NOT_ENOUGH_EVIDENCE, "allowed"]


@pytest.mark.parametrize(
    "outcomes",
    [()] + [c for n in (1, 2, 3) for c in itertools.combinations_with_replacement(_OUTCOMES, n)],
)
def test_exit_code_of_every_combination(outcomes):
    results = [
        GateResult(verdict=NOT_ENOUGH_EVIDENCE, is_allowed=True)
        if outcome == "allowed"
        else GateResult(verdict=outcome)
        for outcome in outcomes
    ]
    good = bool(outcomes) and set(outcomes) <= {PASS, "allowed"}
    assert exit_code(results) == (0 if good else 1)
    assert exit_code(iter(reversed(results))) == exit_code(results)


def test_unknown_verdicts_fail_and_fail_is_never_allowed():
    assert exit_code([GateResult()]) == 1
    assert exit_code([GateResult(verdict="passed")]) == 1
    assert exit_code([GateResult(verdict=FAIL, is_allowed=True)]) == 1


@pytest.mark.parametrize("outcomes", list(itertools.product(_OUTCOMES, repeat=3)))
def test_verdicts_and_exit_code_of_limits(outcomes):
    """Each outcome made by a real limit, in every order."""
    limit = {
        PASS: 'metric: "ctf_gap" slices: "Overall" max: 0.03',
        FAIL: 'metric: "ctf_gap" slices: "Overall" max: 0.01',
        NOT_ENOUGH_EVIDENCE: 'metric: "ctf_gap" slices: "Overall" max: 0.03 min_originals: 501',
        "allowed": 'metric: "ctf_gap" slices: "Overall" max: 0.03 min_originals: 501 '
        "allow_not_enough_evidence: true",
    }
    text = "".join(f'limits {{ name: "{i}" {limit[o]} }}\n' for i, o in enumerate(outcomes))
    results = check(text)
    assert [r.verdict for r in results] == [
        NOT_ENOUGH_EVIDENCE if o == "allowed" else o for o in outcomes
    ]
    assert [r.is_allowed for r in results] == [o == "allowed" for o in outcomes]
    assert exit_code(results) == (0 if set(outcomes) <= {PASS, "allowed"} else 1)


@pytest.mark.parametrize(
    ("bound", "limit", "expected"),
    [
        # The candidate's CTF gap is 0.02 in [0.01, 0.03].
        ("point", "max: 0.02", PASS),
        ("point", "max: 0.019", FAIL),
        ("point", "min: 0.02", PASS),
        ("point", "min: 0.021", FAIL),
        ("upper", "max: 0.03", PASS),
        ("upper", "max: 0.025", FAIL),
        ("lower", "min: 0.01", PASS),
        ("lower", "min: 0.015", FAIL),
        ("lower", "max: 0.01", PASS),
        ("interval", "max: 0.03", PASS),
        ("interval", "max: 0.025", NOT_ENOUGH_EVIDENCE),
        ("interval", "max: 0.015", NOT_ENOUGH_EVIDENCE),
        ("interval", "max: 0.009", FAIL),
        ("interval", "min: 0.01", PASS),
        ("interval", "min: 0.015", NOT_ENOUGH_EVIDENCE),
        ("interval", "min: 0.031", FAIL),
    ],
)
def test_point_and_interval(bound, limit, expected):
    text = f'limits {{ metric: "ctf_gap" slices: "Overall" bound: "{bound}" {limit} }}'
    assert verdicts(text) == [expected]


def test_a_limit_with_both_sides_gives_two_results():
    results = check('limits { metric: "auc" slices: "Overall" min: 0.95 max: 1 }')
    assert [(r.verdict, r.limit, r.observed) for r in results] == [
        (PASS, 1, 0.945),
        (FAIL, 0.95, 0.945),
    ]


# --- evidence ----------------------------------------------------------------


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
        "weighted_num_pairs", "control_ctf_gap", "excess_ctf_gap",
    }  # fmt: skip
    assert fields - others == {
        "flip_count", "flip_rate", "flip_rate_difference", "negative_to_positive_count",
        "negative_to_positive_rate", "negative_to_positive_rate_given_negative",
        "positive_to_negative_count", "positive_to_negative_rate",
        "positive_to_negative_rate_given_positive", "direction_p_value",
        "direction_p_value_adjusted", "p_value", "p_value_adjusted", "originals_with_flip",
        "clusters_with_flip", "repeat_flip_rate", "same_group_flip_rate",
        "excess_without_top_term", "excess_flip_rate_difference",
        "control_flip_rate_difference", *(f"{kind}_{flips}_rate" for kind in ("control", "excess")
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


# --- relative to the baseline, gaps ------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # 0.945 - 0.950 = -0.005 with [-0.008, -0.002]
        ('metric: "auc" relative_to_baseline: "difference" min: -0.005', PASS),
        ('metric: "auc" relative_to_baseline: "difference" min: -0.0049', FAIL),
        ('metric: "auc" relative_to_baseline: "difference" bound: "lower" min: -0.01', PASS),
        ('metric: "auc" relative_to_baseline: "difference" bound: "lower" min: -0.007', FAIL),
        ('metric: "auc" relative_to_baseline: "difference" bound: "interval" min: -0.008', PASS),
        ('metric: "auc" relative_to_baseline: "difference" bound: "interval" min: -0.005', NOT_ENOUGH_EVIDENCE),
        ('metric: "auc" relative_to_baseline: "difference" bound: "interval" min: 0', FAIL),
        # 0.025 -> 0.01 = 40 %
        ('metric: "matched.flip_rate" relative_to_baseline: "ratio" max: 0.4', PASS),
        ('metric: "matched.flip_rate" relative_to_baseline: "ratio" max: 0.39', FAIL),
        ('metric: "matched.flip_rate" relative_to_baseline: "difference" bound: "upper" max: 0.005', PASS),
        ('metric: "matched.flip_rate" relative_to_baseline: "difference" bound: "interval" max: 0', NOT_ENOUGH_EVIDENCE),
        ('metric: "flip_rate" thresholds: 0.5 relative_to_baseline: "difference" max: -0.06', PASS),
        ('metric: "flip_rate" thresholds: 0.5 relative_to_baseline: "difference" bound: "upper" max: -0.05', FAIL),
        ('metric: "examples.auc" relative_to_baseline: "difference" min: -0.005', PASS),
    ],
)  # fmt: skip
def test_relative_to_the_baseline(text, expected):
    results = check(f'limits {{ slices: "Overall" {text} }}')
    assert [(r.verdict, r.model) for r in results] == [(expected, "remediated")]


def test_a_baseline_of_nothing():
    report = make_report()
    text = 'limits { metric: "matched.flip_rate" slices: "Overall" relative_to_baseline: "ratio" max: 2 }'
    report.models[0].slices[0].matched.flip_rate.value = 0
    assert verdicts(text, report) == [FAIL], "something against nothing is infinite"
    report.models[1].slices[0].matched.flip_rate.value = 0
    assert verdicts(text, report) == [NOT_ENOUGH_EVIDENCE]
    report.models[0].slices[0].too_few_to_say = True
    assert "baseline: the run marks" in check(text, report)[0].message


# --- what limits select ------------------------------------------------------


def test_selection_of_rows():
    flips = 'limits {{ metric: "flip_rate" max: 1 {} }}'.format
    assert len(check(flips(""))) == len(SLICES) * 2, "all slices and thresholds of the candidate"
    assert {r.model for r in check(flips(""))} == {"remediated"}
    both = check(flips('models: ["baseline", "remediated"] slices: "Overall" thresholds: 0.1'))
    assert [r.model for r in both] == ["baseline", "remediated"]
    assert {r.slice for r in check(flips('slices: "gender:*"'))} == {"gender:female", "gender:male"}
    assert {r.slice for r in check(flips('slices: ["*_X_*:*", "Over*"]'))} == {
        SLICES[-1],
        "Overall",
    }
    alone = make_report()
    del alone.models[1:]
    assert {r.model for r in check(flips(""), alone)} == {"baseline"}


def test_same_name_in_slice_and_threshold():
    def values(text):
        return [r.observed for r in check(f'limits {{ slices: "Overall" max: 1 {text} }}')]

    assert values('metric: "positive_rate"') == [0.2]
    assert values('metric: "positive_rate" thresholds: 0.5') == [0.5]
    assert values('metric: "thresholds.positive_rate"') == [0.1, 0.5]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("pairing.num_duplicate_ids", 3),
        ("provenance.seconds", 12.5),
        ("rejects", 10),
        ("rejects.read", 4),
        ("rejects.pair", 0),
        ("rejects.share", 0.01),
    ],
)
def test_numbers_of_the_whole_run(metric, expected):
    (result,) = check(f'limits {{ metric: "{metric}" max: {expected} }}')
    assert (result.verdict, result.observed, result.model, result.slice) == (PASS, expected, "", "")
    assert verdicts(f'limits {{ metric: "{metric}" max: {expected - 0.001} }}') == [FAIL]


def test_other_tables():
    report = make_report()
    report.sweep.points.add(name="clp-1", auc=interval(0.9))
    coverage = report.term_coverage.add(term="she", num_originals=9)
    coverage.flip_rate["remediated"].CopyFrom(report.models[0].slices[0].ctf_gap)

    def observed(text):
        return [r.observed for r in check(f"limits {{ max: 1 {text} }}", report)]

    assert observed('metric: "sweep.auc" slices: "clp*"') == [0.9]
    assert observed('metric: "term_coverage.flip_rate"') == [0.05]
    assert observed('metric: "comparisons.matched.p_value" slices: "Overall"') == [0.2]
    assert observed(
        'metric: "comparisons.thresholds.p_value" slices: "Overall" thresholds: 0.5'
    ) == [0.01]
    assert observed('metric: "comparisons.auc_difference" slices: "Overall"') == [-0.005]
    assert observed('metric: "ctf_gap_quantiles@0.9" slices: "Overall"') == [0.33]
    missing = check('limits { metric: "ctf_gap_quantiles@0.5" slices: "Overall" max: 1 }', report)
    assert [r.verdict for r in missing] == [NOT_ENOUGH_EVIDENCE]


def test_every_name_resolves_and_finds_its_rows():
    report = make_report()
    report.sweep.points.add(name="clp-1")
    for term in ("a", "b"):
        added = report.term_coverage.add(term=term)
        added.flip_rate["remediated"].value = added.ctf_gap["remediated"].value = 0.1
    for name in metric_names():
        metric = resolve(name, per_threshold=False)
        assert metric is not None
        if metric.table != "rejects":
            assert list(rows(report, metric)), name
        assert check(f'limits {{ metric: "{name}" max: 9e9 }}', report)


# --- errors ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "limits: no limit is given"),
        ("limits { }", "limits[0].metric: is empty"),
        ("limits { }", "limits[0]: has neither max nor min"),
        ('limits { metric: "flip_rat" max: 1 }', "did you mean 'flip_rate'?"),
        ('limits { metric: "zzz" max: 1 }', "docs/gate.md"),
        ('limits { metric: "slice" max: 1 }', "names no metric"),
        ('limits { metric: "rejects.reed" max: 1 }', "did you mean 'rejects.read'?"),
        ('limits { metric: "auc@0.5" max: 1 }', "names no metric"),
        ('limits { metric: "auc" max: nan }', "limits[0].max: nan is not finite"),
        ('limits { metric: "auc" min: 1 max: 0 }', "above max"),
        ('limits { metric: "auc" max: 1 bound: "uper" }', "did you mean 'upper'?"),
        ('limits { metric: "auc" max: 1 relative_to_baseline: "diff" }', "is unknown"),
        ('limits { metric: "accuracy" max: 1 bound: "upper" }', "has no interval"),
        ('limits { metric: "accuracy" max: 1 bound: "upper" relative_to_baseline: "difference" }', "no interval"),
        ('limits { metric: "auc" max: 1 bound: "upper" relative_to_baseline: "ratio" }', "no interval"),
        ('limits { metric: "rejects" max: 1 slices: "Overall" }', "no such choice"),
        ('limits { metric: "auc" max: 1 thresholds: 0.5 }', "no such choice"),
        ('limits { metric: "rejects" max: 1 min_originals: 5 }', "not per slice"),
        ('limits { metric: "flip_rate" max: 1 thresholds: inf }', "is not finite"),
        ('limits { metric: "auc" max: 1 gap_over: "gender:*" }', "is no feature"),
        ('limits { metric: "auc" max: 1 } limits { name: "a" metric: "auc" max: 1 } limits { name: "a" metric: "auc" max: 2 }', "given 2 times"),
        ('limits { metrc: "auc" max: 1 }', "limits[0].metrc: unknown field; did you mean 'metric'?"),
        # Known only with a report:
        ('limits { metric: "auc" max: 1 slices: "gender:femal" }', "did you mean 'gender:female'?"),
        ('limits { metric: "auc" max: 1 slices: ["Overall", "age:*"] }', "limits[0].slices[1]"),
        ('limits { metric: "auc" max: 1 models: "remediate" }', "did you mean 'remediated'?"),
        ('limits { metric: "flip_rate" max: 1 thresholds: 0.3 }', "it has 0.1, 0.5"),
        ('limits { metric: "auc" max: 1 gap_over: "age" }', "a gap needs two"),
        ('limits { metric: "auc" max: 1 gap_over: "gender" slices: "gender:male" }', "select more"),
        ('limits { metric: "sweep.auc" max: 1 }', "the report has no sweep.auc"),
        ('limits { metric: "auc" max: 1 models: "baseline" relative_to_baseline: "ratio" }', "baseline itself"),
    ],
)  # fmt: skip
def test_limits_that_mean_nothing_are_errors(text, part):
    with pytest.raises(ConfigurationError) as caught:
        check(text)
    assert any(part in problem for problem in caught.value.problems), caught.value.problems


def test_hostile_features_are_escaped_in_errors():
    with pytest.raises(ConfigurationError) as caught:
        check('limits { metric: "auc" max: 1 gap_over: "\\x7fz" }')
    assert all(problem.isprintable() for problem in caught.value.problems)


def test_all_errors_at_once():
    with pytest.raises(ConfigurationError) as caught:
        check(
            'limits { metric: "auc" max: 1 slices: "a:*" models: "b" }'
            'limits { metric: "flip_rate" max: 1 thresholds: [0.2, 0.3] }'
        )
    assert len(caught.value.problems) == 4


def test_an_empty_report_is_an_error_not_a_pass():
    with pytest.raises(ConfigurationError, match="the report has no flip_rate"):
        check_limits(RunReport(), parse_limits('limits { metric: "flip_rate" max: 1 }'))


def test_limits_made_in_code_are_checked_too():
    with pytest.raises(ConfigurationError, match="no limit is given"):
        check_limits(make_report(), Limits())


def test_hostile_slice_names_do_not_reach_the_terminal():
    report = make_report()
    for model in report.models:
        model.slices[1].slice = "gender:\x1b[31m\u202eevil\n"
    results = check('limits { metric: "auc" max: 0.1 }', report)
    assert all(r.message.isprintable() for r in results)
    assert any("\\x1b[31m\\u202eevil\\n" in r.message for r in results)


# --- the documentation -------------------------------------------------------


def test_the_examples_of_the_documentation_run(repository, tmp_path):
    text = (repository / "docs" / "gate.md").read_text()
    blocks = re.findall(r"```(textproto|yaml)\n(.*?)```", text, re.DOTALL)
    assert [kind for kind, _ in blocks] == ["textproto", "yaml"]
    report = make_report()
    for model in report.models:
        for one in model.slices:
            one.false_positive_rate = 0.1
    flips = report.models[1].slices[1].thresholds[1].flip_rate
    flips.value, flips.lower, flips.upper = 0.3, 0.25, 0.35
    for kind, block in blocks:
        path = tmp_path / f"limits.{kind}"
        path.write_text(block)
        limits = load_limits(str(path))
        results = check_limits(report, limits)
        assert {limit.metric for limit in limits.limits} == {r.metric for r in results}
        assert {FAIL, PASS} <= {r.verdict for r in results}
        # Every `word` in the table of metrics names some.
    for name in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE):
        for metric in re.findall(r"`([^`]+)`", name):
            assert resolve(metric, per_threshold=False) is not None, metric
