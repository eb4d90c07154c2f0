"""Rows of a slice, by its name."""

from __future__ import annotations

import pyarrow as pa
import pytest

from fairflip.view.pairs import membership


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("Overall", [True, True, True]),
        ("gender:female", [True, True, False]),
        ("race:a:b", [True, False, False]),
        ("gender_X_race:female_X_a:b", [True, False, False]),
        ("counterfactual_group:g", [True, False, True]),
        ("nothing:x", [False, False, False]),
    ],
)
def test_slices_by_name(name, inside):
    batch = pa.record_batch(
        {
            "gender": [["female", "male"], ["female"], []],
            "race": ["a:b", None, "c"],
            "group": ["g", "h", "g"],
        }
    )
    assert membership.in_slice(batch, name).tolist() == inside
