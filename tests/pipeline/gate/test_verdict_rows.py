"""Which numbers a limit is held against: baseline, slices, tables."""

from __future__ import annotations

import pytest

from fairflip.pipeline.gate.report_values import metric_names, resolve, rows
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS
from support.gate_reports import SLICES, check, interval, make_report, verdicts


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
        for rates in (
            added.flip_rate,
            added.ctf_gap,
            added.control_flip_rate,
            added.excess_flip_rate,
        ):
            rates["remediated"].value = 0.1
    for name in metric_names():
        metric = resolve(name, per_threshold=False)
        assert metric is not None
        if metric.table != "rejects":
            assert list(rows(report, metric)), name
        assert check(f'limits {{ metric: "{name}" max: 9e9 }}', report)
