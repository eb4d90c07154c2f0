"""Cramer's V against a plain computation."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from fairflip.pipeline.tabular.associations import associations


def by_hand(one: list, other: list) -> float:
    rows, columns = np.unique(one), np.unique(other)
    table = np.array([[np.sum((np.array(one) == r) & (np.array(other) == c)) for c in columns]
                      for r in rows], float)  # fmt: skip
    expected = table.sum(1, keepdims=True) * table.sum(0) / table.sum()
    chi_squared = ((table - expected) ** 2 / expected).sum()
    return float(np.sqrt(chi_squared / table.sum() / (min(table.shape) - 1)))


def test_categories_agree_with_the_formula_and_the_strongest_comes_first():
    rng = np.random.default_rng(1)
    group = rng.choice(["f", "m"], 500).tolist()
    near = [g if rng.random() < 0.9 else "x" for g in group]
    far = rng.choice(["a", "b", "c"], 500).tolist()
    actual = associations(
        pa.array(group),
        [("far", pa.array(far)), ("near", pa.array(near)), ("same", pa.array(["s"] * 500))],
    )
    assert [each.column for each in actual] == ["near", "far"]  # one value tells nothing
    np.testing.assert_allclose(actual[0].cramers_v, by_hand(group, near), rtol=1e-12)
    np.testing.assert_allclose(actual[1].cramers_v, by_hand(group, far), rtol=1e-12)
    assert actual[0].p_value < 1e-6 < 0.01 < actual[1].p_value


def test_numbers_are_cut_in_ten_parts_and_a_missing_cell_is_a_value():
    rng = np.random.default_rng(2)
    group = rng.choice(["f", "m"], 1_000)
    income = np.where(group == "m", 50.0, 40.0) + rng.normal(0, 5, 1_000)
    edges = np.quantile(income, np.linspace(0, 1, 11)[1:-1])
    parts = np.searchsorted(edges, income, side="right").tolist()
    [actual] = associations(pa.array(group), [("income", pa.array(income))])
    np.testing.assert_allclose(actual.cramers_v, by_hand(group.tolist(), parts), rtol=1e-12)
    # Whether a cell is missing tells the group here, and nothing else does.
    some = pa.array([None if g == "m" else 7.0 for g in group.tolist()], pa.float64())
    [actual] = associations(pa.array(group), [("income", some)])
    np.testing.assert_allclose(actual.cramers_v, 1.0)


def test_rare_categories_count_as_one():
    names = [f"n{i}" for i in range(300)] + ["often"] * 300
    group = ["f", "m"] * 150 + ["m"] * 300
    [actual] = associations(pa.array(group), [("name", pa.array(names))])
    # 49 categories of their own, and one for all the others: a name does not tell its bearer.
    assert 0.5 < actual.cramers_v < 0.75
