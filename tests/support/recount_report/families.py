"""Tests over many slices: adjusted p-values, heterogeneity, shrunken rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import stats

from support.recount_report.rates import LEVEL, Estimate, known_size


def feature_of(name: str) -> str:
    """ "gender,race" of "gender_X_race:f_X_a"; nothing of Overall."""
    return name.split(":")[0].replace("_X_", ",") if ":" in name else ""


def adjusted(p_values: dict[Any, float], family_of: dict[Any, str]) -> dict[Any, float]:
    """Benjamini and Hochberg's within each family; NaN is no test."""
    actual = dict.fromkeys(p_values, math.nan)
    for family in set(family_of.values()):
        own = {k: p for k, p in p_values.items() if family_of[k] == family and not math.isnan(p)}
        ordered = sorted(own, key=lambda key: own[key])
        least = 1.0
        for rank in range(len(ordered), 0, -1):
            least = min(least, own[ordered[rank - 1]] * len(ordered) / rank)
            actual[ordered[rank - 1]] = least
    return actual


def heterogeneity(
    names: Sequence[str], flip_rates: dict[str, Estimate], features: Sequence[str]
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Of the slices large enough to be tested: one entry a feature, and the shrunken rates."""
    entries, shrunken = [], {}
    for feature in features:
        own = [name for name in names if feature_of(name) == feature]
        if len(own) < 2:
            continue
        p = np.array([flip_rates[name].value for name in own])
        n = np.array([flip_rates[name].size for name in own])
        pooled = (n * p).sum() / n.sum()
        v = pooled * (1 - pooled) / n
        q = ((p - pooled) ** 2 / v).sum()
        spare = len(own) - 1
        tau = max(0.0, (q - spare) / ((1 / v).sum() - (1 / v**2).sum() / (1 / v).sum()))
        for name, one, variance in zip(own, p, v, strict=True):
            drawn = (one / variance + pooled / tau) / (1 / variance + 1 / tau) if tau else pooled
            shrunken[name] = float(drawn)
        level = 1 - (1 - LEVEL) / len(own)
        bounds = {name: known_size(a, b, level) for name, a, b in zip(own, p, n, strict=True)}
        named = max(own, key=lambda name: (bounds[name].lower, bounds[name].value))
        entries.append(
            {
                "feature": feature,
                "num_slices": len(own),
                "p_value": float(stats.chi2.sf(q, spare)),
                "slice": named,
                "flip_rate": bounds[named].interval,
            }
        )
    both = adjusted(
        {entry["feature"]: entry["p_value"] for entry in entries},
        {entry["feature"]: "" for entry in entries},
    )
    for entry in entries:
        entry["p_value_adjusted"] = both[entry["feature"]]
    return entries, shrunken
