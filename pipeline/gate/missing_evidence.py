"""What keeps a run from answering a limit on flips: no controls, or answers that differ."""

from __future__ import annotations

from fairflip.pipeline.gate.report_values import Metric
from fairflip.protos.forms.run_edits import edit_of
from fairflip.protos.repeated_answers import noise_floor
from fairflip.protos.report_pb2 import RunReport

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
    baseline = next((model.name for model in report.models if model.is_baseline), "")
    if metric.table.startswith("comparisons") and baseline in doubts:
        return {model.name: doubts.get(model.name, doubts[baseline]) for model in report.models}
    return doubts
