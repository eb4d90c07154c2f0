"""The price of fairness from the numbers of all runs: front, choice, table and plot."""

from __future__ import annotations

import dataclasses
import math
import pathlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from fairflip.protos import report_pb2
from fairflip.protos.forms.remediation_choices import AT_INFERENCE, DEFAULT_LOSSES
from fairflip.remediation.sweep.score_metrics import PricePoint, has_collapsed

DEFAULT_AUC_BUDGET = 0.005
BASELINE = "baseline"
BLINDNESS = "blindness"
AVERAGING = "averaging"
PLAIN = "plain"

#: Numbers of a `PricePoint` that the report's `SweepPoint` holds, by its field names.
REPORTED = (
    "matched_flip_rate",
    "held_out_matched_flip_rate",
    "ctf_gap",
    "held_out_ctf_gap",
    "auc",
    "accuracy",
    "positive_rate",
    "worst_tpr_gap",
    "worst_tnr_gap",
)
_OF_CONTROLS = ("excess_flip_rate", "control_flip_rate")


@dataclasses.dataclass(frozen=True)
class SweepSetting:
    """One point of a sweep: a technique with its loss and weight."""

    technique: str
    loss: str = ""
    loss_weight: float = 0.0
    control_weight: float = 0.0

    @property
    def name(self) -> str:
        """Such as "clp pairwise_symmetric_kl 3", with "controls 1", or "plain"."""
        if self.technique not in DEFAULT_LOSSES:
            return self.technique
        name = f"{self.technique} {self.loss} {self.loss_weight:g}"
        return f"{name} controls {self.control_weight:g}" if self.control_weight else name


def mean_and_range(values: Iterable[float]) -> report_pb2.Interval:
    """Mean over seeds, with the smallest and the largest seen; NaN if any is."""
    array = np.asarray(list(values), np.float64)
    return report_pb2.Interval(value=array.mean(), lower=array.min(), upper=array.max())


def sweep_message(
    settings: Sequence[SweepSetting],
    runs: Mapping[str, Sequence[PricePoint]],
    auc_budget: float = DEFAULT_AUC_BUDGET,
) -> report_pb2.Sweep:
    """The report's message: points, Pareto front, and the choice.

    A point has collapsed if a run of any seed has (`has_collapsed`). Its controls rose where
    their mean flip rate lies above the interval of the plain model's: of equally long plain
    training, or of the baseline where none was tried. The front holds the points that no
    other beats in flips at the matched threshold and AUC at once.

    Chosen is the point with the smallest excess over controls (without controls: the fewest
    flips), of those trained and of the remedies at inference, whose AUC is at most `auc_budget`
    below the baseline's, which have not collapsed and whose controls did not rise; of equals
    the one with fewer flips, then with the higher AUC. An excess below 0 is no better than one
    of 0. Nothing is chosen where there is nothing to remove: where the interval of the
    baseline's excess, over these terms, does not lie above 0.

    Args:
        settings: The points trained.
        runs: Numbers by point, one per seed, with "baseline" and maybe "blindness".
        auc_budget: The AUC that may be paid.
    """
    by_name = {setting.name: setting for setting in settings}
    (baseline,) = runs[BASELINE]
    message = report_pb2.Sweep()
    for name, points in runs.items():
        setting = by_name.get(name, SweepSetting(name))
        point = message.points.add(
            name=name,
            technique=setting.technique,
            loss=setting.loss,
            loss_weight=setting.loss_weight,
            control_weight=setting.control_weight,
            num_seeds=len(points),
            collapsed=any(has_collapsed(point, baseline) for point in points),
            calls_per_text=_mean(point.calls_per_text for point in points),
            seconds=_mean(point.seconds for point in points),
            **{field: mean_and_range(getattr(p, field) for p in points) for field in REPORTED},
        )
        if not any(math.isnan(p.control_flip_rate) for p in points):
            for field in _OF_CONTROLS:
                getattr(point, field).CopyFrom(mean_and_range(getattr(p, field) for p in points))
            point.excess_flip_rate_bounds.lower = _mean(p.excess_lower for p in points)
            point.excess_flip_rate_bounds.upper = _mean(p.excess_upper for p in points)
            point.control_flip_rate_bounds.lower = _mean(p.control_flip_rate_lower for p in points)
            point.control_flip_rate_bounds.upper = _mean(p.control_flip_rate_upper for p in points)
    with_controls = message.points[0].HasField("control_flip_rate")
    plain = next((p for p in message.points if p.name == PLAIN), message.points[0])
    if with_controls:
        ceiling = plain.control_flip_rate_bounds.upper
        for point in message.points:
            point.controls_rose = point.control_flip_rate.value > ceiling
    message.rule = _rule(baseline, auc_budget, plain.name if with_controls else "")
    standing = [point for point in message.points if not point.collapsed]
    for point in standing:
        point.on_pareto_front = not any(_dominates(other, point) for other in standing)
    allowed = [
        point
        for point in standing
        if (point.name in by_name or point.name in AT_INFERENCE)
        and not point.controls_rose
        and point.auc.value >= baseline.auc - auc_budget
    ]
    if baseline.excess_lower <= 0.0:
        message.nothing_to_remove = nothing_to_remove(
            baseline.control_flip_rate,
            baseline.excess_flip_rate,
            baseline.excess_lower,
            baseline.excess_upper,
        )
    elif allowed:
        best = min(allowed, key=_price)
        best.chosen = True
        message.chosen = best.name
    return message


def nothing_to_remove(control: float, excess: float, lower: float, upper: float) -> str:
    """What is said where an excess does not lie above 0, with its figures.

    Args:
        control: Flip rate of the controls.
        excess: Of the flips of identity edits over it.
        lower: Of the excess's interval.
        upper: See there.
    """
    return (
        f"nothing to remove: identity edits change {control + excess:.1%} of decisions, the same "
        f"edits to other words {control:.1%}; the excess of {100 * excess:.1f} points "
        f"({100 * lower:.1f} to {100 * upper:.1f}) does not lie above 0"
    )


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _price(point: report_pb2.SweepPoint) -> tuple[float, float, float]:
    """What a choice goes by, less being better: excess, flips, AUC."""
    # A model that cannot see identity has an excess below 0, which is as good as 0 and no
    # better: a jumpy model's is lower still.
    excess = max(0.0, point.excess_flip_rate.value) if point.HasField("excess_flip_rate") else 0.0
    return excess, point.matched_flip_rate.value, -point.auc.value


def _rule(baseline: PricePoint, auc_budget: float, plain: str) -> str:
    """The choice in words; `plain` names whose controls are not to be passed, "" for none."""
    fewest = "fewest flips at the baseline-matched threshold (trained terms, mean over seeds) with "
    rose = ""
    if plain:
        fewest = (
            "smallest excess of flips over those of controls at the baseline-matched threshold "
            "(trained terms, mean over seeds; below 0 counts as 0, then fewest flips) with "
        )
        rose = f", and settings whose control flips rose above the interval of {plain}'s,"
    return (
        f"{fewest}AUC at most {auc_budget:g} below the baseline's {baseline.auc:.4f}; models "
        f"whose positive rate collapsed{rose} are never chosen"
        + (
            "; none where the interval of the baseline's excess does not lie above 0"
            if plain
            else ""
        )
    )


def _dominates(point: report_pb2.SweepPoint, other: report_pb2.SweepPoint) -> bool:
    """Whether `point` is nowhere worse and somewhere better."""
    flips = point.matched_flip_rate.value, other.matched_flip_rate.value
    aucs = point.auc.value, other.auc.value
    return (
        flips[0] <= flips[1] and aucs[0] >= aucs[1] and (flips[0] < flips[1] or aucs[0] > aucs[1])
    )


#: Columns of the table: title, the field shown, digits.
COLUMNS = (
    ("matched flips", "matched_flip_rate", 4),
    ("control flips", "control_flip_rate", 4),
    ("excess", "excess_flip_rate", 4),
    ("held-out flips", "held_out_matched_flip_rate", 4),
    ("CTF gap", "ctf_gap", 4),
    ("AUC", "auc", 4),
    ("accuracy", "accuracy", 3),
    ("positive rate", "positive_rate", 3),
    ("TPR gap", "worst_tpr_gap", 3),
    ("TNR gap", "worst_tnr_gap", 3),
)


def price_table(message: report_pb2.Sweep) -> str:
    """The price as a Markdown table, one row per point, means over seeds.

    The last two columns are the price beside the scores: texts asked about one, and wall-clock
    seconds of training.

    Marks: `*` chosen, `P` on the Pareto front, `X` collapsed, `C` control flips rose. A
    column that no point has a number for is left out: that of held-out terms where none
    were held out.
    """

    def cell(interval: report_pb2.Interval, digits: int) -> str:
        if math.isnan(interval.value):
            return "–"
        ends = (interval.value, interval.lower, interval.upper)
        mean, lowest, highest = (f"{end:.{digits}f}".replace("-", "−") for end in ends)
        if interval.upper <= interval.lower:
            return mean
        between = " to " if interval.lower < 0 else "–"
        return f"{mean} ({lowest}{between}{highest})"

    columns = [
        (title, field, digits)
        for title, field, digits in COLUMNS
        if not all(
            math.isnan(getattr(point, field).value) or not point.HasField(field)
            for point in message.points
        )
    ]
    titles = ["", "setting", *(title for title, _, _ in columns), "calls", "seconds"]
    lines = ["| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    for point in message.points:
        marks = ("*" if point.chosen else "") + ("P" if point.on_pareto_front else "")
        marks += ("X" if point.collapsed else "") + ("C" if point.controls_rose else "")
        cells = [cell(getattr(point, field), digits) for _, field, digits in columns]
        cells += [f"{point.calls_per_text:.2f}", f"{point.seconds:.0f}"]
        lines.append(f"| {marks} | {point.name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot_price(message: report_pb2.Sweep, path: str | pathlib.Path) -> None:
    """Draws flips against AUC with the Pareto front, as PNG, SVG or PDF by the path's ending."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    by_line: dict[str, list[report_pb2.SweepPoint]] = {}
    for point in message.points:
        by_line.setdefault(" ".join([point.technique, point.loss]).strip(), []).append(point)
    for label, points in by_line.items():
        x = [p.auc.value for p in points]
        y = [p.matched_flip_rate.value for p in points]
        axes.errorbar(
            x,
            y,
            xerr=[
                [p.auc.value - p.auc.lower for p in points],
                [p.auc.upper - p.auc.value for p in points],
            ],
            yerr=[
                [p.matched_flip_rate.value - p.matched_flip_rate.lower for p in points],
                [p.matched_flip_rate.upper - p.matched_flip_rate.value for p in points],
            ],
            marker="o",
            linestyle="-" if len(points) > 1 else "none",
            label=label,
        )
        for point in points:
            if point.collapsed:
                axes.annotate("collapsed", (point.auc.value, point.matched_flip_rate.value))
    front = sorted((p for p in message.points if p.on_pareto_front), key=lambda p: p.auc.value)
    axes.plot(
        [p.auc.value for p in front],
        [p.matched_flip_rate.value for p in front],
        linestyle=":",
        color="black",
        label="Pareto front",
    )
    chosen = [p for p in message.points if p.chosen]
    axes.plot(
        [p.auc.value for p in chosen],
        [p.matched_flip_rate.value for p in chosen],
        marker="*",
        markersize=14,
        linestyle="none",
        color="black",
        label="chosen",
    )
    axes.set_xlabel("AUC")
    axes.set_ylabel("flip rate at the baseline-matched threshold")
    axes.legend()
    figure.savefig(str(path))
