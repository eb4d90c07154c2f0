"""Limits on an excess are decided by its interval over words; noise and no controls are no answer."""

from __future__ import annotations

import math

import pytest

from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, check_limits
from fairflip.protos.errors import ConfigurationError
from support import control_reports
from support.configurations import parse_limits
from support.control_reports import interval, one_model, two_models

# The excess is 0.04: 0.03 to 0.05 for these terms, 0.01 to 0.07 over words.
CONTROLS = {"control": 0.03, "excess": (0.04, 0.03, 0.05), "over_words": (0.01, 0.07)}


def check(text, report):
    return check_limits(report, parse_limits(f"limits {{ {text} }}"))


def verdict(text, report=None):
    (result,) = check(text, one_model(**CONTROLS) if report is None else report)
    return result.verdict


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("max: 0.07", PASS),
        ("max: 0.069", NOT_ENOUGH_EVIDENCE),  # above the value and the interval of these terms
        ("max: 0.04", NOT_ENOUGH_EVIDENCE),
        ("max: 0.01", NOT_ENOUGH_EVIDENCE),
        ("max: 0.0099", FAIL),
        ("max: 0", FAIL),
        ("min: 0.01", PASS),
        ("min: 0.02", NOT_ENOUGH_EVIDENCE),
        ("min: 0.0701", FAIL),
        ('bound: "interval" max: 0.07', PASS),
        ('bound: "interval" max: 0.06', NOT_ENOUGH_EVIDENCE),
        ('bound: "upper" max: 0.07', PASS),
        ('bound: "upper" max: 0.06', FAIL),
        ('bound: "lower" max: 0.01', PASS),
        ('bound: "lower" max: 0.009', FAIL),
    ],
)
@pytest.mark.parametrize("metric", ["excess_flip_rate", "matched.excess_flip_rate"])
def test_an_excess_is_decided_over_words(metric, limit, expected):
    report = two_models(**CONTROLS)
    assert verdict(f'metric: "{metric}" models: "after" {limit}', report) == expected


def test_the_message_says_which_interval_decides():
    (result,) = check('metric: "excess_flip_rate" max: 0.02', one_model(**CONTROLS))
    assert result.message == (
        "excess_flip_rate of mine in Overall at 0.5 is 0.04 [0.01, 0.07 over words], cannot be held "
        "against max 0.02: the limit lies inside the interval"
    )


def test_a_negative_excess_passes_no_limit_that_its_interval_does_not_keep():
    report = one_model(control=0.03, excess=(-0.02, -0.03, -0.01), over_words=(-0.06, 0.02))
    assert verdict('metric: "excess_flip_rate" max: 0', report) == NOT_ENOUGH_EVIDENCE
    assert verdict('metric: "excess_flip_rate" max: 0.02', report) == PASS


def test_an_excess_without_bounds_decides_nothing():
    report = one_model(**{**CONTROLS, "over_words": (math.nan, math.nan)})
    assert verdict('metric: "excess_flip_rate" max: 0.5', report) == NOT_ENOUGH_EVIDENCE
    report.models[0].slices[0].thresholds[0].ClearField("excess_over_words")
    assert verdict('metric: "excess_flip_rate" max: 0.5', report) == NOT_ENOUGH_EVIDENCE


@pytest.mark.parametrize(
    ("limit", "part"),
    [
        ('bound: "point" max: 0.1', "decided by its interval over words"),
        ('relative_to_baseline: "ratio" max: 0.5', "no interval for this comparison"),
    ],
)
def test_what_would_decide_on_the_value_alone_is_refused(limit, part):
    with pytest.raises(ConfigurationError, match=part):
        check(f'metric: "excess_flip_rate" {limit}', two_models(**CONTROLS))


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        # Both excesses are 0.04; their difference lies between -0.02 and 0.03 over words.
        ("max: 0.03", PASS),
        ("max: 0.02", NOT_ENOUGH_EVIDENCE),
        ("max: -0.021", FAIL),
    ],
)
@pytest.mark.parametrize("metric", ["excess_flip_rate", "matched.excess_flip_rate"])
def test_a_difference_of_excesses_is_decided_over_words(metric, limit, expected):
    text = f'metric: "{metric}" relative_to_baseline: "difference" {limit}'
    report = two_models(excess_changed=(0.0, -0.01, 0.02), **CONTROLS)
    assert verdict(text, report) == expected


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("control_flip_rate", PASS), ("originals_with_flip", FAIL), ("clusters_with_flip", FAIL)],
)
def test_the_rates_beside_it_are_limits_like_others(metric, expected):
    report = one_model(**CONTROLS)
    at = report.models[0].slices[0].thresholds[0]
    at.originals_with_flip.CopyFrom(interval(0.08, 0.06, 0.1))
    at.clusters_with_flip.CopyFrom(interval(0.2, 0.1, 0.3))
    assert verdict(f'metric: "{metric}" max: 0.05', report) == expected
    held = verdict(f'metric: "{metric}" max: 0.06 bound: "interval"', report)
    assert (
        held == {PASS: PASS, FAIL: NOT_ENOUGH_EVIDENCE if "originals" in metric else FAIL}[expected]
    )


@pytest.mark.parametrize(
    "metric",
    [
        "excess_flip_rate",
        "control_flip_rate",
        "excess_without_top_term",
        "matched.excess_flip_rate",
    ],
)
@pytest.mark.parametrize(
    ("score_feature", "cure"), [("", "evaluate with --controls 2"), ("s", "score every row")]
)
def test_without_controls_there_is_no_answer_and_a_cure(metric, score_feature, cure):
    report = one_model()
    report.provenance.config = control_reports.config(score_feature=score_feature)
    (result,) = check(f'metric: "{metric}" max: 0.5', report)
    assert result.verdict == NOT_ENOUGH_EVIDENCE
    assert "no pair here has a scored control" in result.message
    assert cure in result.message
    assert verdict(f'metric: "{metric}" max: 0.5', one_model(**CONTROLS)) in (PASS,)


def test_texts_that_were_scored_once_have_no_repeat_flip_rate():
    (result,) = check('metric: "repeat_flip_rate" max: 0.01', one_model())
    assert result.verdict == NOT_ENOUGH_EVIDENCE
    assert result.message.endswith("texts were scored once; evaluate with --repeats 2")


@pytest.mark.parametrize(
    ("metric", "is_doubted"),
    [
        ("flip_rate", True),
        ("excess_flip_rate", True),
        ("matched.flip_rate", True),
        ("originals_with_flip", True),
        ("positive_rate", False),
        ("ctf_gap", False),
        ("num_pairs", False),
        ("repeat_flip_rate", False),
    ],
)
@pytest.mark.parametrize("differing", [2, 36])
def test_answers_that_differ_when_asked_again_leave_flips_open(metric, is_doubted, differing):
    report = one_model(**CONTROLS)
    at = report.models[0].slices[0].thresholds[0]
    at.originals_with_flip.CopyFrom(interval(0.08, 0.06, 0.1))
    if metric == "repeat_flip_rate":
        at.repeat_flip_rate.CopyFrom(interval(0.18, 0.15, 0.21))
    look = report.models[0].second_look
    look.num_texts, look.num_differing_decisions = 200, differing
    (result,) = check(f'metric: "{metric}" max: 2000', report)
    assert result.verdict == (NOT_ENOUGH_EVIDENCE if is_doubted and differing == 36 else PASS)
    if result.verdict != PASS:
        assert "mine decided differently on 18% of 200 texts; that is the noise floor" in (
            result.message
        )


def test_a_noisy_baseline_leaves_comparisons_open():
    report = two_models(**CONTROLS)
    look = report.models[0].second_look
    look.num_texts, look.num_differing_decisions = 200, 36
    assert verdict('metric: "flip_rate" max: 1', report) == PASS
    for text in (
        'metric: "flip_rate" relative_to_baseline: "difference" max: 1',
        'metric: "comparisons.thresholds.flip_rate_difference" max: 1',
    ):
        (result,) = check(text, report)
        assert result.verdict == NOT_ENOUGH_EVIDENCE
        assert "before decided differently" in result.message


@pytest.mark.parametrize(
    "metric",
    ["matched.flip_rate", "matched.excess_flip_rate", "comparisons.matched.flip_rate_difference"],
)
def test_a_threshold_that_is_chance_decides_nothing(metric):
    report = two_models(**CONTROLS)
    assert verdict(f'metric: "{metric}" models: "after" max: 1', report) == PASS
    report.models[1].slices[0].matched.too_few_to_match = True
    (result,) = check(f'metric: "{metric}" models: "after" max: 1', report)
    assert result.verdict == NOT_ENOUGH_EVIDENCE
    assert "the rarer answer is too rare to fix a threshold" in result.message


@pytest.mark.parametrize(("method", "expected"), [("ablation", PASS), ("substitution", "open")])
def test_the_excess_of_score_gaps_is_held_only_where_terms_are_removed(method, expected):
    report = one_model(method=method, **CONTROLS)
    part = report.models[0].slices[0]
    part.excess_ctf_gap.CopyFrom(interval(0.02, 0.01, 0.03))
    part.excess_ctf_gap_over_words.lower, part.excess_ctf_gap_over_words.upper = -0.01, 0.05
    wanted = PASS if expected == PASS else NOT_ENOUGH_EVIDENCE
    assert verdict('metric: "excess_ctf_gap" max: 0.05', report) == wanted
    assert verdict('metric: "excess_ctf_gap" max: 0.04', report) == NOT_ENOUGH_EVIDENCE
