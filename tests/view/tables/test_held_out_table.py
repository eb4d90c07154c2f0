"""The table of pairs of withheld terms holds the report's numbers, on the page and in Markdown."""

from __future__ import annotations

from fairflip.view.page import html_report, markdown_report
from fairflip.view.tables import held_out_table
from fairflip.view.words.report_index import ReportIndex
from support import control_reports


def table_of(report):
    return held_out_table.held_out(ReportIndex(report))


def two_models(**arguments):
    report = control_reports.two_models()
    control_reports.add_held_out(report, **arguments)
    return report


def test_there_is_none_where_no_term_was_withheld():
    report = control_reports.two_models()
    assert table_of(report) is None
    assert "withheld" not in html_report.render_files(report)["report.html"].decode()
    assert "withheld" not in markdown_report.render(report)


def test_a_row_for_each_model_with_its_changes():
    table = table_of(two_models())
    assert table.header == (
        "Model",
        "Pairs",
        "Originals",
        "Flips",
        "Change",
        "Flips at the baseline's positive rate",
        "Change there",
        "Score change (CTF gap)",
    )
    before, after = ([cell.text for cell in row] for row in table.rows)
    assert before == ["before", "80", "64", "13.1%", "–", "–", "–", "0.062"]
    assert after == ["after", "80", "64", "12.9%", "−0.20", "13.4%", "+0.30", "0.062"]
    assert table.rows[1][3].note == "8.0–20.0%\n10/80"
    assert table.rows[1][5].note == "8.0–21.0%\nat 0.4"
    assert table.rows[1][6].note == "−2.5 to +3.1\nnot shown"


def test_changes_that_are_shown_have_a_tone_and_those_of_few_flips_none():
    report = two_models(flips=(-0.05, -0.08, -0.02), matched=(0.04, 0.01, 0.07), p_value=0.001)
    row = table_of(report).rows[1]
    assert [row[4].tone, row[6].tone] == ["better", "worse"]
    report.comparisons[0].held_out.matched.too_few_to_say = True
    cell = table_of(report).rows[1][6]
    assert (cell.tone, cell.note.splitlines()[-1]) == ("", "few flips")
    report.models[1].held_out.matched.positive_rate = 0.01
    row = table_of(report).rows[1]
    assert (row[5].text, row[6].text) == ("not matched", "–")


def test_controls_have_columns_where_there_are_any():
    report = two_models()
    control_reports.add_controls(report.models[1].held_out, control=0.03, excess=(0.1, 0.06, 0.14))
    table = table_of(report)
    assert table.header[7:10] == ("Control flips", "Excess, points", "Over words")
    assert [cell.text for cell in table.rows[0][7:10]] == ["–", "–", "–"]
    assert [cell.text for cell in table.rows[1][7:9]] == ["3.0%", "+10.0"]


def test_one_model_has_no_changes():
    report = two_models()
    del report.models[1], report.comparisons[:]
    assert table_of(report).header == (
        "Model",
        "Pairs",
        "Originals",
        "Flips",
        "Score change (CTF gap)",
    )


def test_the_page_and_the_markdown_have_the_table():
    report = two_models()
    report.models[1].name = "<b>|after"
    report.comparisons[0].candidate = "<b>|after"
    page = html_report.render_files(report)["report.html"].decode()
    assert '<table class="data" id="table-held-out" data-rows="model"' in page
    assert "#withheld" in page
    assert "<b>|after" not in page
    text = markdown_report.render(report)
    assert "**Pairs of terms withheld from training, at threshold 0.5**" in text
    row = next(line for line in text.splitlines() if line.startswith("| &lt;b&gt;\\|after | 80"))
    assert "13.4% (8.0–21.0% · at 0.4)" in row
