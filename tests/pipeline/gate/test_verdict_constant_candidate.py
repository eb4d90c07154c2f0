"""From scores to words: a candidate that cannot say "yes" as often as the baseline."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.gate.verdict import NOT_ENOUGH_EVIDENCE, PASS, check_limits, exit_code
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
    found = findings.find(report)
    assert found.changes[0].matched_verdict == "could not be matched"
    assert found.changes[0].collapsed == collapsed
    assert f"says “{collapsed}” less than half as often" in found.cautions[0]
    shown = " ".join((found.headline, *found.sentences))
    assert "about as often as the baseline" not in shown
    assert "not matched" in summary_table.format_table(report)
    results = check_limits(report, parse_limits(LIMITS))
    assert [result.verdict for result in results] == [NOT_ENOUGH_EVIDENCE] * 3
    assert all("cannot be matched" in result.message for result in results)
    assert exit_code(results) == 1


def test_a_candidate_with_enough_scores_is_matched_whatever_they_are():
    report = evaluated(lambda scores: np.round(0.3 * scores, 3))
    found = findings.find(report)
    wanted, reached = found.models[1].matched_target, found.models[1].matched_positive_rate
    assert reached == pytest.approx(wanted, abs=0.01)
    assert found.changes[0].collapsed == "yes"
    assert found.models[1].matched_flip_rate.is_known
    assert "could not be matched" not in " ".join(found.cautions)
    results = check_limits(report, parse_limits(LIMITS))
    assert results[0].verdict == PASS
    assert not any("cannot be matched" in result.message for result in results)
