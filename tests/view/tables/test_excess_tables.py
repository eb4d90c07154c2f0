"""The tables of controls hold the report's numbers, and say what is not there."""

from __future__ import annotations

from fairflip.view.tables import excess_tables, frames, run_tables
from fairflip.view.words import findings
from fairflip.view.words.report_index import ReportIndex
from support import control_reports, random_reports
from support.control_reports import interval


def rows_of(table):
    return {(row[0].text, row[1].text): row for row in table.rows}


def test_each_row_is_a_slice_of_a_model():
    report = control_reports.with_controls_everywhere(
        random_reports.report(random_reports.scored_pairs(300))
    )
    table = excess_tables.excess_by_slice(ReportIndex(report), 0.5)
    assert {len(row) for row in table.rows} == {len(table.header)}
    rows = rows_of(table)
    assert len(rows) == 8
    for model in report.models:
        for place, part in enumerate(model.slices):
            at = part.thresholds[0]
            row = rows[part.slice, model.name]
            assert row[2].note == (f"{place} without control" if place else "")
            assert row[4].text == f"{100 * at.control_flip_rate.value:.1f}%"
            points = 100 * at.excess_flip_rate.value
            assert float(row[5].text.replace("−", "-")) == round(
                points, 1 if abs(points) > 1 else 2
            )
            assert row[7].text, row[7].note == ("+1.0", "women")
    assert [cell.text for cell in rows["Overall", "baseline"][8:]] == ["–", "–"]
    change = rows["Overall", "remediated"][8:]
    assert [cell.text for cell in change] == ["+0.20", "−5.0"]
    assert change[1].note == "−9.0 to −1.0 over words"
    assert change[1].tone == "better"


def test_an_interval_over_words_that_leaves_everything_open_is_not_shown():
    wide = {"control": 0.03, "excess": (0.04, -0.01, 0.09), "over_words": (-0.562, 0.438)}
    row = rows_of(
        excess_tables.excess_by_slice(ReportIndex(control_reports.one_model(**wide)), 0.5)
    ).popitem()[1]
    assert [(cell.text, cell.note) for cell in row if "few terms" in cell.note] == [
        ("–", "too few terms to say")
    ]
    row = rows_of(
        excess_tables.excess_by_slice(
            ReportIndex(control_reports.one_model(**{**wide, "over_words": (-0.56, 0.43)})), 0.5
        )
    ).popitem()[1]
    assert "−56.0 to 43.0" in [cell.text for cell in row]


def test_what_a_rise_of_control_flips_makes_fall_is_not_better():
    report = control_reports.two_models(controls_changed=(0.02, 0.01, 0.03), control=0.03)
    row = rows_of(excess_tables.excess_by_slice(ReportIndex(report), 0.5))["Overall", "after"]
    assert [cell.tone for cell in row[8:]] == ["worse", ""]


def test_candidates_are_compared_where_they_say_yes_as_often():
    report = control_reports.two_models(control=0.03, excess=(0.045, 0.035, 0.055))
    part = report.models[1].slices[0]
    part.matched.control_flip_rate.value = 0.111
    report.comparisons[0].slices[0].matched.control_flip_rate_difference.value = 0.081
    rows = rows_of(excess_tables.excess_matched(ReportIndex(report)))
    assert [row[4].text for row in rows.values()] == ["3.0%", "11.1%"]
    assert rows["Overall", "after"][8].text == "+8.1"
    part.matched.too_few_to_match = True
    rows = rows_of(excess_tables.excess_matched(ReportIndex(report)))
    assert list(rows) == [("Overall", "before")]
    assert (
        excess_tables.excess_matched(ReportIndex(control_reports.one_model(control=0.03))) is None
    )


def test_swaps_within_a_group_stand_beside_controls():
    report = control_reports.one_model(control=0.03)
    at = report.models[0].slices[0].thresholds[0]
    at.same_group_flip_rate.CopyFrom(interval(0.09, 0.05, 0.14))
    table = excess_tables.excess_by_slice(ReportIndex(report), 0.5)
    assert table.header[-1] == "Swaps within one group"
    assert (table.rows[0][-1].text, table.rows[0][3].text) == ("9.0%", "3.0%")
    (output,) = (one for one in findings.find(report).sentences if "on controls" in one)
    assert output.endswith("; swaps within one group flip 9.0% (5.0–14.0%).")


def test_only_an_excess_over_words_is_marked():
    report = control_reports.one_model(control=0.03, excess=(0.02, 0.01, 0.03))
    (row,) = excess_tables.excess_by_slice(ReportIndex(report), 0.5).rows
    assert (row[5].text, row[5].note, row[5].tone) == ("−1.0 to 5.0", "more, for these terms", "")
    report = control_reports.one_model(
        control=0.03, excess=(0.02, 0.01, 0.03), over_words=(0.004, 0.05)
    )
    (row,) = excess_tables.excess_by_slice(ReportIndex(report), 0.5).rows
    assert (row[5].note, row[5].tone) == ("more than other words", "worse")


def test_without_controls_there_is_no_table():
    report = random_reports.report(random_reports.scored_pairs(100))
    assert excess_tables.excess_by_slice(ReportIndex(report), 0.5) is None
    assert excess_tables.group_directions(report) is None


def test_directions_name_both_groups():
    report = control_reports.one_model()
    way = report.models[0].group_directions.add(num_pairs=40, negative_to_positive_count=6)
    setattr(way, "from", "female")
    way.mean_score_change.CopyFrom(interval(0.02, -0.01, 0.05))
    (row,) = excess_tables.group_directions(report).rows
    assert [cell.text for cell in row] == ["female → removed", "40", "6", "0", "–", "+0.020"]
    assert row[-1].note == "−0.010 to 0.050"
    (line,) = frames.group_directions_frame(report).to_dict("records")
    assert (line["from"], line["to"], line["negative_to_positive_count"]) == ("female", "", 6)
    assert line["mean_score_change_lower"] == -0.01
    assert line["net_flip_rate"] != line["net_flip_rate"]


def test_terms_are_ranked_by_the_last_model_s_excess():
    report = random_reports.report(random_reports.scored_pairs(300))
    index = ReportIndex(report)
    assert [group for group, _ in run_tables.terms(report, index).groups] == [
        "",
        "flip rate",
        "score change (CTF gap)",
    ]
    for model, values in zip(report.models, ((0.3, 0.1), (0.05, 0.08)), strict=True):
        for term, value in zip(("she", "him"), values, strict=True):
            part = model.slices.add(slice=f"counterfactual_term:{term}", num_pairs=60)
            part.thresholds.add(threshold=0.5)
            control_reports.add_controls(part, excess=(value, value - 0.02, value + 0.02))
    table = run_tables.terms(report, ReportIndex(report))
    assert {len(row) for row in table.rows} == {len(table.header)}
    assert [row[0].text for row in table.rows][:2] == ["him", "she"]
    assert [cell.text for cell in table.rows[0][8:10]] == ["+10.0", "+8.0"]
    assert [cell.text for cell in table.rows[2][8:10]] == ["–", "–"]


def test_frames_hold_the_fields_of_controls():
    report = control_reports.two_models(control=0.03, excess=(0.045, 0.035, 0.055))
    frame = frames.slices_frame(report).set_index("model")
    after = frame.loc["after"]
    assert after["excess_flip_rate"] == 0.045
    assert abs(after["excess_over_words_lower"] - 0.015) < 1e-12
    assert (after["excess_standing"], after["top_term"]) == ("more than other words", "women")
    assert frames.comparison_frame(report)["excess_difference_over_words_upper"].tolist() == (
        [-0.021 + 0.01] * 2
    )
    bare = frames.slices_frame(control_reports.one_model()).iloc[0]
    assert bare["excess_standing"] == "no controls"
    assert bare[["control_flip_rate", "excess_flip_rate", "excess_over_words_lower"]].isna().all()
