"""The page on the metrics: the docstring and the arguments of each metric class.

Reads the sources and imports no metric: TFMA would come with it, and costs ten seconds.
"""

from __future__ import annotations

import ast
import json
import pathlib
import re

from fairflip.metrics.flips import metric_names
from fairflip.metrics.tfma.registration import METRIC_MODULES
from fairflip.pipeline.cli.metric_listing import FLIP_METRICS

ROOT = pathlib.Path(__file__).resolve().parent.parent
_ARGUMENT = re.compile(r"^  (\w+): (.*)$")


def _class_of(name: str) -> ast.ClassDef:
    path = ROOT.joinpath(*METRIC_MODULES[name].split(".")[1:]).with_suffix(".py")
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return node
    raise SystemExit(f"{path} defines no class {name}")


def _described(node: ast.ClassDef) -> tuple[str, dict[str, str]]:
    """What the docstring says of the metric, and of each argument."""
    text, _, described = (ast.get_docstring(node) or "").partition("\n\nAttributes:\n")
    meanings: dict[str, str] = {}
    current = ""
    for line in described.splitlines():
        argument = _ARGUMENT.match(line)
        if argument:
            current, meanings[argument[1]] = argument[1], argument[2]
        elif current:
            meanings[current] += " " + line.strip()
    return text, meanings


def _arguments(node: ast.ClassDef) -> list[tuple[str, str]]:
    """Name of each argument, and its default as in the source: the fields of the class."""
    return [
        (ast.unparse(field.target), ast.unparse(field.value) if field.value else "")
        for field in node.body
        if isinstance(field, ast.AnnAssign)
    ]


def _markdown(docstring: str) -> str:
    """Google's section heads as bold words, and `<value>` as text."""
    text = re.sub(r"^(Raises|Returns|Example|Examples):$", r"**\1**\n", docstring, flags=re.M)
    parts = text.split("`")
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)


def _bars(text: str) -> str:
    return text.replace("|", "\\|")


def _default(source: str) -> str:
    """A default as it reads; constants of `metric_names` by their values."""
    constant = source.removeprefix("metric_names.")
    return source if constant == source else json.dumps(getattr(metric_names, constant))


def metrics_page() -> str:
    """Every metric of `fairflip.metrics`: what it says, its values, its arguments."""
    lines = [
        "# Metrics",
        "",
        "<!-- Made by tools/generate_reference.py from metrics/; do not edit. -->",
        "",
        'For any TFMA `EvalConfig`, as `MetricConfig(class_name=…, module="fairflip.metrics",',
        "config=…)`; the arguments go into `config` as JSON. [The metrics](../metrics.md) has a",
        "worked example and says what these numbers are not. `fairflip metrics` lists them.",
        "",
        "| metric | what it says |",
        "|---|---|",
        *(
            f"| [`{name}`](#{name.lower()}) | {_bars(purpose)} |"
            for name, purpose in FLIP_METRICS.items()
        ),
    ]
    for name in FLIP_METRICS:
        node = _class_of(name)
        text, meanings = _described(node)
        lines += ["", f"## {name}", "", _markdown(text), ""]
        lines += ["| argument | default | meaning |", "|---|---|---|"]
        for argument, default in _arguments(node):
            shown = f"`{_default(default)}`" if default else ""
            meaning = _bars(_markdown(meanings[argument]))
            lines.append(f"| `{argument}` | {shown} | {meaning} |")
    return "\n".join(lines) + "\n"
