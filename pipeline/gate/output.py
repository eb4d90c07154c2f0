"""The gate's results for machines and people: JUnit XML, Markdown, plain lines.

Slice names come from data and may be hostile: each form escapes everything that
could mean something in it.
"""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence

from fairflip.pipeline.gate.observations import printable
from fairflip.pipeline.gate.verdict import FAIL, NOT_ENOUGH_EVIDENCE, PASS, exit_code, passes
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import GATE_FILES
from fairflip.protos.errors import printable as whole_line
from fairflip.protos.report_pb2 import GateResult

#: A pull request's comment holds 65,536 characters; what passed is cut first.
MAX_MARKDOWN_ROWS = 150

_WORDS = {PASS: "pass", FAIL: "FAIL", NOT_ENOUGH_EVIDENCE: "not enough evidence"}


def to_junit(results: Sequence[GateResult]) -> str:
    """JUnit XML, one test case per result.

    Not enough evidence is a failure of its own type, or skipped where allowed.
    """
    suite = ElementTree.Element("testsuite", name="fairflip gate", tests=str(len(results)))
    failures = skipped = 0
    for result in results:
        place = [result.model or "run", result.slice or "all"]
        if result.HasField("threshold"):
            place.append(f"at {result.threshold:g}")
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=printable(".".join(["fairflip", *place])),
            name=printable(result.name),
        )
        if result.verdict == PASS:
            continue
        if passes(result):
            skipped += 1
            ElementTree.SubElement(case, "skipped", message=whole_line(result.message))
        else:
            failures += 1
            ElementTree.SubElement(
                case,
                "failure",
                type=result.verdict or "unknown",
                message=whole_line(result.message),
            )
    suite.set("failures", str(failures))
    suite.set("skipped", str(skipped))
    suite.set("errors", "0")
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def to_markdown(results: Sequence[GateResult]) -> str:
    """A summary for a pull request: the verdict, then one row per result, failures first."""
    verdict = "failed" if exit_code(results) else "passed"
    counts = {word: sum(r.verdict == word for r in results) for word in _WORDS}
    lines = [
        f"### fairflip gate: {verdict}",
        "",
        f"{counts[PASS]} passed, {counts[FAIL]} failed, "
        f"{counts[NOT_ENOUGH_EVIDENCE]} without enough evidence.",
        "",
        "| verdict | limit | model | slice | threshold | observed | bound |",
        "|---|---|---|---|---|---|---|",
    ]
    ordered = sorted(results, key=lambda r: (passes(r), r.verdict == PASS))
    for result in ordered[:MAX_MARKDOWN_ROWS]:
        word = _WORDS.get(result.verdict, result.verdict)
        if result.verdict == NOT_ENOUGH_EVIDENCE and passes(result):
            word += ", allowed"
        cells = [
            word,
            result.name,
            result.model,
            result.slice,
            f"{result.threshold:g}" if result.HasField("threshold") else "",
            _number(result.observed),
            _number(result.limit),
        ]
        lines.append("| " + " | ".join(map(_cell, cells)) + " |")
    if len(ordered) > MAX_MARKDOWN_ROWS:
        lines += ["", f"and {len(ordered) - MAX_MARKDOWN_ROWS} more."]
    wrong = [result for result in ordered if not passes(result)][:MAX_MARKDOWN_ROWS]
    lines += ["", *(f"- {_cell(whole_line(result.message))}" for result in wrong)] if wrong else []
    return "\n".join(lines) + "\n"


def to_lines(results: Sequence[GateResult]) -> list[str]:
    """One line per result for a terminal, with nothing in it that a terminal obeys."""
    return [
        f"{_WORDS.get(result.verdict, 'unknown'):>19}  {whole_line(result.message or result.name)}"
        for result in results
    ]


def write_results(output_dir: str, results: Sequence[GateResult]) -> tuple[str, ...]:
    """Writes gate.xml and gate.md into a directory, each whole or not at all; returns the names."""
    contents = dict(zip(GATE_FILES, (to_junit(results), to_markdown(results)), strict=True))
    for name, text in contents.items():
        filesystem.write_text(filesystem.join(output_dir, name), text)
    return tuple(contents)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def _cell(text: str) -> str:
    """Text in a Markdown table that means nothing to Markdown or HTML.

    Whatever is not a letter, digit, space or harmless becomes a numeric
    entity, and code keeps a name after "@" from calling a person.
    """
    safe = "".join(
        char if char.isalnum() or char in " .,:;=%" else f"&#{ord(char)};"
        for char in whole_line(text)
    )
    return f"<code>{safe}</code>" if safe.strip() else ""
