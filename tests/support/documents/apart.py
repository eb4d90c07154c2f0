"""Runs the blocks of a page that need an environment of their own."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

from support import ROOT
from support.documents.markdown_blocks import (
    PYTHON,
    SHELL,
    Block,
    blocks_of,
    pages,
    shell_commands,
)


def pages_that_need(environment: str) -> list[str]:
    """Pages with a block that says `needs: ENVIRONMENT`."""
    return [
        page.relative_to(ROOT).as_posix()
        for page in pages()
        if any(block.mark("needs") == environment for block in blocks_of(page))
    ]


def run_blocks(page: pathlib.Path, environment: str, folder: pathlib.Path) -> None:
    """Runs the page's blocks that need an environment, in a folder with its files."""
    for block in blocks_of(page):
        if block.mark("file"):
            (folder / block.mark("file")).write_text(block.text + "\n", encoding="utf-8")
        elif block.mark("needs") == environment:
            _run(block, folder)


def _run(block: Block, folder: pathlib.Path) -> None:
    """A block of Python or of the shell in a process of its own, which ends as the page says."""
    if block.language in PYTHON:
        commands = [[sys.executable, "-c", block.text]]
    else:
        assert block.language in SHELL, block.place
        commands = [["bash", "-euo", "pipefail", "-c", line] for line in shell_commands(block)]
    path = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for number, command in enumerate(commands, 1):
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": path, "PYTHONPATH": str(folder)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        code = int(block.mark("exit code") or 0) if number == len(commands) else 0
        assert done.returncode == code, f"{block.place}: {done.stdout}{done.stderr}"
