"""The house's import directions, read from the source without importing it."""

from __future__ import annotations

import ast
import pathlib

import pytest

MAY_IMPORT = {
    "protos": set(),
    "text": {"protos"},
    "metrics": {"protos"},
    "remediation": {"protos", "text"},
    "view": {"protos"},
    "pipeline": {"protos", "text", "metrics", "remediation", "view", "_version"},
    "api": {"protos", "text", "metrics", "remediation", "view", "pipeline"},
}
FORBIDDEN_OUTSIDE = {
    "protos": {"tensorflow", "apache_beam", "tensorflow_model_analysis", "keras"},
    "text": {"tensorflow", "apache_beam", "tensorflow_model_analysis", "keras"},
    "remediation": {"apache_beam", "tensorflow_model_analysis"},
}


def imported_modules(path: pathlib.Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_room_imports_only_what_the_design_allows(repository, room):
    files = list((repository / room).rglob("*.py"))
    assert files, f"no Python files in {room}/"
    wrong = []
    for path in files:
        for module in imported_modules(path):
            parts = module.split(".")
            if parts[0] == "fairflip" and len(parts) > 1:
                home = parts[1]
                own_face = room == "api" and home not in MAY_IMPORT
                if home != room and home not in MAY_IMPORT[room] and not own_face:
                    wrong.append(f"{path.relative_to(repository)} imports {module}")
            elif parts[0] in FORBIDDEN_OUTSIDE.get(room, set()):
                wrong.append(f"{path.relative_to(repository)} imports {module}")
    assert not wrong, "\n".join(wrong)


def test_the_rule_would_catch_a_wrong_import(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("from fairflip.pipeline import cli\nimport apache_beam as beam\n")
    assert imported_modules(bad) == {"fairflip.pipeline.cli.command_line", "apache_beam"}
