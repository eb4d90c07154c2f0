"""Every test that docs/reliability.md and docs/security.md name exists."""

from __future__ import annotations

import ast
import re

import pytest

_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


@pytest.mark.parametrize(("page", "at_least"), [("reliability.md", 40), ("security.md", 24)])
def test_every_named_test_exists(repository, page, at_least):
    named = _NAMED.findall((repository / "docs" / page).read_text(encoding="utf-8"))
    assert len(named) >= at_least
    functions: dict[str, set[str]] = {}
    for path in {path for path, _ in named}:
        tree = ast.parse((repository / path).read_text(encoding="utf-8"))
        functions[path] = {n.name for n in tree.body if isinstance(n, ast.FunctionDef)}
    assert [f"{path}::{name}" for path, name in named if name not in functions[path]] == []


@pytest.mark.parametrize("page", ["reliability.md", "security.md"])
def test_every_row_of_the_tables_names_a_test(repository, page):
    lines = (repository / "docs" / page).read_text(encoding="utf-8").splitlines()
    tables = [i for i, line in enumerate(lines) if line.endswith("| test |")]
    assert tables
    for start in tables:
        for line in lines[start + 2 :]:
            if not line.startswith("|"):
                break
            assert _NAMED.search(line.rsplit("|", 2)[1]), line
