"""The Fairness Indicators component inside HTML: in the report and in a notebook's output."""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import math
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from fairflip.view.page import glossary
from fairflip.view.page.fairness_bundle import FairnessBundle
from fairflip.view.words import numbers

TEMPLATES = Path(__file__).parent / "templates"
_MAX_ROWS = 40
_MAX_THRESHOLDS = 3


@dataclass(frozen=True)
class Embedded:
    """A part of a page and the scripts that it runs, for a content security policy."""

    html: str
    scripts: tuple[str, ...]


@functools.cache
def environment() -> jinja2.Environment:
    """Jinja with everything escaped and every missing name an error; templates stay compiled."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_finalize,
        # A page is rendered once: looking for what could be computed beforehand takes longer.
        optimized=False,
    )
    made.filters["breakable"] = _breakable
    made.filters["explained"] = glossary.explained
    return made


def _finalize(value: Any) -> Any:
    # Markup is ours, and escaped already.
    return numbers.directed(value) if type(value) is str else value


def _breakable(name: str) -> Markup:
    """A name, escaped, that may be broken between its words and nowhere else."""
    escaped = str(escape(numbers.directed(name)))
    return Markup(re.sub(r"([:_])(?=\w)", r"\1<wbr>", escaped))


def template_text(name: str) -> str:
    """A style sheet or script as it is."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def script_json(value: Any, *, is_data: bool = False) -> str:
    """JSON that may stand inside a script element: no tag can open or close in it.

    Args:
      value: of plain types.
      is_data: letters stay as they are, which texts of many scripts need three times less
        room for; only for an element that is read as JSON, never run.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=not is_data, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def embed_in_report(payload: dict[str, Any], bundle: FairnessBundle) -> Embedded:
    """The component as a section of the report.

    Args:
      payload: as from `payload.from_report`; the first model is the base.
      bundle: the installed component.
    """
    script = template_text("fairness_component.js") + template_text("report_component.js")
    shown = bundle.is_present and bool(payload["slices"])
    text = (
        environment()
        .get_template("report_component.html.j2")
        .render(
            note=bundle.note,
            base=payload["models"][0] if payload["models"] else "",
            compared=payload["models"][1:],
            payload=script_json(payload) if shown else "",
            bundle=base64.b64encode(bundle.compressed).decode("ascii") if shown else "",
            script=script,
        )
    )
    return Embedded(text, (script, bundle.script) if shown else ())


def embed_in_notebook(
    payload: dict[str, Any], bundle: FairnessBundle, *, with_component: bool = True
) -> tuple[str, str]:
    """The payload as an output that needs no kernel.

    A table that stands without any script, and below it the component, which
    loads after a few seconds where no live widget has taken its place.

    Args:
      payload: for one or two models, as from `payload.select`.
      bundle: the installed component.
      with_component: leave the component out (0.4 MB) if False.

    Returns:
      The HTML and the ID by which a live widget on the same page hides it.
    """
    identity = uuid.uuid4().hex
    shown = with_component and bundle.is_present and bool(payload["slices"])
    text = (
        environment()
        .get_template("notebook_fallback.html.j2")
        .render(
            identity=identity,
            note=bundle.note,
            models=payload["models"],
            tables=_flip_rate_tables(payload),
            payload=script_json(payload) if shown else "",
            bundle=base64.b64encode(bundle.compressed).decode("ascii") if shown else "",
            script=template_text("fairness_component.js"),
        )
    )
    return text, identity


def _flip_rate_tables(payload: dict[str, Any]) -> list[dict[str, Any]]:
    """For each of the first thresholds: rows of (slice, [(text, interval, bar width)])."""
    metrics = payload["metrics"]
    columns = [
        column for column, name in enumerate(metrics) if name.startswith("flip_rate/overall@")
    ] or [column for column, name in enumerate(metrics) if name != "example_count"]
    tables = []
    for column in columns[:_MAX_THRESHOLDS]:
        rows = []
        for position, name in enumerate(payload["slices"][:_MAX_ROWS]):
            cells = [
                _cell(payload["values"][model][position][column], metrics[column])
                for model in payload["models"]
            ]
            rows.append((name, cells))
        title = metrics[column].replace("flip_rate/overall@", "Flip rate at threshold ")
        tables.append(
            {
                "title": title,
                "rows": rows,
                "left_out": max(0, len(payload["slices"]) - _MAX_ROWS),
            }
        )
    return tables


def _cell(value: float | list[float] | None, metric: str) -> tuple[str, str, float]:
    if value is None:
        return numbers.MISSING, "", 0.0
    parts = value if isinstance(value, list) else [value, math.nan, math.nan]
    estimate = numbers.Estimate(*parts)
    if "rate" not in metric:
        return f"{estimate.value:g}", "", 0.0
    width = max(0.0, min(100.0, 100 * estimate.value))
    return numbers.percent(estimate.value), numbers.percent_interval(estimate), round(width, 2)


def content_security_policy(scripts: list[str]) -> str:
    """Nothing from outside, and no script but ours, whatever the data holds."""
    hashes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in scripts
    )
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {hashes}; "
        "base-uri 'none'; form-action 'none'"
    )
