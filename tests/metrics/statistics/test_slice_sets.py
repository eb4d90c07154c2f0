"""Sets of rows tell of every slice which rows it has."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.flips import slicing
from fairflip.metrics.statistics import slice_sets

NUM_ROWS = 400
SETTINGS = ["one", "few", "many", "few,one", "many,one"]


def members_and_features():
    rng = np.random.default_rng(2)

    def lists(num_values):
        return [
            [f"v{i}" for i in rng.choice(num_values, rng.integers(0, 4), False)]
            for _ in range(NUM_ROWS)
        ]

    table = pa.table(
        {
            "one": [None if i % 7 == 0 else f"w{i % 5}" for i in range(NUM_ROWS)],
            "every": [f"e{i % 3}" for i in range(NUM_ROWS)],
            "few": lists(5),
            "many": lists(slice_sets._MOST_BITS + 1),
        }
    )
    slices = slicing.parse_slices([*SETTINGS, "every"])
    return slicing.memberships_and_values(table, slices)


@pytest.mark.parametrize(
    ("most_sets", "num_groups", "num_left"), [(1, 1, 6), (6, 2, 4), (40, 2, 3), (10_000, 1, 2)]
)
def test_members_follow_from_sets(most_sets, num_groups, num_left):
    members, features = members_and_features()
    places = list(range(len(members)))
    runs = np.arange(NUM_ROWS)
    groups, left = slice_sets.slice_groups(members, places, features, runs, most_sets)
    told = [place for group in groups for place in group.places]
    assert sorted(told + left) == places
    for group in groups:
        assert group.sets.num <= most_sets
        for place, holds in zip(group.places, group.holds, strict=True):
            rows = np.flatnonzero(holds[group.sets.of_row])
            assert rows.tolist() == members[place].rows.tolist(), members[place].key.name
        every_third = group.sets.of_row[::3]
        positions, bounds = group.split(every_third)
        assert len(bounds) == len(group.places) + 1
        for s, holds in enumerate(group.holds):
            expected = np.flatnonzero(holds[every_third]).tolist()
            assert positions[bounds[s] : bounds[s + 1]].tolist() == expected
    settings = {members[place].key.name.split(":")[0] for place in left}
    # Rows with several of very many values are told apart by none.
    assert {"many", "many_X_one"} <= settings
    assert (len(groups), len(settings)) == (num_groups, num_left)


def test_slices_of_whole_originals_are_apart():
    runs = np.cumsum(np.arange(NUM_ROWS) % 4 == 0) - 1
    table = pa.table(
        {"whole": [f"o{run % 3}" for run in runs], "other": ["a", "b"] * (NUM_ROWS // 2)}
    )
    members, features = slicing.memberships_and_values(
        table, slicing.parse_slices(["whole", "other", "other,whole"])
    )
    groups, left = slice_sets.slice_groups(members, range(len(members)), features, runs, 1_000)
    assert left == []
    names = {
        group.is_whole: {members[place].key.name.split(":")[0] for place in group.places}
        for group in groups
    }
    assert names == {True: {"Overall", "whole"}, False: {"other", "other_X_whole"}}
