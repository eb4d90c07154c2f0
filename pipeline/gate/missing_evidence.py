"""What keeps a run from answering a limit on flips.

No controls; answers that differ when asked again; one answer to nearly all.
"""

from __future__ import annotations

from fairflip.pipeline.gate.report_values import (
    BY_THRESHOLD,
    MATCHED,
    Metric,
    baselines_of,
    threshold_of,
)
from fairflip.protos.forms.run_edits import edit_of
from fairflip.protos.positive_rates import NO, only_answer_at, only_class
from fairflip.protos.repeated_answers import noise_floor
from fairflip.protos.report_pb2 import RunReport, ThresholdReport

_NOTHING = "the report has no value: nothing to count, or no labels"
_ASKED_TWICE = "repeat_flip_rate"


def why_absent(report: RunReport, metric: Metric) -> str:
    """Why a row has no value of the metric, with the cure where there is one."""
    if "control" in metric.field or "excess" in metric.field:
        cure = "evaluate with --controls 2"
        if edit_of(report).is_scored_elsewhere:
            cure = "generate with --controls 2, score every row, and evaluate with these scores"
        return f"no pair here has a scored control, so that nothing can be compared; {cure}"
    if metric.field == _ASKED_TWICE:
        return "texts were scored once; evaluate with --repeats 2"
    return _NOTHING


def doubts_about(report: RunReport, metric: Metric) -> dict[str, str]:
    """By model: why the run tells nothing of the metric, although it has a value.

    A model that decides differently when asked again flips without any edit. The interval
    of a score gap's excess that takes terms as a sample of words is too short where words
    are swapped, and decides nothing there.
    """
    doubts: dict[str, str] = {}
    if metric.field == "excess_ctf_gap" and edit_of(report).verb != "removing":
        doubt = (
            "the interval of this excess holds only where terms are removed; limit "
            "excess_flip_rate instead"
        )
        return dict.fromkeys((model.name for model in report.models), doubt)
    if not metric.is_of_flips or metric.field == _ASKED_TWICE:
        return doubts
    for model in report.models:
        floor = noise_floor(model)
        if floor is not None and floor.is_too_high:
            doubts[model.name] = (
                f"asked again for the same texts, {model.name} decided differently on "
                f"{100 * floor.share:.3g}% of {floor.base}; that is the noise floor, and flips "
                "come without any edit"
            )
    if metric.table.startswith("comparisons"):
        for name, baseline in baselines_of(report).items():
            if baseline in doubts:
                doubts.setdefault(name, doubts[baseline])
    return doubts


def one_answer_doubts(report: RunReport, metric: Metric) -> dict[tuple[str, float | None], str]:
    """By model and threshold: that it says the same to nearly all, and so cannot flip.

    Judged over all pairs. Numbers without a threshold are those of the first. At a matched
    threshold a candidate says yes as often as the baseline, so that the baseline is judged.
    """
    doubts: dict[tuple[str, float | None], str] = {}
    if not metric.is_of_flips or metric.field == _ASKED_TWICE:
        return doubts
    baseline_by_model = baselines_of(report)
    for model in report.models:
        baselines = [one for one in report.models if one.name == baseline_by_model[model.name]]
        judged = [model]
        if metric.table in MATCHED:
            judged = baselines
        elif metric.table.startswith("comparisons"):
            judged = [model, *baselines]
        for one in judged:
            only = only_class(one.slices[0]) if one.slices else None
            if only is not None:
                doubts.setdefault((model.name, None), _one_class(one.name, *only))
            overall = one.slices[0].thresholds if one.slices else []
            for at in overall if metric.table in BY_THRESHOLD else overall[:1]:
                place = (model.name, threshold_of(at) if metric.table in BY_THRESHOLD else None)
                doubt = _one_answer(one.name, at)
                if doubt:
                    doubts.setdefault(place, doubt)
    return doubts


def _one_class(name: str, only: str, share: float) -> str:
    return (
        f"{name} says “{only}” to {100 * share:.4g}% of originals, and a model that always says "
        "the same never flips; evaluate originals of all classes"
    )


def _one_answer(name: str, at: ThresholdReport) -> str:
    answer = only_answer_at(at)
    if not answer:
        return ""
    share = 1.0 - at.positive_rate if answer == NO else at.positive_rate
    return (
        f"{name} says “{answer}” to {100 * share:.4g}% of originals at {at.threshold:g}, and a "
        "model that always says the same never flips; evaluate at a threshold where it gives "
        "both answers"
    )
