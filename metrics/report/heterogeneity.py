"""Tests over many slices: which are adjusted together, and whether a feature's slices differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import special

from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.intervals.hypothesis_tests import benjamini_hochberg
from fairflip.metrics.intervals.rates_and_means import IntervalEstimate, wilson_interval
from fairflip.metrics.report.intervals import interval, plain
from fairflip.protos import report_pb2


class FeatureRates(NamedTuple):
    """Rates of the slices of one feature, against one rate for all.

    Attributes:
        p_value: Of the test that all slices have one rate.
        shrunken: [S] rates drawn towards the common one, by how little each slice says.
    """

    p_value: float
    shrunken: np.ndarray


def feature_rates(values: np.ndarray, sizes: np.ndarray) -> FeatureRates:
    """Tests equality of rates, and shrinks them.

    With the pooled rate r = Σ n p / Σ n and v = r (1 - r) / n the variance of a slice's rate
    if all were alike, Q = Σ (p - r)² / v is compared with χ² of S - 1 degrees of freedom.
    DerSimonian and Laird's τ² = max(0, (Q - (S - 1)) / (Σ 1/v - Σ 1/v² / Σ 1/v)) is the
    variance between slices, and (p / v + r / τ²) / (1/v + 1/τ²) a slice's shrunken rate;
    r where τ² is 0.

    Args:
        values: [S] rates, S at least 2.
        sizes: [S] effective numbers of pairs: how many independent pairs tell as much.

    Source: DerSimonian and Laird (1986), https://doi.org/10.1016/0197-2456(86)90046-2.
    """
    pooled = float(values @ sizes / sizes.sum())
    if not 0.0 < pooled < 1.0:
        return FeatureRates(1.0, np.full(len(values), pooled))
    precision = sizes / (pooled * (1.0 - pooled))
    q = float(np.square(values - pooled) @ precision)
    spare = len(values) - 1
    total = precision.sum()
    between = max(0.0, (q - spare) / (total - np.square(precision).sum() / total))
    own = precision * between / (1.0 + precision * between)
    return FeatureRates(float(special.chdtrc(spare, q)), own * values + (1.0 - own) * pooled)


def adjusted_p_values(p_values: np.ndarray, keys: Sequence[SliceKey]) -> np.ndarray:
    """p-values adjusted within their family, so that of those below q at most q are false.

    Overall is a family of its own: it is the question that was asked. The slices of one
    feature, or of one cross of features, are another, with all their thresholds and all
    candidates. A slice that is too small to be tested is in none.

    Args:
        p_values: [C, S, T] by candidate, slice and threshold; NaN: not tested.
        keys: [S] the slices.

    Returns:
        [C, S, T] adjusted p-values; NaN where nothing is tested.
    """
    families: dict[tuple[str, ...], list[int]] = {}
    for position, key in enumerate(keys):
        families.setdefault(tuple(name for name, _ in key.features), []).append(position)
    adjusted = np.full(p_values.shape, np.nan)
    for positions in families.values():
        family = p_values[:, positions]
        adjusted[:, positions] = benjamini_hochberg(family.reshape(-1)).reshape(family.shape)
    return adjusted


def heterogeneity(
    keys: Sequence[SliceKey],
    flip_rates: IntervalEstimate,
    is_testable: np.ndarray,
    confidence_level: float,
) -> tuple[list[report_pb2.Heterogeneity], np.ndarray]:
    """One entry for each feature, or cross, with at least two slices that can be tested.

    The slice that is named is that whose interval begins highest. Its interval holds for all
    slices of the feature at once (Bonferroni's level), since it was chosen among them.

    Args:
        keys: [S] the slices.
        flip_rates: [S] at the first threshold.
        is_testable: [S].
        confidence_level: Such as 0.95.

    Returns:
        The entries, p-values adjusted over features; and [S] shrunken rates, NaN for
        Overall and for slices that cannot be tested.
    """
    families: dict[tuple[str, ...], list[int]] = {}
    for position, key in enumerate(keys):
        if key.features and is_testable[position]:
            families.setdefault(tuple(name for name, _ in key.features), []).append(position)
    shrunken = np.full(len(keys), np.nan)
    entries = []
    for features, positions in families.items():
        if len(positions) < 2:
            continue
        values, sizes = flip_rates.value[positions], flip_rates.effective_size[positions]
        fitted = feature_rates(values, sizes)
        shrunken[positions] = fitted.shrunken
        level = 1.0 - (1.0 - confidence_level) / len(positions)
        bounds = wilson_interval(values, sizes, level)
        chosen = int(np.lexsort([values, bounds.lower])[-1])
        entries.append(
            report_pb2.Heterogeneity(
                feature=",".join(features),
                num_slices=len(positions),
                p_value=plain(fitted.p_value),
                slice=keys[positions[chosen]].name,
                flip_rate=interval(bounds, chosen),
            )
        )
    adjusted = benjamini_hochberg(np.array([entry.p_value for entry in entries]))
    for entry, p_value in zip(entries, adjusted, strict=True):
        entry.p_value_adjusted = plain(p_value)
    return entries, shrunken
