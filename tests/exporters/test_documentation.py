"""The blocks of the documentation that need the clients of exporters run, page by page."""

from __future__ import annotations

import shutil

import pytest

from support import ROOT
from support.documents.apart import pages_that_need, run_blocks
from support.exporters.receivers import Answer, serving

PAGES = pages_that_need("make exporters")


def test_there_are_such_pages():
    assert "docs/export.md" in PAGES


@pytest.mark.parametrize("page", PAGES)
def test_blocks_of_the_page_run(page, run, tmp_path, monkeypatch):
    shutil.copytree(run, tmp_path / "runs" / "june")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")
    with serving(lambda request: Answer()) as collector:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
        run_blocks(ROOT / page, "make exporters", tmp_path)
