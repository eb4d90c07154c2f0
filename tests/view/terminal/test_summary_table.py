"""The terminal table: right numbers, aligned, harmless."""

from __future__ import annotations

import re

import numpy as np

from fairflip.protos import report_pb2
from fairflip.view.terminal import summary_table
from fairflip.view.words import numbers
from support import control_reports, random_reports


def test_a_flag_alone_is_shown_as_a_command():
    report = control_reports.one_model(flip_rate=(0.0, 0.0, 0.01), positive_rate=0.0)
    text = summary_table.format_table(report)
    assert "  fairflip evaluate --threshold …" in text.splitlines()
    assert "mine says “no” to every original." in text


def test_rows_hold_the_counts_of_the_chosen_threshold():
    table = random_reports.scored_pairs()
    text = summary_table.format_table(random_reports.report(table), threshold=0.25)
    rows = [line.split() for line in text.splitlines() if "gender:" in line or "remediated" in line]
    was = table["score.remediated"].to_numpy() > 0.25
    now = table["counterfactual.score.remediated"].to_numpy() > 0.25
    overall = next(row for row in rows if row[0] == "remediated")
    assert overall[1:4] == ["400", str((was != now).sum()), numbers.percent(np.mean(was != now))]
    assert overall[5:8] == [
        str((~was & now).sum()),
        str((was & ~now).sum()),
        numbers.percent(np.mean(was)),
    ]


def test_columns_are_aligned_with_wide_characters_and_combining_marks():
    groups = ("日本語", "e\u0301te\u0301", "x")
    table = random_reports.scored_pairs(groups=groups)
    lines = summary_table.format_table(random_reports.report(table, groups=groups)).splitlines()
    block = [line for line in lines if re.search(r"baseline +\d", line)]
    widths = {summary_table._width(line[: line.index("baseline")]) for line in block}
    assert len(block) == 4
    assert len(widths) == 1


def test_no_escape_sequence_reaches_the_terminal():
    groups = ("\x1b[2J\x1b]0;owned\x07", "a\nb", "\u202egnp\u202c", "\x9b31m")
    models = ("m\x1b[31m",)
    table = random_reports.scored_pairs(50, models, groups)
    text = summary_table.format_table(random_reports.report(table, models, groups=groups))
    assert not set(text) & set("\x1b\x07\x9b\u202e\u202c\r")
    assert "\\x1b[2J" in text
    assert "a\\nb" in text


def test_unknown_threshold_and_empty_report_say_so():
    report = random_reports.report(random_reports.scored_pairs(50))
    assert "the report has 0.5, 0.25" in summary_table.format_table(report, threshold=0.9)
    assert summary_table.format_table(report_pb2.RunReport()) == (
        "This run holds no evaluated pairs."
    )


def test_no_flip_of_many_pairs_is_not_too_few():
    report = random_reports.report(random_reports.scored_pairs(400))
    changes = report.comparisons[0].slices
    for part in report.models[1].slices:
        at = part.thresholds[0]
        at.flip_count, at.too_few_to_say = 0, True
        at.flip_rate.CopyFrom(random_reports.wilson(0, part.num_pairs))
    for part in changes:
        part.thresholds[0].too_few_to_say = True
    text = summary_table.format_table(report)
    assert text.count("no flip seen") == len(report.models[1].slices)
    assert text.count("), few flips") == len(changes)
    assert "too few to say" not in text
    report.models[1].slices[1].has_few_originals = True
    assert summary_table.format_table(report).count("too few to say") == 2


def test_a_rate_that_was_not_matched_is_not_shown():
    report = random_reports.report(random_reports.scored_pairs())
    part = report.models[1].slices[2]
    part.matched.flip_rate.CopyFrom(random_reports.wilson(0, part.num_pairs))
    legend = "not matched: no threshold of the model comes near that rate."
    assert legend not in summary_table.format_table(report)
    part.matched.baseline_positive_rate, part.matched.positive_rate = 0.3, 1.0
    lines = summary_table.format_table(report).splitlines()
    assert legend in lines
    rows = [line for line in lines if line.startswith(" ") and "remediated" in line]
    assert ["  not matched  " in row for row in rows] == [
        part.slice == other.slice for other in report.models[1].slices
    ]


def test_too_few_to_say_and_missing_slices():
    report = random_reports.report(random_reports.scored_pairs(50))
    report.models[0].slices[1].too_few_to_say = True
    report.models[0].slices[1].has_few_originals = True
    del report.models[1].slices[2]
    lines = summary_table.format_table(report, max_rows=3).splitlines()
    assert any("gender:female" in line and "too few to say" in line for line in lines)
    missing = lines[next(i for i, line in enumerate(lines) if "gender:male" in line) + 1]
    assert missing.split() == ["remediated", *["–"] * 10]
    assert "... and 1 more slice in the report" in lines


def test_the_verdict_stands_above_the_table_in_lines_that_fit():
    report = control_reports.two_models(control=0.03, excess=(0.045, 0.035, 0.055))
    lines = summary_table.format_table(report).splitlines()
    assert lines[0].startswith("after: removing identity terms changes 4.5 points more decisions")
    assert lines[2].startswith("act: after at the baseline's positive rate: removing identity")
    above = lines[: lines.index("Flips at threshold 0.5 (positive: score above it)")]
    assert max(map(len, above[1:])) <= 100
    text = " ".join(line.strip() for line in above)
    assert "next: Read the flipped pairs of “women”; then retrain" in text


def test_pairs_to_read_mark_what_went_and_came_and_steer_no_terminal():
    parts = (("same", "my "), ("removed", "aunt"), ("added", "uncle"), ("same", "\x1b[31m\nsings"))
    assert summary_table.format_pairs([("c1", ["aunt"], parts)]) == (
        "  my [-aunt-]{+uncle+}\\x1b[31m sings"
    )
