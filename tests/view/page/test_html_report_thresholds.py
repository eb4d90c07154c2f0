"""The slider over thresholds in a real Chromium: its numbers are the report's."""

from __future__ import annotations

import pytest

from fairflip.view.page import html_report
from fairflip.view.words import numbers
from fairflip.view.words.report_index import ReportIndex
from support import control_reports, random_reports

pytestmark = pytest.mark.browser

# 0.0625 is a tie where a rate is rounded: two languages may round it in two ways.
THRESHOLDS = (0.5, 0.1, 0.25, 0.4, 0.6, 0.75, 0.9)


def test_the_numbers_are_the_reports_at_every_threshold_that_it_keeps(tmp_path, context, watch):
    table = random_reports.scored_pairs(500)
    report = control_reports.with_controls_everywhere(
        random_reports.report(table, thresholds=THRESHOLDS)
    )
    for part in report.models[0].slices:
        part.thresholds[2].flip_rate.value = 0.0625
    path = html_report.write_report(report, tmp_path, scored_pairs=table)
    page = context.new_page()
    page.goto(path.as_uri())
    index = ReportIndex(report)
    slider = page.locator("#threshold-slider")
    assert page.locator("#threshold-shown").inner_text() == "0.5, as in the report"
    ascending = sorted(THRESHOLDS)
    assert slider.get_attribute("max") == str(len(ascending) - 1)
    for place, threshold in enumerate(ascending):
        slider.fill(str(place))
        assert page.locator("#threshold-shown").inner_text() == f"{threshold}, as in the report"
        rows = page.evaluate(
            """() => [...document.getElementById("table-thresholds").tBodies[0].rows].map((row) =>
              [...row.cells].map((cell) => [cell.childNodes[0]?.textContent ?? "",
                cell.querySelector("small")?.textContent ?? ""]))"""
        )
        expected = []
        for name in index.slices:
            for model in index.models:
                part, at = index.slice(model, name), index.at(model, name, threshold)
                directions = (
                    (at.flip_rate, at.flip_count),
                    (at.negative_to_positive_rate, at.negative_to_positive_count),
                    (at.positive_to_negative_rate, at.positive_to_negative_count),
                )
                cells = [[name, ""], [model, ""], [f"{part.num_pairs:,}", ""]]
                for rate, count in directions:
                    interval = numbers.percent_interval(
                        numbers.Estimate(rate.value, rate.lower, rate.upper)
                    )
                    cells.append([numbers.percent(rate.value), f"{interval} · {count:,}"])
                control, excess = at.control_flip_rate, at.excess_flip_rate
                lower, upper = (numbers.points(bound) for bound in (excess.lower, excess.upper))
                cells.append(
                    [
                        f"{100 * control.value:.1f}%",
                        numbers.percent_interval(
                            numbers.Estimate(control.value, control.lower, control.upper)
                        ),
                    ]
                )
                cells.append([numbers.points(excess.value), f"{lower} to {upper}"])
                words = at.excess_over_words
                bounds = (numbers.plain_points(bound) for bound in (words.lower, words.upper))
                cells.append([" to ".join(bounds), ""])
                expected.append(cells)
        assert rows == expected
    assert page.locator("#threshold-kept button").all_inner_texts() == [
        numbers.threshold(threshold) for threshold in ascending
    ]
    page.locator("#threshold-kept button", has_text="0.25").click()
    page.locator("#table-thresholds td:nth-child(4) a.to-pairs").first.click()
    assert page.evaluate("location.hash") == "#pairs?model=baseline&threshold=0.25"
    at = index.at("baseline", "Overall", 0.25)
    assert page.locator("#pair-count").inner_text().startswith(f"{at.flip_count} of ")
    assert not watch.errors
