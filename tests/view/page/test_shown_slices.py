"""Of thousands of slices a page shows the largest and those that flip most, and says so."""

from __future__ import annotations

from fairflip.protos import report_pb2
from fairflip.view.page import shown_slices
from fairflip.view.page.html_report import render_files
from fairflip.view.words import findings
from fairflip.view.words.report_index import ReportIndex


def report_of(num_slices: int) -> report_pb2.RunReport:
    """Slice number i has 1,000 + i pairs, and i flips; the last but one has few originals."""
    report = report_pb2.RunReport()
    model = report.models.add(name="m", is_baseline=True)
    for i in range(num_slices):
        name = "Overall" if not i else f"author:a{i:05d}"
        part = model.slices.add(slice=name, num_pairs=2_000_000 - i, num_originals=1_000)
        part.num_clusters = 1_000
        part.has_few_originals = i == num_slices - 2
        at = part.thresholds.add(threshold=0.5, flip_count=i)
        at.flip_rate.value = i / 1e6
        at.flip_rate.lower, at.flip_rate.upper = i / 1e6 - 1e-4, i / 1e6 + 1e-4
    return report


def test_all_slices_are_shown_where_they_are_few():
    report = report_of(shown_slices.MOST_SLICES)
    index = ReportIndex(report)
    actual = [(index, findings.find(report, index))]
    assert shown_slices.shown(report, actual) == (report, actual)


def test_the_largest_and_those_that_flip_most_are_shown_of_many():
    report = report_of(2_000)
    index = ReportIndex(report)
    facts = findings.find(report, index)
    short, [(of_page, output)] = shown_slices.shown(report, [(index, facts)])
    names = [part.slice for part in short.models[0].slices]
    largest = ["Overall", *(f"author:a{i:05d}" for i in range(1, 150))]
    most = [f"author:a{i:05d}" for i in range(1_849, 2_000) if i != 1_998]
    assert names == largest + most
    assert sorted(of_page.slices) == sorted(names)
    assert output.judgement == facts.judgement
    assert output.cautions[0].startswith("300 of 2,000 slices are shown")
    assert len(report.models[0].slices) == 2_000, "the report itself keeps all"


def test_page_and_markdown_hold_the_slices_that_are_shown_and_the_caution():
    files = render_files(report_of(2_000))
    for name in ("report.html", "details/report.md"):
        text = files[name].decode()
        assert "300 of 2,000 slices are shown" in text
    page = files["report.html"].decode()
    assert "a01999" in page
    assert "a01000" not in page
