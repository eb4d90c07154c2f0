"""The expected report, message by message, from a run's kept scored pairs and examples."""

from __future__ import annotations

import collections
import dataclasses
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from support.metrics.excess_recount import Rows as PairsWithControls
from support.recount_report import areas, excess, gaps, rates
from support.recount_report import rows as tables
from support.recount_report.matched import Matched, matched

MIN_EVENTS = 4
MIN_DIFFERING_EVENTS = 10
MIN_TO_MATCH = 7
WAYS = {"both": "flip", "up": "negative_to_positive", "down": "positive_to_negative"}


@dataclasses.dataclass(frozen=True)
class Run:
    """What was kept of a run, and what it was asked.

    Attributes:
        scored: Scored pairs and controls.
        examples: Scored originals without a counterfactual.
        models: The first is the baseline.
        thresholds: The first is that of all that has no threshold of its own.
        features: Slicing features and crosses, such as "gender,race".
        label: Column.
        weight: Column.
    """

    scored: pd.DataFrame
    examples: pd.DataFrame
    models: Sequence[str]
    thresholds: Sequence[float]
    features: Sequence[str]
    label: str
    weight: str

    @property
    def pairs(self) -> pd.DataFrame:
        """Identity pairs, with those whose flip is legitimate."""
        return self.scored[self.scored["edit"] != "control"].reset_index(drop=True)

    def rows(self, frame: pd.DataFrame) -> tables.Rows:
        """As arrays."""
        return tables.Rows.of(frame, list(self.models), self.label, self.weight)


class Slice:
    """One slice of the pairs, and each model on it."""

    def __init__(self, run: Run, name: str, pairs: pd.DataFrame, scored: pd.DataFrame):
        """Takes the rows of the slice: pairs, and these with their controls."""
        self.run, self.name = run, name
        is_right = pairs["flip_is_legitimate"].fillna(False).astype(bool)
        self.legitimate = run.rows(pairs[is_right])
        self.frame = pairs[~is_right].reset_index(drop=True)
        self.rows = run.rows(self.frame)
        self.controlled = PairsWithControls(scored.reset_index(drop=True), "Overall", run.weight)
        keys = set(zip(self.frame["example_id"], self.frame["counterfactual_index"], strict=True))
        swaps = scored[scored["control_kind"] == "same_group"]
        own = zip(swaps["example_id"], swaps["control_of"], strict=True)
        self.swaps = swaps[[key in keys for key in own]]
        self.flip_rates = {m: self.flip_rate(m, run.thresholds[0]) for m in run.models}
        self.areas = {
            m: areas.area(
                self.rows.before[m], self.rows.labels, self.rows.weights, self.rows.clusters
            )
            for m in run.models
        }
        baseline = run.models[0]
        self.matches: dict[str, Matched] = {
            m: matched(self.rows, m, baseline, run.thresholds[0]) for m in run.models[1:]
        }

    @property
    def has_few_originals(self) -> bool:
        """Whether it is too small to be tested."""
        kish = self.flip_rates[self.run.models[0]].kish
        return self.rows.num_clusters < 30 or not kish >= 30

    def decided(self, model: str, threshold: float) -> tuple[np.ndarray, np.ndarray]:
        """Decisions on originals and on counterfactuals."""
        return self.rows.before[model] > threshold, self.rows.after[model] > threshold

    def flip_rate(self, model: str, threshold: float) -> rates.Estimate:
        """Flips / pairs."""
        before, after = self.decided(model, threshold)
        flips = self.rows.added(before != after)
        return rates.rate(flips, self.rows.sizes(), is_single=self.rows.is_single)

    def direction(self, model: str, threshold: float) -> float:
        """p-value of both directions being equally likely."""
        before, after = self.decided(model, threshold)
        rises, falls = (
            np.bincount(self.rows.clusters, one, self.rows.num_originals)
            for one in (~before & after, before & ~after)
        )
        return rates.direction(rises, falls, len(before))

    def has_few_matches(self, model: str) -> bool:
        """Whether the rarer answer of the baseline is too rare to fix a threshold."""
        target = self.matches[model].target
        return not min(target, 1 - target) * self.flip_rates[model].kish >= MIN_TO_MATCH

    def page(self, model: str, adjusted: dict[Any, float], shrunken: float | None) -> dict:
        """The expected SliceReport."""
        rows, first = self.rows, self.run.thresholds[0]
        before, after = rows.before[model], rows.after[model]
        sizes, change = rows.sizes(), after - before
        flips = self.flip_rates[model]
        yes, no = self.legitimate.before[model] > first, self.legitimate.after[model] > first
        deviation, spread = gaps.spread(rows, model)
        area = self.areas[model]
        actual = {
            "slice": self.name,
            "num_pairs": len(before),
            "num_originals": rows.num_originals,
            "num_clusters": rows.num_clusters,
            "ctf_gap": gaps.mean(rows.added(np.abs(change)), sizes, 0.0, 1.0).interval,
            "signed_ctf_gap": gaps.mean(rows.added(change), sizes, -1.0, 1.0).interval,
            "ctf_gap_quantiles": [
                {"quantile": q, "value": value}
                for q, value in zip(
                    gaps.QUANTILES, gaps.quantiles(np.abs(change), rows.weights), strict=True
                )
            ],
            "mean_score_deviation": deviation,
            "mean_score_range": spread,
            "weighted_num_pairs": self.frame[self.run.weight].sum(),
            "too_few_to_say": flips.is_too_few(rows.num_clusters, MIN_EVENTS),
            "minimum_detectable_difference": rates.detectable(flips.error),
            "num_legitimate_pairs": len(yes),
            "num_legitimate_flips": int((yes != no).sum()),
            "has_few_originals": self.has_few_originals,
            "num_independent": flips.kish,
            "by_bucket": False,
            "edited_categories": self._edited_categories(),
            "num_same_group_pairs": len(self.swaps),
            "num_originals_sampled_for_words": 0,
            **_NONE_WITHOUT_CLASSES,
            "shrunken_flip_rate": shrunken,
            "auc": None if area is None else area.value,
            "auc_interval": None if area is None else areas.interval(area).interval,
            "thresholds": [
                self._threshold(model, t, adjusted[self.name, t]) for t in self.run.thresholds
            ],
        }
        shared = ("positive_rate", "counterfactual_positive_rate", *LABEL_RATES)
        actual |= {name: actual["thresholds"][0][name] for name in shared}
        actual["matched"] = self._matched(model, actual["thresholds"][0])
        if not self.controlled.has:
            return actual | dict.fromkeys(_OF_CONTROLS, None) | dict.fromkeys(_COUNTS, 0)
        moved = excess.excess(self.controlled, self.controlled.gaps(model), is_gap=True)
        return actual | {
            "num_control_pairs": self.controlled.num_controls,
            "num_pairs_without_control": len(before) - len(self.controlled.has),
            "effective_terms": moved.terms,
            "control_ctf_gap": moved.control.interval,
            "excess_ctf_gap": moved.excess.interval,
            "excess_ctf_gap_over_words": moved.over_words,
        }

    def _edited_categories(self) -> list[dict[str, Any]]:
        """The most frequent first; Overall has none, and legitimate flips count in none."""
        if self.name == "Overall":
            return []
        numbers = collections.Counter(
            category for edited in self.frame["category"] for category in set(edited)
        )
        ordered = sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
        return [{"category": category, "num_pairs": number} for category, number in ordered]

    def _threshold(self, model: str, threshold: float, adjusted: float) -> dict[str, Any]:
        rows, sizes = self.rows, self.rows.sizes()
        before, after = self.decided(model, threshold)
        rises, falls = ~before & after, before & ~after
        flips = self.flip_rate(model, threshold)
        any_flip = self._originals_with_flip(before, after)
        w = rows.weights

        def rate(holds: np.ndarray, of: np.ndarray | None = None) -> dict[str, float]:
            whole = sizes if of is None else rows.added(of)
            return rates.rate(rows.added(holds), whole, is_single=rows.is_single).interval

        actual = {
            "threshold": threshold,
            "flip_count": int((rises | falls).sum()),
            "negative_to_positive_count": int(rises.sum()),
            "positive_to_negative_count": int(falls.sum()),
            "negative_count": int((~before).sum()),
            "positive_count": int(before.sum()),
            "flip_rate": flips.interval,
            "negative_to_positive_rate": rate(rises),
            "positive_to_negative_rate": rate(falls),
            "negative_to_positive_rate_given_negative": rate(rises, ~before),
            "positive_to_negative_rate_given_positive": rate(falls, before),
            "positive_rate": w[before].sum() / w.sum(),
            "counterfactual_positive_rate": w[after].sum() / w.sum(),
            "direction_p_value": self.direction(model, threshold),
            "direction_p_value_adjusted": adjusted,
            "too_few_to_say": flips.is_too_few(rows.num_clusters, MIN_EVENTS),
            "originals_with_flip": any_flip,
            "clusters_with_flip": any_flip,
            "repeat_flip_rate": None,
            "same_group_flip_rate": self._same_group(model, threshold),
            **label_rates(before, rows.labels, w),
        }
        if not self.controlled.has:
            return actual | dict.fromkeys(_OF_THRESHOLD, None) | {"top_term": ""}
        for way, word in WAYS.items():
            decisions = self.controlled.decisions(model, threshold, way)
            one = excess.excess(self.controlled, decisions)
            suffix = "" if way == "both" else f"{word}_"
            actual |= {
                f"control_{word}_rate": one.control.interval,
                f"excess_{word}_rate": one.excess.interval,
                f"excess_{suffix}over_words": one.over_words,
            }
            if way == "both":
                actual |= _top(one) | {"control_flip_count": _num_flips(decisions)}
        return actual

    def _same_group(self, model: str, threshold: float) -> dict[str, float] | None:
        """Flips of swaps within one group / these swaps, originals being drawn."""
        swaps = self.swaps
        if not len(swaps):
            return None
        before, after = (swaps[f"{side}score.{model}"] > threshold for side in _SIDES)
        of_original = swaps.assign(flips=swaps[self.run.weight] * (before != after)).groupby(
            "example_id"
        )
        flips, sizes = of_original["flips"].sum(), of_original[self.run.weight].sum()
        return rates.rate(flips.to_numpy(), sizes.to_numpy()).interval

    def _originals_with_flip(self, before: np.ndarray, after: np.ndarray) -> dict[str, float]:
        flipped, weights = self.rows.added_once(before != after)
        return rates.rate(flipped, weights, is_single=self.rows.is_even).interval

    def _matched(self, model: str, own: dict[str, Any]) -> dict[str, Any]:
        of_controls = (
            "control_flip_rate",
            "excess_flip_rate",
            "excess_over_words",
            "excess_without_top_term",
            "top_term",
            "control_flip_count",
        )
        if model == self.run.models[0]:
            names = ("threshold", "flip_count", "flip_rate", "positive_rate", "too_few_to_say")
            counts = ("negative_to_positive_count", "positive_to_negative_count")
            return {name: own[name] for name in (*names, *counts, *of_controls)} | {
                "baseline_positive_rate": own["positive_rate"],
                "too_few_to_match": False,
            }
        actual = self.matches[model]
        page = {
            "threshold": actual.threshold,
            "flip_count": actual.rises + actual.falls,
            "negative_to_positive_count": actual.rises,
            "positive_to_negative_count": actual.falls,
            "flip_rate": actual.flip_rate.interval,
            "positive_rate": actual.positive_rate,
            "baseline_positive_rate": actual.target,
            "too_few_to_match": self.has_few_matches(model),
            "too_few_to_say": actual.flip_rate.is_too_few(self.rows.num_clusters, MIN_EVENTS),
        }
        if not self.controlled.has:
            return page | dict.fromkeys(of_controls, None) | {"top_term": ""}
        decisions = self.controlled.decisions(model, actual.threshold)
        one = excess.excess(self.controlled, decisions)
        return page | {
            "control_flip_rate": one.control.interval,
            "excess_flip_rate": one.excess.interval,
            "excess_over_words": one.over_words,
            "control_flip_count": _num_flips(decisions),
            **_top(one),
        }


LABEL_RATES = (
    "accuracy",
    "false_positive_rate",
    "false_negative_rate",
    "true_positive_rate",
    "true_negative_rate",
)
#: What a slice has where models decide by the class with the greatest score; recounted in
#: tests/pipeline/evaluate/test_class_reports.py.
_NONE_WITHOUT_CLASSES: dict[str, Any] = {
    "transitions": [],
    "class_counts": [],
    "top_k_flip_rate": None,
    "top_k": None,
}
_SIDES = ("", "counterfactual.")
_COUNTS = ("num_control_pairs", "num_pairs_without_control", "effective_terms")
_OF_CONTROLS = ("control_ctf_gap", "excess_ctf_gap", "excess_ctf_gap_over_words")
_OF_THRESHOLD = (
    *(f"{kind}_{word}_rate" for kind in ("control", "excess") for word in WAYS.values()),
    "excess_over_words",
    *(f"excess_{word}_over_words" for word in list(WAYS.values())[1:]),
    "excess_without_top_term",
    "control_flip_count",
)


def _num_flips(decisions: excess.Values) -> int:
    return int(sum(np.sum(own) for own in decisions[1]))


def _top(one: excess.Excess) -> dict[str, Any]:
    without = one.without_top_term
    return {
        "top_term": one.top_term,
        "excess_without_top_term": None if math.isnan(without) else without,
    }


def label_rates(
    decisions: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> dict[str, float | None]:
    """Of those that have a label; None where none has."""
    known = ~np.isnan(labels)
    if not known.any():
        return dict.fromkeys(LABEL_RATES, None)
    toxic, harmless = labels == 1, labels == 0

    def share(holds: np.ndarray, of: np.ndarray) -> float:
        whole = weights[of].sum()
        return weights[of & holds].sum() / whole if whole > 0 else math.nan

    return {
        "accuracy": share(decisions == toxic, known),
        "false_positive_rate": share(decisions, harmless),
        "false_negative_rate": share(~decisions, toxic),
        "true_positive_rate": share(decisions, toxic),
        "true_negative_rate": share(~decisions, harmless),
    }
