"""Random pairs, and every value of every metric computed plainly from them.

Shares no code with the metrics: comparisons and sums over whole columns, or loops.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np


@dataclasses.dataclass
class Pairs:
    """Columns of pairs of models "baseline" and "candidate"."""

    ids: list[str]
    groups: list[list[str] | None]
    weights: np.ndarray
    legitimate: list[int | None]
    scores: dict[str, np.ndarray]
    counterfactual_scores: dict[str, np.ndarray]

    def columns(self) -> dict[str, Any]:
        """By the names of a scored pair file."""
        return {
            "example_id": self.ids,
            "gender": self.groups,
            "label": [float(i % 2) for i in range(len(self.ids))],
            "weight": list(self.weights),
            "flip_is_legitimate": self.legitimate,
            **{f"score.{model}": list(values) for model, values in self.scores.items()},
            **{
                f"counterfactual.score.{model}": list(values)
                for model, values in self.counterfactual_scores.items()
            },
        }

    def rows_in(self, slice_name: str) -> np.ndarray:
        """A pair is in the slice of each value of a multi-valued feature."""
        if slice_name == "Overall":
            return np.ones(len(self.ids), bool)
        value = slice_name.removeprefix("gender:")
        return np.array([value in (groups or []) for groups in self.groups])


def random_pairs(num_originals: int, seed: int) -> Pairs:
    """1 to 20 counterfactuals per original; twentieths, so that many scores tie."""
    random = np.random.default_rng(seed)
    repeats = random.integers(1, 21, num_originals)
    total = int(repeats.sum())
    groups = [
        [["f", "m", "x"], ["f"], ["m"], None, ["f", "m"]][i]
        for i in random.integers(0, 5, num_originals)
    ]
    scores, counterfactual_scores = {}, {}
    for model in ("baseline", "candidate"):
        own = random.integers(0, 21, num_originals) / 20
        scores[model] = np.repeat(own, repeats)
        moved = scores[model] + random.integers(-4, 5, total) / 20
        counterfactual_scores[model] = np.round(np.clip(moved, 0, 1), 2)
    return Pairs(
        ids=[f"id_{i}" for i in np.repeat(np.arange(num_originals), repeats)],
        groups=[groups[i] for i in np.repeat(np.arange(num_originals), repeats)],
        weights=np.repeat(random.gamma(2.0, 1.0, num_originals), repeats),
        legitimate=[None if u < 0.7 else int(u < 0.9) for u in random.random(total)],
        scores=scores,
        counterfactual_scores=counterfactual_scores,
    )


def share(part: np.ndarray, weights: np.ndarray, of: np.ndarray | None = None) -> float:
    whole = weights.sum() if of is None else weights[of].sum()
    return weights[part].sum() / whole if whole > 0 else float("nan")


def direct_values(
    pairs: Pairs,
    rows: np.ndarray,
    model: str,
    thresholds: dict[str, float],
    weighted: bool,
    with_legitimate: bool,
    quantiles: dict[str, float],
) -> dict[str, Any]:
    """{name: value} of all metrics on the rows of one slice.

    `thresholds` and `quantiles` are by their suffix.
    """
    marked = np.array([bool(mark) for mark in pairs.legitimate]) & with_legitimate & rows
    remaining = rows & ~marked
    every_weight = pairs.weights if weighted else np.ones(len(pairs.ids))
    every_a, every_b = pairs.scores[model], pairs.counterfactual_scores[model]
    a, b, w = every_a[remaining], every_b[remaining], every_weight[remaining]
    ids = np.array(pairs.ids)[remaining]
    result: dict[str, Any] = {}
    for suffix, t in thresholds.items():
        rises, falls = (a <= t) & (b > t), (a > t) & (b <= t)
        values = {
            "flip_count/negative_to_positive": w[rises].sum(),
            "flip_count/positive_to_negative": w[falls].sum(),
            "flip_count/negative_examples_count": w[a <= t].sum(),
            "flip_count/positive_examples_count": w[a > t].sum(),
            "flip_rate/overall": share(rises | falls, w),
            "flip_rate/negative_to_positive": share(rises, w),
            "flip_rate/positive_to_negative": share(falls, w),
            "conditional_flip_rate/negative_to_positive_given_negative": share(rises, w, a <= t),
            "conditional_flip_rate/positive_to_negative_given_positive": share(falls, w, a > t),
            "positive_rate/original": share(a > t, w),
            "positive_rate/counterfactual": share(b > t, w),
        }
        for metric in ("flip_count", "flip_rate"):
            values |= {
                f"{metric}/negative_to_positive_examples_ids": [[i] for i in sorted({*ids[rises]})],
                f"{metric}/positive_to_negative_examples_ids": [[i] for i in sorted({*ids[falls]})],
            }
        values["flip_rate/sample_examples_ids"] = sorted({*ids[rises | falls]})
        if with_legitimate:
            ma, mb, mw = every_a[marked], every_b[marked], every_weight[marked]
            values |= {
                "flip_count/legitimate_examples_count": mw.sum(),
                "flip_count/legitimate_negative_to_positive": mw[(ma <= t) & (mb > t)].sum(),
                "flip_count/legitimate_positive_to_negative": mw[(ma > t) & (mb <= t)].sum(),
            }
        base = pairs.scores["baseline"][remaining]
        values |= {
            f"matched_flip_rate/{name}": value
            for name, value in direct_matched(a, b, base, w, t, model == "baseline").items()
        }
        result |= {name + suffix: value for name, value in values.items()}
    gaps = np.abs(a - b)
    order = np.argsort(gaps)
    reached = np.cumsum(w[order]) / w.sum()
    result["counterfactual_gap/mean_absolute"] = np.average(gaps, weights=w)
    result["counterfactual_gap/mean_signed"] = np.average(b - a, weights=w)
    for suffix, q in quantiles.items():
        result["counterfactual_gap/quantile" + suffix] = gaps[order][
            np.argmax(reached >= q - 1e-12)
        ]
    deviations, ranges, original_weights = [], [], []
    for example_id in dict.fromkeys(ids):
        its = ids == example_id
        family = np.array([a[its][0], *b[its]])
        deviations.append(family.std())
        ranges.append(family.max() - family.min())
        original_weights.append(w[its].mean())
    for name, values_ in (("deviation", deviations), ("range", ranges)):
        result[f"counterfactual_gap/mean_score_{name}"] = np.average(
            values_, weights=original_weights
        )
    return result


def direct_matched(
    a: np.ndarray, b: np.ndarray, base: np.ndarray, w: np.ndarray, t: float, is_baseline: bool
) -> dict[str, float]:
    """Tries the middle between every two neighbouring scores as the threshold."""
    target = share(base > t, w)
    matched = t
    if not is_baseline and abs(share(a > t, w) - target) > 1e-12:
        observed = np.unique(a)
        middles = (observed[1:] + observed[:-1]) / 2
        tried = [
            (share(a > s, w), s) for s in (np.nextafter(observed[0], -1), *middles, observed[-1])
        ]
        best = min(abs(rate - target) for rate, _ in tried)
        near = [
            (rate > target + 1e-12, s) for rate, s in tried if abs(rate - target) < best + 1e-12
        ]
        matched = min(near)[1]
    rises, falls = (a <= matched) & (b > matched), (a > matched) & (b <= matched)
    return {
        "overall": share(rises | falls, w),
        "negative_to_positive": share(rises, w),
        "positive_to_negative": share(falls, w),
        "threshold": matched,
        "positive_rate": share(a > matched, w),
        "baseline_positive_rate": target,
    }
