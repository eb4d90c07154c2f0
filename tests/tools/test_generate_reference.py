"""The reference pages say what the .proto files, flags, defaults and limits say."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from fairflip.pipeline.config.settings import FLAGS
from fairflip.pipeline.gate.report_values import metric_names


@pytest.mark.system
def test_the_pages_are_fresh(repository):
    done = subprocess.run(
        [sys.executable, "tools/generate_reference.py", "--check"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + "run `make protos`"


def test_every_flag_and_every_metric_stands_in_the_reference(repository):
    config = (repository / "docs" / "reference" / "config.md").read_text(encoding="utf-8")
    report = (repository / "docs" / "reference" / "report.md").read_text(encoding="utf-8")
    assert not [flag.name for flag in FLAGS if f"| `--{flag.name}" not in config]
    assert not [name for name in metric_names() if f"`{name}`" not in report]
    assert "Prabhakaran" in report, "comments above fields are there"
    assert "mean |f(x)" in report.replace("\\", ""), "and comments behind them"


@pytest.mark.parametrize("page", ["config", "report", "limits"])
def test_tables_are_tables_and_links_lead_somewhere(repository, page):
    text = (repository / "docs" / "reference" / f"{page}.md").read_text(encoding="utf-8")
    columns = None
    for line in text.splitlines():
        if not line.startswith("|"):
            columns = None
            continue
        count = len(re.findall(r"(?<!\\)\|", line))
        columns = columns or count
        assert count == columns, line
    headings = {line[3:].lower() for line in text.splitlines() if line.startswith("## ")}
    assert set(re.findall(r"\]\(#(\w+)\)", text)) <= headings
