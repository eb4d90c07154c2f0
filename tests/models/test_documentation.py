"""The blocks of the documentation that need other libraries run, page by page."""

from __future__ import annotations

import pytest

from support import ROOT, transformer_zoo
from support.documents.apart import pages_that_need, run_blocks

PAGES = pages_that_need("make models")


def test_there_are_such_pages():
    assert len(PAGES) >= 2


@pytest.mark.parametrize("page", PAGES)
def test_blocks_of_the_page_run(page, comments, tmp_path):
    comments.to_csv(tmp_path / "comments.csv", index=False)
    transformer_zoo.save_fine_tuned(tmp_path / "classifier")
    transformer_zoo.export_onnx(tmp_path / "classifier", tmp_path / "exported")
    run_blocks(ROOT / page, "make models", tmp_path)
