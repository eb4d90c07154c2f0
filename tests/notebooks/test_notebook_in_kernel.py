"""The first notebook runs in a real Jupyter kernel: its numbers are right, its widget is there."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from support import TESTS
from support.documents import notebook_cells

#: Run in the kernel after the last cell.
CHECK = """
import sys
sys.path.insert(0, {folder!r})
from support.documents import notebook_checks
notebook_checks.check_logit_pairing(globals(), "flip rate")
print("checked")
"""


@pytest.mark.slow
def test_the_first_notebook_and_its_widget():
    path = notebook_cells.NOTEBOOKS / "01_counterfactual_logit_pairing_keras.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(CHECK.format(folder=str(TESTS))))
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.execute()
    shown = next(cell for cell in notebook.cells if cell.source == "both.show()")
    assert notebook.cells[-1].outputs[-1].text.strip() == "checked"
    kinds = {kind for output in shown.outputs for kind in output.get("data", {})}
    assert "application/vnd.jupyter.widget-view+json" in kinds
    fallback = next(o.data["text/html"] for o in shown.outputs if "text/html" in o.get("data", {}))
    assert "flip_rate" in fallback
    assert "clp" in fallback
    assert all(c.execution_count for c in notebook.cells if c.cell_type == "code")
