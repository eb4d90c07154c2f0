"""The run's summary where a person sits: coloured by its verdict, as wide as the terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from fairflip.protos import report_pb2
from fairflip.protos.errors import printable
from fairflip.view.terminal.summary_table import Summary, aligned, summaries, wrapped
from fairflip.view.words import verdict_light

#: The colour of a verdict, as `rich` names it.
_STYLES = {
    verdict_light.ACT: "bold red",
    verdict_light.LOOK: "bold yellow",
    verdict_light.FINE: "bold green",
    verdict_light.CANNOT_TELL: "bold magenta",
}
#: Columns that go first where the terminal is narrow.
_SPARED = (
    *("positive", "neg→pos", "pos→neg", "over words", "AUC", "matched", "controls", "flips"),
    *("interval", "pairs"),
)
#: What names of slices are cut to, in turn.
_NAMES = (48, 32, 24)
_INTERVAL = "interval of the change"


def print_summary(report: report_pb2.RunReport, console: Console | None = None) -> None:
    """Prints the verdict and the table of a run on a terminal.

    Args:
      report: any run report.
      console: where to; standard output unless given. `NO_COLOR` and `TERM=dumb` are heard.
    """
    console = console or Console(markup=False, emoji=False, highlight=False)
    for number, summary in enumerate(summaries(report)):
        if number:
            console.print()
        _print_one(summary, console)


def _print_one(summary: Summary, console: Console) -> None:
    style = _STYLES[summary.light]
    _print_wrapped(summary.asked, console, "dim")
    if summary.asked:
        console.print()
    _print_wrapped(summary.head[:1], console, style)
    _print_wrapped(summary.head[1:], console)
    if not summary.rows:
        return
    lines, left_out = _fitting(summary, console.width)
    if summary.head:
        console.print()
    _print_wrapped([summary.title], console)
    for number, line in enumerate(lines):
        # Lines of a table that is too wide even so are cut by the terminal, not broken here.
        console.print(Text(line, "bold" if number == 0 else ""), soft_wrap=True)
    if left_out:
        _print_wrapped([f"A wider terminal also shows: {', '.join(left_out)}."], console, "dim")
    _print_wrapped(summary.notes, console, "dim")


def print_lines(texts: Sequence[str], console: Console | None = None) -> None:
    """Prints sentences no wider than the terminal, but for words that are wider themselves."""
    texts = [line for text in texts for line in text.split("\n")]
    _print_wrapped(texts, console or Console(markup=False, emoji=False, highlight=False))


def _print_wrapped(texts: Sequence[str], console: Console, style: str = "") -> None:
    for line in wrapped(texts, console.width):
        console.print(Text(line, style), soft_wrap=True)


def print_pairs(
    pairs: Sequence[tuple[str, Sequence[str], Sequence[tuple[str, str]]]],
    console: Console | None = None,
) -> None:
    """Prints pairs to read, what went struck out in red and what came underlined in green."""
    console = console or Console(markup=False, emoji=False, highlight=False)
    styles = {"removed": "strike red", "added": "underline green"}
    for _, _, parts in pairs:
        line = Text("  ")
        for kind, text in parts:
            line.append(printable(text.replace("\n", " ")), styles.get(kind, ""))
        console.print(line)


def _fitting(summary: Summary, width: int) -> tuple[list[str], list[str]]:
    """The table's lines with the columns that have room, and the names of the others.

    Long names lose their beginning before a column goes, and changes their interval only where
    all that may go is not enough.
    """
    lines: list[str] = []
    left_out: list[str] = []
    for with_intervals in (True, False):
        left_out = [] if with_intervals else [_INTERVAL]
        for spared in ("", *_SPARED):
            left_out += [spared] if spared in summary.header else []
            columns = [i for i, name in enumerate(summary.header) if name not in left_out]
            header = [summary.header[i] for i in columns]
            for longest in _NAMES:
                names = _shortened([row[0] for row in summary.rows], longest)
                if names is None:
                    continue
                rows = [[name, *row[1:]] for name, row in zip(names, summary.rows, strict=True)]
                cells = [[_cell(row[i], with_intervals) for i in columns] for row in rows]
                lines = aligned(header, cells)
                # The ruling below the header is as wide as the table.
                if len(lines[1]) <= width:
                    return lines, left_out
    return lines, left_out


def _shortened(names: Sequence[str], longest: int) -> list[str] | None:
    """Names that end as they did; None where two would no longer be told apart."""
    made = [name if len(name) <= longest else f"…{name[1 - longest :]}" for name in names]
    return made if len(set(made)) == len(set(names)) else None


def _cell(text: str, with_intervals: bool) -> str:
    return text if with_intervals else re.sub(r" \([^)]*\)", "", text)
