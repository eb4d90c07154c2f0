"""A name says what the thing is: "found", "kept", "said" and "where" say how it got here."""

from __future__ import annotations

import ast
import re

import pytest

ROOMS = (
    "api", "benchmarks", "examples", "metrics", "pipeline", "protos", "remediation", "tests",
    "text", "tools", "view",
)  # fmt: skip
EMPTY_WORDS = {"found", "kept", "said", "where"}
#: What follows a name that is bound, and in prose few words. Only a file that holds one of them
#: before it is read as Python, which takes a hundred times as long.
MAYBE_BOUND = re.compile(
    rf"\b(?:{'|'.join(sorted(EMPTY_WORDS))})\b[ \t\\]*(?:[^\w\s.'\"`]|in\b|if\b|for\b|$)",
    re.MULTILINE,
)


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
        if MAYBE_BOUND.search(source := path.read_text("utf-8"))
        and (names := bound_names(source) & EMPTY_WORDS)
    }
    assert empty == {}


@pytest.mark.parametrize(
    "source",
    [
        "found = 1", "found: int", "x, found = y", "(found) = 1", "[found, x] = y", "found += 1",
        "for found in x: pass", "for x, found in y: pass", "with x as found:\n pass",
        "with x as found, y: pass", "def found(): pass", "class found: pass", "class found(x): pass",
        "def f(found): pass", "def f(*found): pass", "def f(found=1): pass", "lambda found: 1",
        "lambda *, found=1: 1", "[x for found in y]", "(found := 1)", "found \\\n = 1",
        "def f(\n    found\n): pass", "async def found(): pass", "for found \\\n in x: pass",
    ],
)  # fmt: skip
def test_no_bound_name_is_passed_over(source):
    assert bound_names(source) & EMPTY_WORDS
    assert MAYBE_BOUND.search(source)


def test_the_rule_sees_every_kind_of_name():
    assert bound_names("found: int = 0\ndef said(where, *, k=1): [kept for kept in k]") == {
        "found", "said", "where", "kept", "k",
    }  # fmt: skip
