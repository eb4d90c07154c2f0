"""A result in a notebook's cell: the report's numbers, hostile names inert, nothing to run."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from fairflip.protos import report_pb2
from fairflip.view.notebook.result_table import render
from fairflip.view.words import numbers
from support import random_reports

HOSTILE = '<script>alert("x")</script>\u202e'


class Cells(HTMLParser):
    """The texts of all cells, row by row, and the names of all elements."""

    def __init__(self, document: str):
        super().__init__()
        self.rows: list[list[str]] = []
        self.names: set[str] = set()
        self._is_cell = False
        self.feed(document)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self._is_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th"):
            self._is_cell = False

    def handle_data(self, data):
        if self._is_cell:
            self.rows[-1][-1] += data


@pytest.fixture
def report():
    return random_reports.report(random_reports.scored_pairs(300))


def test_each_row_holds_the_report_s_numbers(report):
    rows = Cells(render(report, "report.html")).rows[1:]
    expected = [(part.slice, model.name, part) for part, model in _by_slice(report)]
    assert len(rows) == len(expected)
    for row, (name, model, part) in zip(rows, expected, strict=True):
        rate = numbers.estimate(part.thresholds[0], "flip_rate")
        assert row[0] in (name, "")
        assert row[1:4] == [
            model,
            numbers.count(part.num_pairs),
            numbers.count(part.thresholds[0].flip_count),
        ]
        assert numbers.percent(rate.value) in row[4]
        assert numbers.percent_interval(rate) in row[4]


def _by_slice(report):
    names = [part.slice for part in report.models[0].slices]
    for name in names:
        for model in report.models:
            yield next(part for part in model.slices if part.slice == name), model


def test_names_of_the_data_run_nothing(report):
    for model in report.models:
        model.slices[1].slice = HOSTILE
    report.models[0].name = HOSTILE
    document = render(report, HOSTILE)
    assert "script" not in Cells(document).names
    assert "\u202e" not in document


def test_a_report_of_nothing_is_a_sentence():
    document = render(report_pb2.RunReport(), "report.html")
    assert Cells(document).rows == []
    assert "report.html" in document
