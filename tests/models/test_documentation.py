"""The blocks of the documentation that need other libraries run, page by page."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from support import ROOT, transformer_zoo
from support.documents.markdown_blocks import (
    PYTHON,
    SHELL,
    Block,
    blocks_of,
    pages,
    shell_commands,
)

PAGES = [
    page.relative_to(ROOT).as_posix()
    for page in pages()
    if any(block.mark("needs") for block in blocks_of(page))
]


def test_there_are_such_pages():
    assert len(PAGES) >= 2


@pytest.mark.parametrize("page", PAGES)
def test_blocks_of_the_page_run(page, comments, tmp_path):
    comments.to_csv(tmp_path / "comments.csv", index=False)
    transformer_zoo.save_fine_tuned(tmp_path / "classifier")
    transformer_zoo.export_onnx(tmp_path / "classifier", tmp_path / "exported")
    for block in blocks_of(ROOT / page):
        if block.mark("file"):
            (tmp_path / block.mark("file")).write_text(block.text + "\n", encoding="utf-8")
        elif block.mark("needs"):
            run(block, tmp_path)


def run(block: Block, folder: pathlib.Path) -> None:
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
