"""One form for pages that are made of tables and sentences, as HTML, Markdown and plain text.

Text of data is escaped here, once for each form: by the template, by `markdown_report.escape`,
and by `printable`.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup

from fairflip.protos.errors import printable
from fairflip.view.page import embedding
from fairflip.view.page.markdown_report import escape, first_rows
from fairflip.view.tables.cells import Cell, Table
from fairflip.view.words import numbers

#: Rows of one table in Markdown: a pull request's comment holds 65,536 characters.
MAX_MARKDOWN_ROWS = 40
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)


@dataclass(frozen=True)
class MarkedPair:
    """A pair to read.

    Attributes:
        changes: Both texts as one, from `marked_texts.mark_changes`; empty without texts.
        facts: What is known of it.
    """

    changes: tuple[tuple[str, str], ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """A part of a page.

    Attributes:
        title: Its heading.
        sentences: Paragraphs before the tables.
        tables: Shown one below the other.
        items: A list of sentences.
        figure: SVG of ours.
        pairs: Pairs to read; in HTML alone.
    """

    title: str
    sentences: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    items: tuple[str, ...] = ()
    figure: str = ""
    pairs: tuple[MarkedPair, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        kicker: What kind of page it is.
        title: What it says, in one sentence.
        lead: The sentences below it.
        tone: "act", "look", "fine", or "cannot_tell" for one that is none of these.
        cautions: What to know before any number.
        sections: The rest.
    """

    kicker: str
    title: str
    lead: tuple[str, ...] = ()
    tone: str = "cannot_tell"
    cautions: tuple[str, ...] = ()
    sections: tuple[Section, ...] = field(default_factory=tuple)


def to_html(page: Page) -> str:
    """The page as one file that asks for nothing from outside and runs no script."""
    return (
        embedding.environment()
        .get_template("runs.html.j2")
        .render(
            page=page,
            style=embedding.template_text("report.css"),
            content_security_policy=_POLICY,
            figures=[Markup(section.figure) for section in page.sections],
        )
    )


def to_markdown(page: Page) -> str:
    """The page as Markdown for a pull request, without texts of pairs."""
    lines = [f"## {escape(page.title)}", ""]
    for sentence in page.lead:
        lines += [escape(sentence), ""]
    if page.cautions:
        lines += ["**Read with care**", "", *(f"- {escape(one)}" for one in page.cautions), ""]
    for section in page.sections:
        lines += [f"### {escape(section.title)}", ""]
        for sentence in section.sentences:
            lines += [escape(sentence), ""]
        for table in section.tables:
            lines += [f"**{escape(table.caption)}**", "", *_markdown_table(table), ""]
        if section.items:
            lines += [*(f"- {escape(one)}" for one in section.items), ""]
    return "\n".join(lines).rstrip() + "\n"


def to_text(table: Table, max_rows: int = 30) -> list[str]:
    """A table as lines of a terminal, with nothing in it that a terminal obeys."""
    rows = [[printable(title) for title in table.header]]
    for row in table.rows[:max_rows]:
        rows.append(
            [
                printable(cell.text)
                + (f" ({printable(cell.note.replace(chr(10), ' · '))})" if cell.note else "")
                for cell in row
            ]
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    lines = [
        "  ".join(
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    if len(table.rows) > max_rows:
        lines.append(f"and {len(table.rows) - max_rows:,} more rows")
    return lines


def _markdown_table(table: Table) -> Sequence[str]:
    lines = first_rows(table, MAX_MARKDOWN_ROWS)
    if len(table.rows) > MAX_MARKDOWN_ROWS:
        lines += ["", f"… and {len(table.rows) - MAX_MARKDOWN_ROWS:,} more rows on the page."]
    return lines


def to_fragment(page: Page) -> str:
    """Headline, sentences and the first table as plain HTML for a notebook's cell."""
    parts = [f"<p><b>{_escaped(page.title)}</b></p>"]
    parts += [f"<p>{_escaped(one)}</p>" for one in (*page.lead, *page.cautions)]
    for table in [table for section in page.sections for table in section.tables][:1]:
        head = "".join(f"<th>{_escaped(title)}</th>" for title in table.header)
        rows = "".join(
            f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>" for row in table.rows
        )
        parts.append(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")
    return "".join(parts)


def _cell(cell: Cell) -> str:
    note = f"<br><small>{_escaped(cell.note)}</small>" if cell.note else ""
    return _escaped(cell.text) + note


def _escaped(text: str) -> str:
    return html.escape(numbers.directed(text))
