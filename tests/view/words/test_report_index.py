"""Look-ups over a report: the order of slices, and what a slice is of."""

from __future__ import annotations

import pytest

from fairflip.protos import report_pb2
from fairflip.view.terminal import summary_table
from fairflip.view.words.report_index import ReportIndex
from support import random_reports


def index_of(*names: str, num_pairs: int = 100, **edited: int) -> ReportIndex:
    changed = [{"category": name, "num_pairs": number} for name, number in edited.items()]
    slices = [
        {"slice": name, "num_pairs": num_pairs, "edited_categories": changed} for name in names
    ]
    return ReportIndex(report_pb2.RunReport(models=[{"name": "m", "slices": slices}]))


def test_what_was_changed_comes_before_who_a_text_is_about():
    names = ["counterfactual_term:aunt", "gender:female", "counterfactual_group:female", "Overall"]
    assert index_of(*names).slices == [
        "Overall",
        "counterfactual_group:female",
        "counterfactual_term:aunt",
        "gender:female",
    ]


@pytest.mark.parametrize(
    ("number", "share"), [(100, "all pairs"), (98, "nearly all pairs"), (88, "9 of 10 pairs")]
)
def test_a_slice_of_the_datas_own_column_says_what_it_is_of(number, share):
    index = index_of("religion:muslim", gender=number, religion=12)
    assert index.about_slice("religion:muslim") == (
        f"texts with religion: muslim; the word changed was of gender in {share}"
    )


def test_a_slice_without_counts_says_nothing():
    assert index_of("religion:muslim").about_slice("religion:muslim") == ""
    assert index_of("religion:muslim").about_slice("religion:jewish") == ""


def test_slices_of_too_few_originals_come_last_and_are_left_out_of_short_tables():
    report = random_reports.report(random_reports.scored_pairs(90))
    for model in report.models:
        next(p for p in model.slices if p.slice == "gender:female").has_few_originals = True
    report.models[0].slices[3].has_few_originals = True  # of one model only
    index = ReportIndex(report)
    assert index.slices == ["Overall", "gender:male", "gender:nonbinary", "gender:female"]
    assert index.large_slices == index.slices[:3]
    assert index.left_out(3) == "... and 1 slice of too few originals in the report"
    assert index.left_out(1) == (
        "... and 2 more slices and 1 slice of too few originals in the report"
    )
    shown = summary_table.format_table(report)
    assert "gender:female" not in shown
    assert "\n... and 1 slice of too few originals in the report\n" in shown
