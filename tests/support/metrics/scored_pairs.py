"""Random scored pairs for the tests of the statistics, with their rows as plain Python."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

GENDERS = ("female", "male", "non_binary")
RACES = ("black", "white", "asian", "latino")


def random_pairs(
    num_originals: int,
    models: tuple[str, ...] = ("base",),
    seed: int = 0,
    weighted: bool = False,
    labelled: bool = True,
    legitimate: bool = False,
    grid: int | None = 20,
    float32: bool = False,
    max_counterfactuals: int = 3,
    num_classes: int = 0,
) -> pa.Table:
    """Pairs with ties (scores on a grid), multi-valued groups and several counterfactuals.

    Args:
        num_originals: Originals; each has 1 to `max_counterfactuals` pairs.
        models: Models to score with.
        seed: Of the draw.
        weighted: Whether to add a column `weight`.
        labelled: Whether to add a column `label`.
        legitimate: Whether to mark some flips as legitimate.
        grid: Scores are multiples of 1 / grid, so that they meet thresholds; None: any.
        float32: Whether scores are such as a float32 model gives.
        max_counterfactuals: The most per original.
        num_classes: Class scores beside each score, on a coarse grid so that tops tie; 0: none.
    """
    rng = np.random.default_rng(seed)
    repeats = rng.integers(1, max_counterfactuals + 1, num_originals)
    n = int(repeats.sum())

    def per_original(values):
        return np.repeat(np.asarray(values), repeats)

    genders = [
        sorted(rng.choice(GENDERS, rng.integers(0, 3), replace=False).tolist())
        for _ in range(num_originals)
    ]
    races = [rng.choice([*RACES, None]) for _ in range(num_originals)]
    which = np.repeat(np.arange(num_originals), repeats)
    table = {
        "example_id": pa.array([f"id-{i:05d}" for i in which]),
        "gender": pa.array([genders[i] for i in which], pa.list_(pa.string())),
        "race": pa.array([races[i] for i in which], pa.string()),
        "group": pa.array(rng.choice(GENDERS, n)),
    }
    if labelled:
        table["label"] = pa.array(
            per_original(rng.integers(0, 2, num_originals).astype(np.float32))
        )
    if weighted:
        table["weight"] = pa.array(per_original(rng.gamma(2.0, 1.0, num_originals)))
    if legitimate:
        table["flip_is_legitimate"] = pa.array(rng.random(n) < 0.15)
    for model in models:
        score = per_original(rng.beta(1.2, 2.0, num_originals))
        other = np.clip(score + rng.normal(0, 0.12, n) * (rng.random(n) < 0.6), 0, 1)
        if grid:
            score, other = np.round(score * grid) / grid, np.round(other * grid) / grid
        if float32:
            score = score.astype(np.float32).astype(np.float64)
            other = other.astype(np.float32).astype(np.float64)
        table[f"score.{model}"] = pa.array(score)
        table[f"counterfactual.score.{model}"] = pa.array(other)
        if num_classes:
            given = rng.integers(0, 8, (num_originals, num_classes)) / 8
            given = np.repeat(given, repeats, axis=0)
            changed = np.where(rng.random((n, 1)) < 0.5, rng.permuted(given, axis=1), given)
            for side, values in (("", given), ("counterfactual.", changed)):
                table[f"{side}classes.{model}"] = pa.array(values.tolist())
    return pa.table(table)


def slices_of(row: dict, slices) -> set[str]:
    """The names of the slices that one row belongs to, by direct reading."""
    names = {"Overall"}
    for features in slices:
        actual = [("", "")]
        for feature in sorted(features):
            column = {"counterfactual_group": "group", "counterfactual_term": "term"}.get(
                feature, feature
            )
            value = row[column]
            values = value if isinstance(value, list) else [] if value is None else [value]
            actual = [
                (f"{a}_X_{feature}" if a else feature, f"{b}_X_{v}" if b else v)
                for a, b in actual
                for v in values
            ]
        names |= {f"{a}:{b}" for a, b in actual}
    return names
