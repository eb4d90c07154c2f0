"""The fenced blocks of a Markdown page, and the marks that stand before them.

A mark is an HTML comment on the line before a block's fence:

    <!-- not run: REASON -->    the block cannot run in a test
    <!-- needs: make models --> it runs in the environment of `make models`, or `make exporters`
    <!-- exit code: 1 -->       its last command ends with this code
    <!-- file: NAME -->         it is a file that later blocks read
"""

from __future__ import annotations

import dataclasses
import pathlib
import re

from support import ROOT

_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\s*$")
_MARK = re.compile(r"^\s*<!-- (not run|exit code|file|needs): (.+?) -->\s*$")
SHELL, PYTHON, DOCTEST = ("sh", "bash", "shell", "console"), ("python", "py"), ("pycon",)
CONFIGURATION = ("yaml", "textproto")


@dataclasses.dataclass(frozen=True)
class Block:
    page: str
    line: int
    language: str
    text: str
    marks: tuple[tuple[str, str], ...] = ()

    def mark(self, name: str) -> str:
        """The value of a mark, "" without it."""
        return dict(self.marks).get(name, "")

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def pages() -> list[pathlib.Path]:
    """Every page a user reads: README, CONTRIBUTING and docs/."""
    return [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]


def blocks_of(page: pathlib.Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    name = page.relative_to(ROOT).as_posix()
    actual: list[Block] = []
    marks: list[tuple[str, str]] = []
    opened: tuple[int, str, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = _FENCE.match(line)
        if opened is None and fence:
            opened, inside = (number, fence["language"], fence["indent"]), []
        elif opened is None:
            mark = _MARK.match(line)
            marks = [*marks, (mark[1], mark[2])] if mark else marks if not line.strip() else []
        elif fence and not fence["language"]:
            at, language, indent = opened
            text = "\n".join(row.removeprefix(indent) for row in inside)
            actual.append(Block(name, at, language, text, tuple(marks)))
            opened, marks = None, []
        else:
            inside.append(line)
    if opened is not None:
        raise ValueError(f"{name}:{opened[0]}: a block that is never closed")
    return actual


def shell_commands(block: Block) -> list[str]:
    """The commands of a shell block, comments left out and continued lines joined."""
    joined = re.sub(r"\\\n\s*", " ", block.text)
    lines = [line.strip().removeprefix("$ ") for line in joined.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]
