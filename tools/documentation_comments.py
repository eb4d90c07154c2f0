"""Lets `#:` comments above constants and attributes be their docstrings on the API pages."""

from __future__ import annotations

import ast
from typing import Any

import griffe

_MARK = "#:"


def comment_above(lines: list[str], line_number: int) -> str:
    """The `#:` comment that ends just above a line, which counts from 1; "" if none."""
    comment: list[str] = []
    for line in reversed(lines[: line_number - 1]):
        stripped = line.strip()
        if not stripped.startswith(_MARK):
            break
        comment.append(stripped.removeprefix(_MARK).strip())
    return "\n".join(reversed(comment))


class CommentDocstrings(griffe.Extension):
    """Reads `#:` comments, which Sphinx knows and griffe does not."""

    def on_attribute_instance(
        self, *, node: ast.AST | griffe.ObjectNode, attr: griffe.Attribute, **_: Any
    ) -> None:
        """Gives an attribute without a docstring the comment above it."""
        if attr.docstring is None and attr.lineno and not isinstance(node, griffe.ObjectNode):
            text = comment_above(attr.lines_collection[attr.filepath], attr.lineno)
            if text:
                attr.docstring = griffe.Docstring(text, lineno=attr.lineno, parent=attr)
