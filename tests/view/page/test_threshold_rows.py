"""What the slider shows: the report's numbers where it has them, the curve's between."""

from __future__ import annotations

from fairflip.protos import report_pb2
from fairflip.view.page import threshold_rows
from fairflip.view.words.report_index import ReportIndex
from support import control_reports, random_reports


def report(thresholds=(0.5, 0.25)):
    table = random_reports.scored_pairs(300)
    return control_reports.with_controls_everywhere(
        random_reports.report(table, thresholds=thresholds)
    )


def test_the_reports_own_numbers_hold_where_the_curve_has_others():
    made = report()
    curve = []
    for model in made.models:
        other = report_pb2.ModelReport(name=model.name)
        for part in model.slices:
            entry = other.slices.add(slice=part.slice)
            for threshold in (0.3, 0.5):
                at = entry.thresholds.add(threshold=threshold, flip_count=7)
                at.flip_rate.CopyFrom(control_reports.interval(0.0125, 0.01, 0.02))
        curve.append(other)
    data = threshold_rows.by_threshold(ReportIndex(made), curve)
    assert data["thresholds"] == ["0.25", "0.3", "0.5"]
    assert data["kept"] == [0, 2]
    assert data["first"] == 2
    assert len(data["rows"]) == 4 * 2
    slice_name, model, pairs, cells = data["rows"][0]
    assert (slice_name, model, pairs) == ("Overall", "baseline", "300")
    at = made.models[0].slices[0].thresholds[0]
    rate, count = cells[2].split("|")[0].split("\n")
    assert rate == f"{100 * at.flip_rate.value:.1f}%"
    assert count.endswith(f" · {at.flip_count}")
    assert cells[1].split("|")[0] == "1.2%\n1.0–2.0% · 7"
    assert [len(cell.split("|")) for cell in cells] == [6, 6, 6]
    assert len(threshold_rows.header(ReportIndex(made))) == 3 + 6


def test_one_threshold_needs_no_slider_and_no_controls_no_columns_of_them():
    assert threshold_rows.by_threshold(ReportIndex(report((0.5,))), []) is None
    plain = ReportIndex(random_reports.report(random_reports.scored_pairs(50)))
    assert len(threshold_rows.header(plain)) == 3 + 3
    cells = threshold_rows.by_threshold(plain, [])["rows"][0][3]
    assert {len(cell.split("|")) for cell in cells} == {3}
