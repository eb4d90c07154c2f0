"""A name says what the thing is: "found", "kept", "said" and "where" say how it got here."""

from __future__ import annotations

import ast

ROOMS = (
    "api", "benchmarks", "examples", "metrics", "pipeline", "protos", "remediation", "tests",
    "text", "tools", "view",
)  # fmt: skip
EMPTY_WORDS = {"found", "kept", "said", "where"}


def bound_names(source: str) -> set[str]:
    """Variables, parameters, functions and fields that a module binds."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
    return names


def test_no_name_is_an_empty_word(repository):
    paths = [
        path
        for room in ROOMS
        for path in (repository / room).rglob("*.py")
        if not path.name.endswith("_pb2.py")
    ]
    assert len(paths) > 500
    empty = {
        path.relative_to(repository).as_posix(): sorted(names)
        for path in paths
        if (names := bound_names(path.read_text("utf-8")) & EMPTY_WORDS)
    }
    assert empty == {}


def test_the_rule_sees_every_kind_of_name():
    assert bound_names("found: int = 0\ndef said(where, *, k=1): [kept for kept in k]") == {
        "found", "said", "where", "kept", "k",
    }  # fmt: skip
