"""Calibration and the largest gaps between groups, counted anew over all originals."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd

from support.recount_report import areas, gaps
from support.recount_report import rows as tables
from support.recount_report.pages import Run

NUM_BINS, LEAST_OF_A_LABEL = 10, 20
#: Of `comparisons`, in the order of `Numbers`.
DIFFERENCES = (
    "calibration_error_difference",
    "worst_true_positive_rate_gap_difference",
    "worst_false_positive_rate_gap_difference",
)


@dataclasses.dataclass(frozen=True)
class Number:
    """A number with what each original pulls at it, and what chance alone makes of it."""

    value: float
    pulls: np.ndarray
    by_chance: float = 0.0
    group: str = ""
    sizes: tuple[int, int] = (0, 0)

    def ends(self) -> tuple[float, float]:
        """Of its interval within 0 and 1."""
        lower, upper = _ends(self.value, self.pulls, np.count_nonzero(self.pulls))
        return max(lower - self.by_chance, 0.0), min(max(upper, 0.0), 1.0)


def _ends(value: float, pulls: np.ndarray, number: int) -> tuple[float, float]:
    actual = gaps.skewed(areas.ratio_of(value, pulls, int(number)), -math.inf, math.inf)
    return actual.lower, actual.upper


def _calibration(scores: np.ndarray, labels: np.ndarray, w: np.ndarray) -> Number:
    """Bin by bin, of scores from 0 to 1: the distance of the sums of scores and labels."""
    value, by_chance, signs = 0.0, 0.0, np.zeros(len(scores))
    for start in range(NUM_BINS):
        own = np.minimum(np.floor(scores * NUM_BINS), NUM_BINS - 1) == start
        distance = (w[own] * (scores[own] - labels[own])).sum()
        value += abs(distance) / w.sum()
        signs[own] = np.sign(distance)
        noise = (w[own] ** 2 * scores[own] * (1 - scores[own])).sum()
        by_chance += math.sqrt(2 / math.pi * noise) / w.sum()
    pulls = w * (signs * (scores - labels) - value) / w.sum()
    return Number(float(value), pulls, float(by_chance))


def _worst(
    yes: np.ndarray, counts: np.ndarray, members: dict[str, np.ndarray], w: np.ndarray
) -> Number | None:
    """Of the group whose share of `yes` is farthest from that of everyone else."""
    worst = None
    for name, own in members.items():
        sides = counts & own, counts & ~own
        sizes = int(sides[0].sum()), int(sides[1].sum())
        if min(sizes) < LEAST_OF_A_LABEL or not all(w[side].sum() > 0 for side in sides):
            continue
        shares = [(w * yes)[side].sum() / w[side].sum() for side in sides]
        pulls = [
            np.where(side, w * (yes - share) / w[side].sum(), 0.0)
            for side, share in zip(sides, shares, strict=True)
        ]
        gap = shares[0] - shares[1]
        if worst is None or abs(gap) > worst.value:
            worst = Number(float(abs(gap)), np.sign(gap) * (pulls[0] - pulls[1]), 0.0, name, sizes)
    return worst


def judged(
    run: Run, thresholds: dict[str, float]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The expected `label_judgements`, and what they add to each of the `comparisons`.

    Args:
        run: What was kept.
        thresholds: By model, where its decisions are judged.
    """
    frame = pd.concat([run.pairs, run.examples], ignore_index=True)
    frame = frame.drop_duplicates("example_id").reset_index(drop=True)
    frame = frame[frame[run.label].notna()].reset_index(drop=True)
    labels, w = frame[run.label].to_numpy(float) > 0.5, frame[run.weight].to_numpy(float)
    features = [name for name in run.features if "," not in name]
    members = {n: m for n, m in tables.slices(frame, features).items() if n != "Overall"}
    numbers: dict[str, tuple[Number | None, ...]] = {}
    entries = []
    for model in run.models:
        scores = frame[f"score.{model}"].to_numpy(float)
        yes = scores > thresholds[model]
        numbers[model] = (
            _calibration(scores, labels.astype(float), w),
            _worst(yes, labels, members, w),
            _worst(yes, ~labels, members, w),
        )
        calibration, *of_groups = numbers[model]
        entry = {
            "model": model,
            "num_originals": len(frame),
            "threshold": thresholds[model],
            "calibration_error": calibration and _interval(calibration),
        }
        names = ("worst_true_positive_rate_gap", "worst_false_positive_rate_gap")
        for name, one in zip(names, of_groups, strict=True):
            entry[name] = one and {
                "group": one.group,
                "gap": _interval(one),
                "num_inside": one.sizes[0],
                "num_outside": one.sizes[1],
            }
        entries.append(entry)
    return entries, [_differences(numbers[m], numbers[run.models[0]]) for m in run.models[1:]]


def _interval(one: Number) -> dict[str, float]:
    lower, upper = one.ends()
    return {"value": one.value, "lower": lower, "upper": upper}


def _differences(
    of_candidate: tuple[Number | None, ...], of_baseline: tuple[Number | None, ...]
) -> dict[str, Any]:
    actual: dict[str, Any] = {}
    for field, one, other in zip(DIFFERENCES, of_candidate, of_baseline, strict=True):
        if one is None or other is None:
            actual[field] = None
            continue
        value = one.value - other.value
        lower, upper = _ends(value, one.pulls - other.pulls, np.count_nonzero(one.pulls))
        actual[field] = {
            "value": value,
            "lower": lower - one.by_chance,
            "upper": upper + other.by_chance,
        }
    return actual
