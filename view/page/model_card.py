"""A section for a model's card, as Markdown: what was measured, on what, and what it leaves open.

Model cards: Mitchell et al. 2019, https://arxiv.org/abs/1810.03993. The section
covers their "Metrics", "Evaluation data", "Quantitative analyses" and "Caveats" for
counterfactual flips; the rest of a card is the model owner's to write.
"""

from __future__ import annotations

import json
import math
import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf import json_format

from fairflip.protos import report_pb2
from fairflip.protos.errors import InputError
from fairflip.protos.forms.run_edits import edit_of
from fairflip.view.page.markdown_report import as_code, escape
from fairflip.view.tables import run_tables
from fairflip.view.words import evidence, limits_of_numbers, numbers, verdict_light
from fairflip.view.words.excess import excess_at, has_controls
from fairflip.view.words.numbers import Estimate
from fairflip.view.words.report_index import ReportIndex, indexes_by_output

MAX_SLICES = 40
_USE = (
    "They say how often this model's decision changes when only an identity reference in what it "
    "reads changes, for whom and in which direction. Use them to compare models on this pair set, "
    "to decide whether retraining is needed, and as limits for a release. Do not use them as a "
    "verdict of fairness, for other kinds of data, or to compare with rates of another pair set."
)


def render(
    report: report_pb2.RunReport,
    *,
    model: str = "",
    limits: Sequence[str] | None = None,
    max_slices: int = MAX_SLICES,
) -> str:
    """The section on one model.

    Args:
      report: any run report; what it lacks is left out.
      model: name of the model; the last of the report unless given, which after
        retraining is the remediated one.
      limits: what the numbers do not say, one sentence or more each; None: what there is to say
        of such a run.
      max_slices: rows of the table; a last line says how many more there are.

    Returns:
      Markdown, a heading of level 2 first. Text of data is escaped; texts of
      examples and folders are not in it.

    Raises:
      ValueError: The report has no model of that name.
    """
    parts = indexes_by_output(report)
    if limits is None:
        limits = limits_of_numbers.limits(edit_of(report))
    if not model and len(parts) > 1:
        # Each output is a model of its own to those who use it.
        return "\n".join(
            render(report, model=part.models[-1], limits=limits, max_slices=max_slices)
            for part in parts
        )
    index = next((part for part in parts if model in part.models), ReportIndex(report))
    report = index.report
    if model and model not in index.models:
        raise ValueError(f"no model {model!r} in this run; it has {', '.join(index.models)}")
    name = model or (index.models[-1] if index.models else "")
    lines = [f"## Counterfactual flips: {escape(name) or 'no model'}", ""]
    lines += [_definition(index, name), "", f"**Intended use of these numbers.** {_USE}", ""]
    lines += ["### Evaluation data", "", *_bullets(_data(report)), ""]
    if name and index.first_threshold is not None:
        judged = verdict_light.judge(report, index, name)
        lines += ["### Verdict", "", f"**{judged.title.capitalize()}.** {escape(judged.sentence)}"]
        lines += [escape(judged.reason), ""]
        lines += ["### Results", "", *_results(index, name, max_slices), ""]
    if limits:
        lines += ["### What the numbers do not say", "", *_bullets(map(escape, limits)), ""]
    lines += ["### Provenance", "", *_bullets(_provenance(report, name))]
    return "\n".join(lines) + "\n"


def _bullets(sentences: Iterable[str]) -> list[str]:
    return [f"- {sentence}" for sentence in sentences]


def _definition(index: ReportIndex, name: str) -> str:
    threshold = index.first_threshold
    positive = "" if threshold is None else f" (positive: score > {numbers.threshold(threshold)})"
    if index.is_argmax:
        positive = " (its decision is the class with the greatest score)"
    beside = ""
    if index.baseline is not None and index.baseline != name:
        beside = f" The baseline it is compared with is {escape(index.baseline)}."
    return (
        "A *pair* is a text and its counterfactual, the same text but for an identity reference. "
        f"A *flip* is a pair on which this one model decides differently{positive}.{beside}"
    )


def _config(report: report_pb2.RunReport) -> dict[str, Any]:
    try:
        loaded = json.loads(report.provenance.config or "{}")
    except json.JSONDecodeError:
        return {}
    return loaded if isinstance(loaded, dict) else {}


def _data(report: report_pb2.RunReport) -> list[str]:
    config = _config(report)
    data, generator = config.get("data") or {}, config.get("generator") or {}
    files = [*data.get("examples", ()), *data.get("pairs", ())]
    lines = []
    if files:
        names = ", ".join(as_code(str(path).rstrip("/").rsplit("/", 1)[-1]) for path in files)
        lines.append(f"Files: {names}")
    if data.get("examples") and not data.get("counterfactuals"):
        how = generator.get("function") or generator.get("method") or "ablation"
        terms = str(generator.get("terms") or "identity").rsplit("/", 1)[-1]
        lines.append(f"Counterfactuals: generated, {as_code(how)} with the terms {as_code(terms)}")
    elif files:
        lines.append("Counterfactuals: given with the data")
    lines += [f"{escape(title)}: {escape(value)}" for title, value in run_tables.pair_audit(report)]
    lines += [
        f"Left out at {escape(reject.stage)}: {numbers.count(reject.count)} "
        f"({escape(reject.reason.replace('_', ' '))})"
        for reject in report.rejects
    ]
    if report.pairing.pair_set_sha256:
        lines.append(f"Pair set, SHA-256: {as_code(report.pairing.pair_set_sha256)}")
    return lines


def _results(index: ReportIndex, name: str, max_slices: int) -> list[str]:
    level = numbers.level(index.report.provenance.confidence_level or 0.95)
    with_controls = has_controls(index.report)
    header = [
        "slice",
        "pairs",
        f"flip rate ({level} interval)",
        *(["control flip rate", "excess, points", "excess over words"] if with_controls else []),
        "negative to positive",
        "positive to negative",
        "at the baseline's positive rate",
        "positive rate",
        "AUC",
    ]
    if index.is_argmax:
        header = [*header[: -len(_OF_SCORES)], "accuracy"]
    lines = ["| " + " | ".join(header) + " |", "| --- |" + " ---: |" * (len(header) - 1)]
    made = (_row(index, name, part, with_controls) for part in index.slices)
    rows = [row for row in made if row is not None]
    lines += ["| " + " | ".join(row) + " |" for row in rows[:max_slices]]
    if len(rows) > max_slices:
        more = numbers.count_of(len(rows) - max_slices, "more slice")
        lines += ["", f"… and {more} in run_report.json."]
    if with_controls:
        lines += [
            "",
            limits_of_numbers.controls_and_excess(edit_of(index.report)),
        ]
    if index.is_argmax:
        return lines
    lines += [
        "",
        "Rates by direction are over the pairs whose original was on that side. – is a rate over "
        "nothing. “Not matched” is a model that no threshold brings near the baseline's positive "
        "rate, “too few to match” a rarer answer too rare to fix a threshold. “Too few to say” "
        "marks what is no evidence either way; “no flip seen” and “few flips” mark rates of many "
        "originals that rest on fewer than four flips.",
    ]
    return lines


def _row(index: ReportIndex, name: str, part: str, with_controls: bool) -> list[str] | None:
    slice_report = index.slice(name, part)
    at = index.at(name, part, index.first_threshold) if index.first_threshold is not None else None
    if slice_report is None or at is None:
        return None
    note = evidence.rate_note(slice_report, at)
    excess = excess_at(slice_report, at)
    controls = [
        _rate(excess.control_rate),
        _points(excess.rate),
        excess.over_words_text or numbers.MISSING,
    ]
    return [
        escape(part),
        numbers.count(slice_report.num_pairs),
        ", ".join(filter(None, (_rate(numbers.estimate(at, "flip_rate")), note))),
        *(controls if with_controls else []),
        *_of_decision(index, slice_report, at),
    ]


#: Columns of decisions at a threshold, which others do without.
_OF_SCORES = (
    *("negative to positive", "positive to negative", "at the baseline's positive rate"),
    *("positive rate", "AUC"),
)


def _of_decision(
    index: ReportIndex, slice_report: report_pb2.SliceReport, at: report_pb2.ThresholdReport
) -> list[str]:
    """What only decisions of one kind have: classes, or those at a threshold."""
    if index.is_argmax:
        return [numbers.percent(numbers.optional(slice_report, "accuracy"))]
    return [
        _rate(numbers.estimate(at, "negative_to_positive_rate_given_negative")),
        _rate(numbers.estimate(at, "positive_to_negative_rate_given_positive")),
        evidence.why_unmatched(slice_report) or _rate(evidence.matched_rate(slice_report)),
        numbers.percent(at.positive_rate),
        numbers.decimal(numbers.optional(slice_report, "auc")),
    ]


def _rate(rate: Estimate) -> str:
    interval = numbers.percent_interval(rate)
    shown = bool(interval) and math.isfinite(rate.value)
    return numbers.percent(rate.value) + (f" ({interval})" if shown else "")


def _points(difference: Estimate) -> str:
    interval = numbers.plain_points_interval(difference)
    return numbers.plain_points(difference.value) + (f" ({interval})" if interval else "")


def _provenance(report: report_pb2.RunReport, name: str) -> list[str]:
    origin = report.provenance
    lines = []
    versions = ", ".join(f"{escape(k)} {escape(v)}" for k, v in sorted(origin.versions.items()))
    if versions:
        lines.append(f"Versions: {versions}")
    if origin.model_fingerprints.get(name):
        lines.append(f"Model: {as_code(origin.model_fingerprints[name])}")
    if origin.started:
        lines.append(f"Evaluated: {escape(origin.started)}, seed {origin.seed}")
    if origin.interval_method:
        lines.append(f"Intervals: {escape(origin.interval_method)}")
    lines.append(
        "Every number with its interval: `run_report.json` of the run, "
        "from which `fairflip report` makes this section"
    )
    return lines


def model_card_section(run: str | os.PathLike, *, model: str = "") -> str:
    """The section on one model of a finished run.

    Args:
      run: a local folder that holds `run_report.json`.
      model: name of the model; the last of the run unless given.

    Returns:
      Markdown, as in the run's `model_card.md`.

    Raises:
      InputError: There is no run in that folder.
      ValueError: The run has no model of that name.
    """
    path = pathlib.Path(run) / "run_report.json"
    if not path.is_file():
        raise InputError(
            f"{os.fspath(run)!r} holds no run_report.json; give the folder of a finished run"
        )
    report = report_pb2.RunReport()
    json_format.Parse(path.read_text(encoding="utf-8"), report)
    return render(report, model=model)
