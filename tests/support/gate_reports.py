"""A report with slices, thresholds and intervals for tests of the gate, and its verdicts."""

from __future__ import annotations

from fairflip.pipeline.gate.verdict import check_limits
from fairflip.protos.report_pb2 import GateResult, RunReport
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
