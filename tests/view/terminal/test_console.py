"""The summary on a terminal: coloured by the verdict, no wider than the terminal, never obeyed."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from fairflip.view.terminal import console, summary_table
from support import control_reports, random_reports

SGR = re.compile(r"\x1b\[[0-9;]*m")


def printed(report, width: int, **settings) -> str:
    file = io.StringIO()
    settings = {"force_terminal": True, "color_system": "standard", **settings}
    console.print_summary(report, Console(file=file, width=width, _environ={}, **settings))
    return file.getvalue()


@pytest.fixture(scope="module")
def report():
    return control_reports.two_models(control=0.03, excess=(0.045, 0.035, 0.055))


def test_a_wide_terminal_shows_the_table_of_a_file(report):
    text = SGR.sub("", printed(report, 400))
    assert text == summary_table.format_table(report) + "\n"


@pytest.mark.parametrize("width", [60, 90, 120])
def test_no_line_is_wider_than_the_terminal_and_the_columns_left_out_are_named(report, width):
    lines = SGR.sub("", printed(report, width)).splitlines()
    assert max(map(len, lines)) <= width
    [spared] = re.findall(
        r"A wider terminal also shows: ([^.]*)\.", " ".join(" ".join(lines).split())
    )
    header = next(line for line in lines if line.startswith("slice"))
    summary = summary_table.summarize(report)
    shown = [name for name in summary.header if re.search(rf"(^|  ){name}(  |$)", header)]
    parts = [name for name in spared.split(", ") if name != "interval of the change"]
    assert sorted([*shown, *parts]) == sorted(summary.header)
    assert {"slice", "model", "flip rate"} <= set(shown)


def test_long_names_and_changes_fit_80_columns_and_stay_apart():
    groups = ("homosexual_gay_or_lesbian_people", "homosexual_gay_or_lesbian_couples")
    table = random_reports.scored_pairs(600, groups=groups)
    made = control_reports.with_controls_everywhere(random_reports.report(table, groups=groups))
    lines = SGR.sub("", printed(made, 80)).splitlines()
    assert max(map(len, lines)) <= 80
    start = next(number for number, line in enumerate(lines) if line.startswith("slice"))
    names = [line.split("  ")[0] for line in lines[start + 2 : start + 8] if line[:1].strip()]
    assert len(set(names)) == len(names) == 3
    assert [name for name in names if name.endswith("_couples")]
    assert "change" in lines[start].split()
    # Where all that may go is not enough, changes lose their interval.
    narrow = SGR.sub("", printed(made, 64)).splitlines()
    assert max(map(len, narrow)) <= 64
    assert "interval of the change" in " ".join(narrow)


@pytest.mark.parametrize("width", [60, 100, 200])
def test_sentences_break_between_words_and_go_on_indented(report, width):
    summary = summary_table.summarize(report)
    lines = SGR.sub("", printed(report, width)).splitlines()
    below = lines[lines.index(summary_table.wrapped(summary.notes[1:], width)[0]) :]
    assert below == summary_table.wrapped(summary.notes[1:], width)
    assert max(map(len, below)) <= min(width, 100)
    joined: list[str] = []
    for line in below:
        if line.startswith("  "):
            joined[-1] += line[1:]
        else:
            joined.append(line)
    assert joined == list(summary.notes[1:])
    assert (len(below) > len(joined)) or width == 200
    file = io.StringIO()
    path = "/a/" + "long/" * 30
    console.print_lines(["one two three", f"report: {path}"], Console(file=file, width=10))
    assert file.getvalue().splitlines() == ["one two", "  three", "report:", f"  {path}"]


@pytest.mark.parametrize(
    ("excess", "code"), [((0.045, 0.035, 0.055), "31"), ((0.0, -0.004, 0.004), "33")]
)
def test_the_headline_has_the_colour_of_its_verdict(excess, code):
    text = printed(control_reports.two_models(control=0.03, excess=excess), 120)
    assert text.startswith(f"\x1b[1;{code}m")


def test_colours_are_left_out_where_nobody_wants_them(report):
    assert "\x1b" not in printed(report, 120, force_terminal=False, color_system=None)


def test_names_from_the_data_steer_nothing():
    report = random_reports.report(random_reports.scored_pairs(200))
    report.models[0].name = "\x1b[2Jm[bold]:smile:\u202e"
    for of_slice in report.models[0].slices:
        of_slice.slice = of_slice.slice.replace("gender", "\x1b]0;owned\x07[red]")
    text = SGR.sub("", printed(report, 300))
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "[red]" in text
    assert ":smile:" in text


def test_a_report_without_thresholds_is_one_line():
    report = random_reports.report(random_reports.scored_pairs(50))
    del report.models[:]
    assert len(printed(report, 80).splitlines()) == 1


def test_pairs_to_read_are_coloured_and_steer_no_terminal():
    file = io.StringIO()
    shown = Console(file=file, width=80, force_terminal=True, color_system="standard", _environ={})
    parts = (("same", "my "), ("removed", "aunt"), ("added", "un\x1b[2Jcle"))
    console.print_pairs([("c1", ["aunt"], parts)], shown)
    assert SGR.sub("", file.getvalue()) == "  my auntun\\x1b[2Jcle\n"
    assert len(SGR.findall(file.getvalue())) >= 4
