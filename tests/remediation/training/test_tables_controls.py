"""Controls of training pairs stand beside the rows of their originals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from fairflip.protos.errors import InputError
from fairflip.remediation.training.tables import training_data_from_tables

TRAIN = pa.table(
    {
        "example_id": ["a", "b", "c", "d"],
        "comment_text": ["ta", "tb", "tc", "td"],
        "toxicity": [0.0, None, 1.0, 1.0],
    }
)
CONTROLS = pa.table(
    {
        "example_id": ["d", "a", "b", "elsewhere", "d"],
        "comment_text": ["td", "ta", "tb", "te", "td"],
        "counterfactual.comment_text": ["d1", "a1", "b1", "e1", "d2"],
    }
)


@pytest.fixture
def data():
    return training_data_from_tables(TRAIN, controls=CONTROLS)


def test_controls_are_found_by_the_id_of_labelled_originals(data):
    assert data.num_controls == 3
    originals = np.asarray(data.inputs)[data.control_rows].tolist()
    assert list(zip(originals, data.control_inputs, strict=True)) == [
        ("td", "d1"),
        ("ta", "a1"),
        ("td", "d2"),
    ]
    assert data.num_pairs == 0
    assert training_data_from_tables(TRAIN).num_controls == 0


def test_one_of_its_controls_is_drawn_for_each_row(data):
    drawn = [data.draw_controls(np.random.default_rng(seed)) for seed in range(20)]
    assert {int(rows[0]) for rows in drawn} == {1}
    assert {int(rows[1]) for rows in drawn} == {-1}
    assert {int(rows[2]) for rows in drawn} == {0, 2}  # d stands in the third labelled row
    assert (data.draw_counterfactuals(np.random.default_rng(0)) == -1).all()


def test_counterfactuals_as_examples_leave_controls_behind(data):
    pairs = CONTROLS.slice(0, 2)
    both = training_data_from_tables(TRAIN, pairs, controls=CONTROLS)
    assert both.num_pairs == 2
    assert both.augmented().num_controls == 0
    assert both.with_negative_originals_only().num_controls == 3
    with pytest.raises(InputError, match="3 controls with 1 row numbers"):
        dataclasses.replace(data, control_rows=data.control_rows[:1])
