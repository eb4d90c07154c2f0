"""The page on the metrics: the docstring and the arguments of each metric class.

Reads the sources and imports no metric: TFMA would come with it, and costs ten seconds.
"""

from __future__ import annotations

import ast
import inspect
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


def _arguments(node: ast.ClassDef) -> list[tuple[str, str, str]]:
    """Name, default as in the source, and meaning of each argument of `__init__`."""
    made = next(m for m in node.body if isinstance(m, ast.FunctionDef) and m.name == "__init__")
    names = [a.arg for a in [*made.args.args, *made.args.kwonlyargs]][1:]
    given = [*made.args.defaults, *(d for d in made.args.kw_defaults if d is not None)]
    defaults = dict(zip(reversed(names), (ast.unparse(d) for d in reversed(given)), strict=False))
    meanings: dict[str, str] = {}
    current = ""
    text = inspect.cleandoc(ast.get_docstring(made) or "").partition("Args:\n")[2]
    for line in text.partition("\n\n")[0].splitlines():
        found = _ARGUMENT.match(line)
        if found:
            current, meanings[found[1]] = found[1], found[2]
        elif current:
            meanings[current] += " " + line.strip()
    return [(name, defaults.get(name, ""), meanings.get(name, "")) for name in names]


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
            f"| [`{name}`](#{name.lower()}) | {_bars(what)} |"
            for name, what in FLIP_METRICS.items()
        ),
    ]
    for name in FLIP_METRICS:
        node = _class_of(name)
        lines += ["", f"## {name}", "", _markdown(ast.get_docstring(node) or ""), ""]
        lines += ["| argument | default | meaning |", "|---|---|---|"]
        for argument, default, meaning in _arguments(node):
            shown = f"`{_default(default)}`" if default else ""
            text = _bars(_markdown(meaning))
            lines.append(f"| `{argument}` | {shown} | {text} |")
    return "\n".join(lines) + "\n"
