"""A curve over many thresholds has the numbers that a report has at each of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import OVERALL, parse_slices
from fairflip.metrics.report.models import build_models_and_comparisons
from fairflip.metrics.report.threshold_curve import model_curves
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

THRESHOLDS = tuple(round(0.05 * place, 2) for place in range(1, 20))
RATES = ("flip_rate", "negative_to_positive_rate", "positive_to_negative_rate")
COUNTS = ("flip_count", "negative_to_positive_count", "positive_to_negative_count")


def scored_pairs(num_originals: int, most: int, weighted: bool) -> pa.Table:
    """One to `most` pairs an original, of two models."""
    rng = np.random.default_rng(num_originals + most)
    sizes = rng.integers(1, most + 1, num_originals)
    which = np.repeat(np.arange(num_originals), sizes)
    table = {
        "example_id": [f"id{i}" for i in which],
        "place": np.array(["a", "b", "c"])[rng.integers(0, 3, num_originals)][which],
        "weight": rng.integers(1, 4, num_originals).astype(float)[which] if weighted else None,
    }
    for model in ("m", "n"):
        before = rng.beta(0.5, 1.5, num_originals)[which]
        moved = rng.normal(0, 0.1, len(which)) * (rng.random(len(which)) < 0.6)
        table[f"score.{model}"] = before
        table[f"counterfactual.score.{model}"] = np.clip(before + moved, 0, 1)
    return pa.table({name: values for name, values in table.items() if values is not None})


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("num_originals", "most"), [(700, 1), (700, 4), (11_000, 1), (11_000, 2)])
def test_the_curve_has_the_numbers_of_a_report_and_numpys(num_originals, most, weighted):
    table = scored_pairs(num_originals, most, weighted)
    spec = StatisticsSpec(
        models=("m", "n"),
        thresholds=THRESHOLDS,
        slices=parse_slices(["place"]),
        weight_column="weight" if weighted else None,
        num_example_ids=0,
    )
    sums = accumulate([table], spec)
    curves = model_curves(sums, {}, spec)
    statistics = {OVERALL: SliceStatistics.zero(spec), **sums}
    models, _ = build_models_and_comparisons(statistics, {}, spec)
    for curve, model in zip(curves, models, strict=True):
        assert [part.slice for part in curve.slices] == [part.slice for part in model.slices]
        assert len(curve.slices) == 4
        for part, own in zip(curve.slices, model.slices, strict=True):
            for at, remaining in zip(part.thresholds, own.thresholds, strict=True):
                for field in (*COUNTS, *RATES):
                    assert getattr(at, field) == getattr(remaining, field), (part.slice, field)
        scores = [table[f"{side}score.{curve.name}"] for side in ("", "counterfactual.")]
        before, after = (side.to_numpy() for side in scores)
        rises = [int(((before <= t) & (after > t)).sum()) for t in THRESHOLDS]
        actual = [at.negative_to_positive_count for at in curve.slices[0].thresholds]
        assert actual == rises
        assert sum(rises) > 0
