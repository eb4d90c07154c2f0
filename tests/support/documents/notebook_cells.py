"""Runs the code cells of a notebook in this process, so that TensorFlow is imported once.

IPython runs the cells as a kernel would, magics and displayed values included.
"""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import sys
from typing import Any

import nbformat
from IPython.core.interactiveshell import InteractiveShell

from support import ROOT

NOTEBOOKS = ROOT / "examples" / "notebooks"


def notebook_paths() -> list[pathlib.Path]:
    """The notebooks, in order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def run_cells(path: pathlib.Path) -> tuple[dict[str, Any], str]:
    """Runs a notebook top to bottom from its own folder; returns its names and what it printed."""
    notebook = nbformat.read(path, as_version=4)
    shell = InteractiveShell.instance()
    shell.reset(new_session=True)
    printed = io.StringIO()
    here, old_path = os.getcwd(), list(sys.path)
    os.chdir(path.parent)
    sys.path.insert(0, str(path.parent))
    try:
        for number, cell in enumerate(notebook.cells):
            if cell.cell_type != "code":
                continue
            with contextlib.redirect_stdout(printed):
                result = shell.run_cell(cell.source, store_history=True)
            if not result.success:
                error = result.error_before_exec or result.error_in_exec
                raise AssertionError(f"{path.name}, cell {number}: {error!r}") from error
        return dict(shell.user_ns), printed.getvalue()
    finally:
        os.chdir(here)
        sys.path[:] = old_path
