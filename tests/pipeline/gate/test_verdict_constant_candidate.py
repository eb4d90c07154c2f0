"""From scores to words: models that give one answer only, or cannot be matched."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, check_limits, exit_code
from fairflip.protos import columns, report_pb2
from fairflip.view.terminal import summary_table
from fairflip.view.words import findings
from support.configurations import parse_limits

LIMITS = """
limits { metric: "matched.flip_rate" slices: "Overall" max: 0.5 }
limits { metric: "matched.flip_rate" slices: "Overall" relative_to_baseline: "ratio" max: 0.9 }
limits { metric: "comparisons.matched.flip_rate_difference" slices: "Overall" max: 0 }
"""
NUM_PAIRS = 1000


def evaluated(candidate) -> report_pb2.RunReport:
    """A report on a baseline that says "yes" to 3 of 8 and a candidate made of its scores."""
    rng = np.random.default_rng(7)
    before = 0.8 * rng.random(NUM_PAIRS)
    after = np.clip(before + rng.normal(0.0, 0.1, NUM_PAIRS), 0.0, 1.0)
    scores = {"base": (before, after), "candidate": (candidate(before), candidate(after))}
    named = {"example_id": [str(row) for row in range(NUM_PAIRS)]}
    for name, (originals, counterfactuals) in scores.items():
        named[columns.score(name)] = originals
        named[columns.counterfactual_score(name)] = counterfactuals
    table = pa.table(named)
    spec = StatisticsSpec(models=tuple(scores))
    statistics = accumulate(table, spec)
    models, comparisons = build_models_and_comparisons(statistics, {}, spec)
    report = report_pb2.RunReport(models=models, comparisons=comparisons)
    assert report.models[0].slices[0].positive_rate == np.mean(before > 0.5)
    return report


@pytest.mark.parametrize(
    ("candidate", "collapsed"),
    [
        (lambda scores: np.full_like(scores, 0.9), "no"),
        (lambda scores: np.full_like(scores, 0.0), "yes"),
        # Saturated: 7 of 8 are exactly 1.
        (lambda scores: np.where(scores > 0.1, 1.0, scores), "no"),
    ],
)
def test_a_candidate_of_equal_scores_is_matched_nowhere(candidate, collapsed):
    report = evaluated(candidate)
    actual = findings.find(report)
    assert actual.changes[0].matched_verdict == "could not be matched"
    assert actual.changes[0].collapsed == collapsed
    assert f"says “{collapsed}” less than half as often" in actual.cautions[0]
    shown = " ".join((actual.headline, *actual.sentences))
    assert "about as often as the baseline" not in shown
    assert "not matched" in summary_table.format_table(report)
    results = check_limits(report, parse_limits(LIMITS))
    assert [result.verdict for result in results] == [NOT_ENOUGH_EVIDENCE] * 3
    assert all("cannot be matched" in result.message for result in results)
    assert exit_code(results) == 1


def test_a_candidate_with_enough_scores_is_matched_whatever_they_are():
    report = evaluated(lambda scores: np.round(0.3 * scores, 3))
    actual = findings.find(report)
    wanted, reached = actual.models[1].matched_target, actual.models[1].matched_positive_rate
    assert reached == pytest.approx(wanted, abs=0.01)
    assert actual.changes[0].collapsed == "yes"
    assert actual.models[1].matched_flip_rate.is_known
    assert "could not be matched" not in " ".join(actual.cautions)
    results = check_limits(report, parse_limits(LIMITS))
    assert results[0].verdict == PASS
    assert not any("cannot be matched" in result.message for result in results)


ABOUT_FLIPS = """
limits { metric: "flip_rate" models: "candidate" max: 0.5 }
limits { metric: "originals_with_flip" slices: "Overall" models: "candidate" max: 0.5 }
limits { metric: "comparisons.thresholds.flip_rate_difference" slices: "Overall" max: 0.5 }
"""


def test_flips_of_a_model_that_says_the_same_to_all_decide_nothing():
    report = evaluated(lambda scores: 0.4 * scores)
    results = check_limits(report, parse_limits(ABOUT_FLIPS))
    assert [result.verdict for result in results] == [NOT_ENOUGH_EVIDENCE] * 3
    for result in results:
        assert "candidate says “no” to 100% of originals at 0.5" in result.message
        assert result.message.endswith("evaluate at a threshold where it gives both answers")
    # Where it says yes as often as the baseline, it gives both answers; nor do flips make AUC.
    others = 'limits { metric: "matched.flip_rate" slices: "Overall" max: 0.5 }'
    others += 'limits { metric: "thresholds.positive_rate" slices: "Overall" min: 0.1 }'
    verdicts = [one.verdict for one in check_limits(report, parse_limits(others))]
    assert verdicts == [PASS, FAIL]
    allowed = parse_limits(ABOUT_FLIPS + "allow_not_enough_evidence: true")
    assert exit_code(check_limits(report, allowed)) == 0


def test_a_baseline_that_says_the_same_to_all_is_no_ground_either():
    report = evaluated(lambda scores: 0.9 * scores)
    part = report.models[0].slices[0]
    at = part.thresholds[0]
    at.positive_rate = at.counterfactual_positive_rate = 0.995
    results = check_limits(
        report, parse_limits(ABOUT_FLIPS + 'limits { metric: "matched.flip_rate" max: 0.5 }')
    )
    verdicts = [result.verdict for result in results]
    assert verdicts == [PASS, PASS, NOT_ENOUGH_EVIDENCE, NOT_ENOUGH_EVIDENCE]
    assert "base says “yes” to 99.5% of originals at 0.5" in results[2].message
    # A relative limit holds both numbers against each other.
    ratio = 'limits { metric: "flip_rate" relative_to_baseline: "ratio" max: 9 }'
    [result] = check_limits(report, parse_limits(ratio))
    assert result.verdict == NOT_ENOUGH_EVIDENCE
    assert "baseline: base says" in result.message


def test_only_the_threshold_where_one_answer_is_given_is_doubted():
    report = evaluated(lambda scores: 0.4 * scores)
    for model in report.models:
        other = model.slices[0].thresholds.add()
        other.CopyFrom(model.slices[0].thresholds[0])
        other.threshold, other.positive_rate = 0.2, 0.3
    limits = parse_limits('limits { metric: "flip_rate" max: 0.5 }')
    verdicts = [one.verdict for one in check_limits(report, limits)]
    assert verdicts == [NOT_ENOUGH_EVIDENCE, PASS]
