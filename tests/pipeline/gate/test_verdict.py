"""The gate: a truth table of verdicts and exit codes, and nothing passes by accident."""

from __future__ import annotations

import itertools
import re

import pytest

from fairflip.pipeline.gate.limits import load_limits
from fairflip.pipeline.gate.report_values import resolve
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, check_limits, exit_code
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.limits_pb2 import Limits
from fairflip.protos.report_pb2 import GateResult, RunReport
from support.configurations import parse_limits
from support.gate_reports import check, make_report, verdicts

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


# --- relative to the baseline, gaps ------------------------------------------


# --- what limits select ------------------------------------------------------


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
