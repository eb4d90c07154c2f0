"""The run on a terminal: one row per slice, before and after, plain text.

Names of slices and models come from data, so every control character in them
is written out and can steer no terminal.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fairflip.protos import report_pb2
from fairflip.protos.errors import printable
from fairflip.protos.forms.run_edits import edit_of
from fairflip.view.words import evidence, findings, numbers, verdict
from fairflip.view.words.excess import excess_at, has_controls
from fairflip.view.words.report_index import ReportIndex, indexes_by_output
from fairflip.view.words.verdict_light import Judgement, judge

_MAX_NAME = 48
MAX_ROWS = 60
#: No line of words is wider, however wide a terminal is.
LINE = 100
_ON_THE_LEFT = ("slice", "model")
#: Columns that only a decision at a threshold fills.
_OF_SCORES = ("neg→pos", "pos→neg", "positive", "matched", "AUC")
#: Columns that say something of a model beside a baseline.
_OF_CANDIDATES = ("matched", "change")


def format_table(
    report: report_pb2.RunReport, *, threshold: float | None = None, max_rows: int = MAX_ROWS
) -> str:
    """The report as an aligned table for a terminal.

    One block per slice with one row per model: pairs, flip rate with interval,
    flips in both directions, positive rate, the flip rate at the matched
    threshold, AUC and, for candidates, the change against the baseline.

    Args:
      report: any run report.
      threshold: which threshold to show; the report's first where none is
        given.
      max_rows: slices shown; a last line says how many more there are.

    Returns:
      Lines joined by newlines, without a trailing one.
    """
    return "\n".join(
        line
        for number, summary in enumerate(summaries(report, threshold, max_rows))
        for line in [*([""] if number else []), *_lines(summary)]
    )


def _lines(summary: Summary) -> list[str]:
    head = wrapped([*summary.asked, *([""] if summary.asked else []), *summary.head])
    if not summary.rows:
        return head
    table = aligned(summary.header, summary.rows)
    notes = wrapped(summary.notes)
    return [*head, *([""] if head else []), *wrapped([summary.title]), *table, *notes]


class Summary(NamedTuple):
    """What is shown on a terminal, none of which a terminal obeys.

    Sentences are one text each, to be broken into lines by `wrapped`; "" is an empty line.

    Attributes:
      light: a key of `verdict_light.TITLES`.
      head: the verdict's sentences, its headline first.
      asked: how the pairs were made and what they cannot see, which stands before all.
      title: what the table is about.
      header: names of the columns.
      rows: cells, as many a row as `header` has; none where no threshold is there to show.
      notes: what the columns mean, and cautions.
    """

    light: str
    head: list[str]
    title: str = ""
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    notes: Sequence[str] = ()
    asked: Sequence[str] = ()


def summarize(
    report: report_pb2.RunReport, threshold: float | None = None, max_rows: int = MAX_ROWS
) -> Summary:
    """The parts of `format_table` of a report of one output, whose arguments these are."""
    return _of_index(ReportIndex(report), threshold, max_rows)


def summaries(
    report: report_pb2.RunReport, threshold: float | None = None, max_rows: int = MAX_ROWS
) -> list[Summary]:
    """A summary for each output of the models; of several, first how all of them stand."""
    parts = indexes_by_output(report)
    if len(parts) == 1:
        return [summarize(report, threshold, max_rows)]
    rows = max(1, max_rows // len(parts))
    of_each = [_of_index(part, threshold, rows) for part in parts]
    judgements = {part.output: judge(part.report, part) for part in parts}
    judged = findings.gravest(judgements.values())
    head = [
        printable(judged.headline),
        "",
        printable(findings.overview(judgements)),
        *_found(judged),
    ]
    whole = Summary(judged.light, head, asked=_asked(report))
    named = [
        each._replace(
            head=[],
            asked=(),
            title=printable(f"{part.output}: {judgements[part.output].title}. {each.title}"),
        )
        for part, each in zip(parts, of_each, strict=True)
    ]
    # What is said of the whole run stands below the last table alone.
    return [whole, *(each._replace(notes=()) for each in named[:-1]), named[-1]]


def _of_index(index: ReportIndex, threshold: float | None, max_rows: int) -> Summary:
    report = index.report
    if index.is_argmax:
        threshold = None
    shown = index.first_threshold if threshold is None else threshold
    facts = findings.find(report, index)
    judged = facts.judgement
    asked = _asked(report)
    if shown is None:
        return Summary(judged.light, [printable(judged.headline)], asked=asked)
    if shown not in index.thresholds:
        known = ", ".join(numbers.threshold(value) for value in index.thresholds)
        threshold_text = numbers.threshold(shown)
        sentence = f"No results at threshold {threshold_text}; the report has {known}."
        return Summary(judged.light, [sentence], asked=asked)
    head = [printable(judged.headline), "", *_found(judged)]
    if facts.change:
        head += ["", printable(facts.change)]
    title = f"Flips at threshold {numbers.threshold(shown)} (positive: score above it)"
    if index.is_argmax:
        title = "Changes of class (the decision is the class with the greatest score)"
    with_controls = has_controls(report)
    header = [
        "slice",
        "model",
        "pairs",
        "flips",
        "flip rate",
        "interval",
        *(["controls", "excess", "over words"] if with_controls else []),
        "neg→pos",
        "pos→neg",
        "positive",
        "matched",
        "AUC",
        "change",
    ]
    rows = []
    matched, is_each_matched = header.index("matched"), True
    empty = {
        *(_OF_SCORES if index.is_argmax else ()),
        *(() if index.candidates else _OF_CANDIDATES),
    }
    columns = [i for i, name in enumerate(header) if name not in empty]
    names = index.large_slices[:max_rows]
    for name in index.with_undamaged(names):
        first = True
        for model in index.models:
            rows.append(
                [
                    _clip(index.title_of(name)) if first else "",
                    *_row(index, model, name, shown, with_controls),
                ]
            )
            is_each_matched &= rows[-1][matched] != evidence.NOT_MATCHED
            first = False
    notes = []
    if note := index.left_out(len(names)):
        notes.append(note)
    notes.append("")
    if index.candidates and not index.is_argmax:
        notes.append(
            "matched: flip rate at the threshold where the model says yes as often as the baseline."
        )
    if with_controls:
        edit = edit_of(report)
        over = "; over words: its interval with the terms taken as a sample"
        notes.append(
            f"controls: flips of the same edit made to {edit.others}; excess: flip rate less that, "
            f"in points{f'{over} of words' if edit.is_of_words else ''}."
        )
    elif index.models:
        text, command = verdict.how_to_get_controls(edit_of(report))
        notes.append(f"This run has no controls. {text} {command}")
    if not is_each_matched:
        notes.append(f"{evidence.NOT_MATCHED}: no threshold of the model comes near that rate.")
    notes += [printable(model.held_out) for model in facts.models if model.held_out]
    notes += [printable(caution) for caution in facts.cautions]
    return Summary(
        judged.light,
        head,
        title,
        [header[i] for i in columns],
        [[row[i] for i in columns] for row in rows],
        notes,
        asked,
    )


def _asked(report: report_pb2.RunReport) -> list[str]:
    """List, method and categories, and what they cannot see; none of an older report."""
    edits = report.edits
    return [printable(text) for text in (edits.sentence, edits.blind_spots) if text]


def _found(judged: Judgement) -> list[str]:
    """The light with its sentence, the reason, and what to do next."""
    return [
        printable(f"{judged.title}: {judged.sentence}"),
        printable(f"why: {judged.reason}"),
        printable(f"next: {judged.next_step}"),
        *([f"  {printable(_whole(judged.command))}"] if judged.command else []),
    ]


def _whole(command: str) -> str:
    """A flag alone is one of `evaluate`."""
    return f"fairflip evaluate {command}" if command.startswith("--") else command


def wrapped(texts: Iterable[str], width: int = LINE) -> list[str]:
    """Sentences as lines; what follows the first line of each is indented.

    Words are not broken: a path or command stays whole, and may be wider.

    Args:
      texts: of one line each; "" is an empty line.
      width: columns of the terminal.
    """
    return [
        line
        for text in texts
        for line in textwrap.wrap(
            text,
            min(width, LINE),
            subsequent_indent="  ",
            break_long_words=False,
            break_on_hyphens=False,
        )
        or [""]
    ]


def _row(
    index: ReportIndex, model: str, name: str, threshold: float, with_controls: bool
) -> list[str]:
    slice_report = index.slice(model, name)
    at = index.at(model, name, threshold)
    if slice_report is None or at is None:
        return [_clip(model), *[numbers.MISSING] * (13 if with_controls else 10)]
    rate = numbers.estimate(at, "flip_rate")
    return [
        _clip(model),
        numbers.count(slice_report.num_pairs),
        numbers.count(at.flip_count),
        numbers.percent(rate.value),
        ", ".join(
            filter(None, (numbers.percent_interval(rate), evidence.rate_note(slice_report, at)))
        )
        or numbers.MISSING,
        *(_excess(slice_report, at) if with_controls else []),
        numbers.count(at.negative_to_positive_count),
        numbers.count(at.positive_to_negative_count),
        numbers.percent(_positive_rate(index, slice_report, at)),
        evidence.matched_text(slice_report),
        numbers.decimal(numbers.optional(slice_report, "auc")),
        _change(index, model, name, threshold),
    ]


def _excess(part: report_pb2.SliceReport, at: report_pb2.ThresholdReport) -> list[str]:
    """Control flip rate, excess in points, and its interval over words."""
    rates = excess_at(part, at)
    return [
        numbers.percent(rates.control_rate.value),
        numbers.points(rates.rate.value),
        rates.over_words_text or numbers.MISSING,
    ]


def _positive_rate(
    index: ReportIndex, slice_report: report_pb2.SliceReport, at: report_pb2.ThresholdReport
) -> float:
    if at.positive_count + at.negative_count:
        return at.positive_rate
    # Reports without counts by sign hold the rate at the first threshold only.
    return slice_report.positive_rate if at.threshold == index.first_threshold else float("nan")


def _change(index: ReportIndex, model: str, name: str, threshold: float) -> str:
    if model == index.baseline:
        return ""
    at = index.comparison_at(model, name, threshold)
    if at is None:
        return numbers.MISSING
    note = evidence.change_note(index.slice(model, name), at)
    if note == evidence.TOO_FEW:
        return note
    difference = numbers.estimate(at, "flip_rate_difference")
    interval = numbers.points_interval(difference)
    change = numbers.points(difference.value) + (f" ({interval})" if interval else "")
    return f"{change}, {note}" if note else change


def _clip(text: str) -> str:
    clean = printable(text)
    return clean if len(clean) <= _MAX_NAME else clean[: _MAX_NAME - 1] + "…"


def format_pairs(pairs: Sequence[tuple[str, Sequence[str], Sequence[tuple[str, str]]]]) -> str:
    """Pairs to read, each both texts as one: "my [-sister-]{+brother+} sings".

    Args:
      pairs: (ID, terms, parts) of each; a part is "same", "removed" or "added", and its text.
    """
    marks = {"removed": ("[-", "-]"), "added": ("{+", "+}")}
    lines = []
    for _, _, parts in pairs:
        marked = (text.join(marks.get(kind, ("", ""))) for kind, text in parts)
        lines.append("  " + printable(" ".join("".join(marked).split())))
    return "\n".join(lines)


def _width(text: str) -> int:
    # East Asian wide characters take two columns, combining marks none.
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def aligned(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of equal columns: names of slices and models on the left of theirs, numbers right."""
    table = [header, *rows]
    widths = [max(_width(row[column]) for row in table) for column in range(len(header))]
    lines = []
    for row in table:
        cells = []
        for column, (cell, width) in enumerate(zip(row, widths, strict=True)):
            padding = " " * (width - _width(cell))
            cells.append(cell + padding if header[column] in _ON_THE_LEFT else padding + cell)
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("─" * width for width in widths))
    return lines
