"""The eight notebooks run top to bottom, and what they print agrees with a direct computation."""

from __future__ import annotations

import re

import nbformat
import pandas as pd
import pytest

from support.documents import notebook_cells
from support.documents.notebook_checks import CHECKS

NAMES = [path.stem for path in notebook_cells.notebook_paths()]


@pytest.fixture(scope="module", params=NAMES[1:])
def finished(request):
    """A notebook's name, the names it left behind, and what it printed.

    The first runs in test_notebook_in_kernel.py.
    """
    path = notebook_cells.NOTEBOOKS / f"{request.param}.ipynb"
    names, printed = notebook_cells.run_cells(path)
    return request.param, names, printed


@pytest.mark.slow
def test_a_notebook_runs_and_its_numbers_are_right(finished):
    name, names, printed = finished
    CHECKS[name](names, printed)


def test_there_are_eight_and_each_is_checked():
    assert list(CHECKS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_notebooks_are_committed_without_outputs(name):
    notebook = nbformat.read(notebook_cells.NOTEBOOKS / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("name", NAMES)
def test_each_opens_with_what_changed_and_has_one_switch(name):
    notebook = nbformat.read(notebook_cells.NOTEBOOKS / f"{name}.ipynb", as_version=4)
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert re.search(r"\*\*What (changed from the published|is new here)", first.source)
    switches = [c.source for c in notebook.cells if re.match(r"FULL_DATA = ", c.source)]
    # Of tables and images there is made-up data alone.
    assert switches == ["FULL_DATA = False"] * (name not in NAMES[6:])


def test_the_switch_reads_the_files_of_civil_comments(tmp_path, monkeypatch):
    """The full files' form, with made-up content: text and shares, and groups as lists in cells."""
    monkeypatch.syspath_prepend(str(notebook_cells.NOTEBOOKS))
    import tutorial_data

    rows = {
        "comment_text": ["The woman, and a friend.", "Rain again.", "The christian choir sang."],
        "toxicity": [0.7, 0.1, 0.0],
        "gender": ["['female', 'male']", "[]", "[]"],
        "sexual_orientation": ["[]"] * 3,
        "religion": ["[]", "[]", "['christian']"],
        "race": ["[]"] * 3,
    }
    for split in ("train", "validate"):
        pd.DataFrame(rows).to_csv(tmp_path / f"{split}_df_processed.csv", index=False)
    train, test = tutorial_data.load(True, folder=tmp_path)
    made, _ = tutorial_data.load(num_comments=50)
    assert list(train.columns) == list(test.columns) == list(made.columns)
    assert train["toxicity"].tolist() == [1.0, 0.0, 0.0]
    assert train["gender"].tolist() == [["female", "male"], [], []]
    assert train["example_id"].is_unique
