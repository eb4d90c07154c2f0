"""Which rows are in which slices, by a loop over the rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.flips import slicing


def table_of(num_rows: int, longest: int, num_values: int) -> pa.Table:
    """Lists with repeats and gaps in two columns, texts and nulls in a third."""
    rng = np.random.default_rng(longest)

    def lists():
        sizes = rng.integers(0, longest + 1, num_rows)
        return [[f"v{i}" for i in rng.integers(0, num_values, size)] or None for size in sizes]

    one = [None if i % 7 == 0 else f"w{i % num_values}" for i in rng.permutation(num_rows)]
    return pa.table({"a": pa.array(lists(), pa.list_(pa.string())), "b": lists(), "one": one})


def by_rows(table: pa.Table, features: tuple[str, ...]) -> dict[str, list[int]]:
    actual: dict[str, list[int]] = {}
    for row, values in enumerate(table.to_pylist()):
        names = [""]
        for feature in sorted(features):
            value = values[feature]
            some = set(value) if isinstance(value, list) else {value} - {None}
            names = [f"{name}|{feature}={one}" for name in names for one in some]
        for name in names:
            actual.setdefault(name, []).append(row)
    return actual


@pytest.mark.parametrize(
    ("longest", "num_values"), [(1, 3), (3, 3), (3, 50), (slicing._SHORT_LIST + 9, 6)]
)
@pytest.mark.parametrize("few_combinations", [True, False])
def test_members_are_those_of_a_loop(longest, num_values, few_combinations, monkeypatch):
    if not few_combinations:
        monkeypatch.setattr(slicing, "_FEW_COMBINATIONS", 0)
    table = table_of(300, longest, num_values)
    for features in (("a",), ("one",), ("a", "b"), ("a", "b", "one")):
        overall, *members = slicing.memberships(table, [features])
        assert overall.rows.tolist() == list(range(300))
        actual = {
            "".join(f"|{name}={value}" for name, value in member.key.features): member.rows.tolist()
            for member in members
        }
        assert actual == by_rows(table, features)
        assert [member.key for member in members] == sorted(member.key for member in members)
