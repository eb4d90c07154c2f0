"""Rates of controls, and the excess over them, with the report's intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fairflip.metrics.controls.estimates import BOTH, FALLS, RISES, SliceControls
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.evaluator.plan import EvaluationPlan
from fairflip.metrics.evaluator.table import Key
from fairflip.metrics.flips import metric_names
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.spec import StatisticsSpec

_WAYS = {
    metric_names.OVERALL: BOTH,
    metric_names.NEGATIVE_TO_POSITIVE: RISES,
    metric_names.POSITIVE_TO_NEGATIVE: FALLS,
}

Bounds = dict[Key, tuple[np.ndarray, np.ndarray]]


def control_rates(
    slices: Sequence[SliceKey],
    controls: Mapping[SliceKey, ControlStatistics],
    num_clusters: Sequence[int],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
) -> tuple[dict[Key, np.ndarray], Bounds]:
    """Values and bounds of ControlFlipRate and ExcessFlipRate.

    Args:
        slices: S slices.
        controls: The sums of pairs and controls, by slice.
        num_clusters: [S].
        plan: What to compute.
        spec: What was counted.

    Returns:
        By key [S] values, and [S] lower and upper bounds; NaN where no pair has a control.
    """
    values = {key: np.full(len(slices), np.nan) for key in plan.control_rates}
    bounds: Bounds = {key: (value.copy(), value.copy()) for key, value in values.items()}
    if not values:
        return values, bounds
    for s, key in enumerate(slices):
        statistics = controls.get(key)
        if statistics is None or not statistics.num_with_control:
            continue
        size = num_clusters[s] if spec.cluster_column else statistics.num_originals
        found = SliceControls(statistics, size, spec)
        wanted = {
            (rate.counted.model, _WAYS[rate.value]): None for rate in plan.control_rates.values()
        }
        estimates = {
            one: found.rates(found.flips(*one, spec.ascending_thresholds)) for one in wanted
        }
        for name, rate in plan.control_rates.items():
            both = estimates[rate.counted.model, _WAYS[rate.value]]
            estimate = both.excess if rate.is_excess else both.control
            t = spec.position(rate.threshold)
            values[name][s] = estimate.value[t]
            bounds[name][0][s], bounds[name][1][s] = estimate.lower[t], estimate.upper[t]
    return values, bounds
