"""Tables of a whole run: what a sweep's points say of their controls."""

from __future__ import annotations

import math

from fairflip.protos import report_pb2
from fairflip.view.tables import frames, run_tables
from fairflip.view.tables.cells import NOTHING
from fairflip.view.words.report_index import ReportIndex


def interval(value, lower, upper):
    return report_pb2.Interval(value=value, lower=lower, upper=upper)


def swept(*points):
    return report_pb2.RunReport(sweep=report_pb2.Sweep(points=points))


def cells(table):
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]


def test_a_sweep_shows_controls_beside_flips_and_whose_rose():
    rose = report_pb2.SweepPoint(
        name="clp 1",
        matched_flip_rate=interval(0.05, 0.04, 0.06),
        control_flip_rate=interval(0.045, 0.044, 0.046),
        excess_flip_rate=interval(0.004, -0.003, 0.011),
        controls_rose=True,
        seconds=12.34,
    )
    (row,) = cells(run_tables.sweep(swept(rose)))
    assert row["Training, s"].text == "12.3"
    assert row["Setting"].note == "control flips rose"
    assert (row["Control flips"].text, row["Control flips"].note) == ("4.5%", "4.4–4.6%")
    assert (row["Excess, points"].text, row["Excess, points"].note) == ("+0.40", "−0.30 to +1.1")


def test_a_sweep_without_controls_has_no_columns_of_them():
    point = report_pb2.SweepPoint(name="clp 1", matched_flip_rate=interval(0.05, 0.04, 0.06))
    (row,) = cells(run_tables.sweep(swept(point)))
    assert not {"Control flips", "Excess, points"} & set(row)
    assert row["Matched flip rate"].text == "5.0%"


def test_terms_that_are_most_surely_unlike_others_come_first():
    """Not those that were seen once."""
    report = report_pb2.RunReport(models=[{"name": "m"}])
    for term, excess in {
        "once": interval(1.0, math.nan, math.nan),
        "few": interval(0.6, -0.5, 1.0),
        "many": interval(0.2, 0.15, 0.25),
        "none": None,
    }.items():
        entry = report.term_coverage.add(term=term, num_pairs=5)
        if excess is not None:
            entry.excess_flip_rate["m"].CopyFrom(excess)
    rows = run_tables.terms(report, ReportIndex(report)).rows
    assert [row[0].text for row in rows] == ["many", "few", "once", "none"]
    assert frames.terms_frame(report)["term"].tolist() == ["many", "few", "once", "none"]


def test_calibration_and_groups_stand_before_and_after_with_the_change():
    report = report_pb2.RunReport()
    for name, error in (("plain", 0.05), ("better", 0.08)):
        judged = report.label_judgements.add(model=name, num_originals=1234)
        judged.calibration_error.value, judged.calibration_error.upper = error, 0.1
        gap = judged.worst_true_positive_rate_gap
        gap.group, gap.gap.value, gap.num_inside, gap.num_outside = "gender:female", 0.2, 40, 1000
    comparison = report.comparisons.add(baseline="plain", candidate="better")
    change = comparison.calibration_error_difference
    change.value, change.lower, change.upper = 0.03, -0.01, 0.07
    table = run_tables.label_judgements(report)
    assert table.header == ("", "plain", "better", "Change")
    assert "1,234" in table.caption
    calibration, of_positives, of_negatives = table.rows
    assert [cell.text for cell in calibration[1:]] == ["0.050", "0.080", "0.030"]
    assert calibration[3].note == "-0.010 to 0.070".replace("-", "−")
    assert "gender:female: 40 originals against 1,000" in of_positives[1].note
    assert of_negatives[1] == NOTHING
    assert run_tables.label_judgements(report_pb2.RunReport()) is None
