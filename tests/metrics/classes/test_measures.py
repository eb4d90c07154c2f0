"""Measures of changes of class: what they are of single pairs, by hand."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.classes.measures import (
    CHANGE,
    CORRECT,
    DISTANCE,
    TOP_K,
    stand_in,
    with_correct,
    with_measures,
)
from fairflip.protos.errors import InputError

BEFORE = [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.4, 0.4, 0.2]]
AFTER = [[0.3, 0.5, 0.2], [0.2, 0.1, 0.7], [0.4, 0.2, 0.4]]
PAIRS = pa.RecordBatch.from_pydict(
    {
        "classes.m": pa.array(BEFORE),
        "counterfactual.classes.m": pa.array(AFTER),
        "classes.m.repeat2": pa.array([BEFORE[0], BEFORE[0], BEFORE[0]]),
        "label": pa.array(["a", None, "z"]),
    }
)


def scores(batch: pa.RecordBatch, measure: str, side: str = "counterfactual.") -> list:
    return batch.column(f"{side}score.{stand_in('m', measure)}").to_pylist()


def test_a_pair_changes_class_moves_and_is_right_or_not():
    batch = with_measures(PAIRS, ["m"], 2, "label", ["a", "b", "c"], ["m"])
    assert scores(batch, CHANGE) == [1.0, 0.0, 0.0], "of equal scores the first class counts"
    assert scores(batch, CHANGE, "") == [0.0, 0.0, 0.0]
    assert scores(batch, DISTANCE) == pytest.approx([0.2, 0.1, 0.2])
    assert scores(batch, TOP_K) == [0.0, 1.0, 1.0]
    assert scores(batch, CORRECT, "") == [1.0, None, 0.0], "a label that is no class is not met"
    again = batch.column(f"score.{stand_in('m', CHANGE)}.repeat2").to_pylist()
    assert again == [0.0, 1.0, 0.0]


def test_originals_without_a_label_are_in_no_accuracy():
    batch = with_correct(PAIRS, ["m"], "label", ["a", "b", "c"])
    assert scores(batch, CORRECT, "") == [1.0, 0.0]
    assert with_correct(PAIRS, ["m"], "none", ["a"]).num_rows == 0


def test_a_distance_of_distributions_is_at_most_one():
    rows = np.random.default_rng(1).dirichlet(np.full(4, 0.01), 200)
    pairs = pa.RecordBatch.from_pydict(
        {
            "classes.m": pa.array(rows.tolist()),
            "counterfactual.classes.m": pa.array(rows[::-1].tolist()),
        }
    )
    actual = np.array(scores(with_measures(pairs, ["m"], 2), DISTANCE))
    assert actual.max() <= 1.0
    np.testing.assert_allclose(actual, 0.5 * np.abs(rows - rows[::-1]).sum(1), atol=1e-12)


def test_sides_of_several_numbers_of_classes_are_refused_with_both():
    uneven = PAIRS.set_column(1, "counterfactual.classes.m", pa.array([r[:2] for r in AFTER]))
    with pytest.raises(InputError, match=r"3 class scores in 'classes\.m' and 2 in"):
        with_measures(uneven, ["m"], 2)
