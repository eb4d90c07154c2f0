"""The first notebook runs in a real Jupyter kernel, and its widget is among the outputs."""

from __future__ import annotations

import nbformat
import notebook_cells
import pytest
from nbclient import NotebookClient


@pytest.mark.slow
def test_the_widget_of_the_first_notebook(monkeypatch):
    path = notebook_cells.NOTEBOOKS / "01_counterfactual_logit_pairing_keras.ipynb"
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": path.parent}}
    )
    client.execute()
    shown = next(cell for cell in notebook.cells if cell.source == "both.show()")
    kinds = {kind for output in shown.outputs for kind in output.get("data", {})}
    assert "application/vnd.jupyter.widget-view+json" in kinds
    fallback = next(o.data["text/html"] for o in shown.outputs if "text/html" in o.get("data", {}))
    assert "flip_rate" in fallback
    assert "clp" in fallback
    assert all(c.execution_count for c in notebook.cells if c.cell_type == "code")
