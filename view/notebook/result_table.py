"""A finished run in a notebook's cell: one sentence, a table that fits, where the page is.

Plain HTML without scripts, so that it shows in every front end, also without a kernel.
"""

from __future__ import annotations

from typing import Any

from fairflip.protos import report_pb2
from fairflip.protos.forms.run_edits import edit_of
from fairflip.view.page.embedding import environment
from fairflip.view.words import evidence, findings, numbers, verdict
from fairflip.view.words.excess import excess_at, has_controls
from fairflip.view.words.limits_of_numbers import controls_and_excess
from fairflip.view.words.report_index import ReportIndex, indexes_by_output

_MAX_SLICES = 20
_BAR_PIXELS = 70
#: As in the plots of a report.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#4b5563")


def render(report: report_pb2.RunReport, page: str, link: str = "") -> str:
    """The HTML of a result.

    Args:
        report: Any run report.
        page: The path of the run's report.html.
        link: Its address as the notebook sees it; "" where it has none.
    """
    parts = indexes_by_output(report)
    facts = {part.output: findings.find(part.report, part) for part in parts}
    judgements = {name: one.judgement for name, one in facts.items()}
    judged = findings.gravest(judgements.values())
    of_judged = next(one for one in facts.values() if one.judgement is judged)
    tables = [_table(part) for part in parts]
    return (
        environment()
        .get_template("result.html.j2")
        .render(
            judgement=judged,
            with_controls=has_controls(report),
            about_controls=controls_and_excess(edit_of(report)),
            controls_cure=verdict.how_to_get_controls(edit_of(report)),
            change=" ".join(filter(None, (findings.overview(judgements), of_judged.change))),
            cautions=of_judged.cautions,
            tables=tables,
            several=any(len(part.models) > 1 for part in parts),
            bar_width=_BAR_PIXELS,
            asked=" ".join(filter(None, (report.edits.sentence, report.edits.blind_spots))),
            link=link,
            page=page,
        )
    )


def _table(index: ReportIndex) -> dict[str, Any]:
    """One output's slices."""
    threshold = index.first_threshold
    names = index.large_slices[:_MAX_SLICES] if threshold is not None else []
    rows = [
        (name, [_cells(index, model, name, threshold) for model in index.models])
        for name in names
        if threshold is not None
    ]
    widest = max(
        (cell["rate"] for _, cells in rows for cell in cells if cell["rate"] == cell["rate"]),
        default=0.0,
    )
    for _, cells in rows:
        for number, cell in enumerate(cells):
            cell["colour"] = _COLOURS[number % len(_COLOURS)]
            share = cell["rate"] / widest if widest and cell["rate"] == cell["rate"] else 0.0
            cell["width"] = round(_BAR_PIXELS * share)
    place = index.at_threshold(threshold)
    return {
        "caption": f"{index.output}: " * bool(index.output)
        + (f"Flips{place}" if place else "Changes of class"),
        "rows": rows,
        "left_out": index.left_out(len(rows)) if rows else "",
    }


def _cells(index: ReportIndex, model: str, name: str, threshold: float) -> dict[str, Any]:
    part, at = index.slice(model, name), index.at(model, name, threshold)
    if part is None or at is None:
        shown = ("pairs", "flips", "text", "control", "excess", "matched", "auc")
        missing = dict.fromkeys((*shown, "over_words"), numbers.MISSING) | {"excess_interval": ""}
        return {"model": model, "rate": float("nan"), "interval": "", "note": "", **missing}
    rate, excess = numbers.estimate(at, "flip_rate"), excess_at(part, at)
    return {
        "model": model,
        "pairs": numbers.count(part.num_pairs),
        "flips": numbers.count(at.flip_count),
        "rate": rate.value,
        "text": numbers.percent(rate.value),
        "interval": numbers.percent_interval(rate),
        "note": evidence.rate_note(part, at),
        "control": numbers.percent(excess.control_rate.value),
        "excess": numbers.points(excess.rate.value),
        "excess_interval": numbers.points_interval(excess.rate),
        "over_words": excess.over_words_text,
        "matched": evidence.matched_text(part),
        "auc": numbers.decimal(numbers.optional(part, "auc")),
    }
