"""What MinDiff compares where labels are of several outputs, or classes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.remediation.training.data import (
    TrainedOutputs,
    TrainingData,
    check_data,
    compared_rows,
)

GROUPS = {"gender": pa.array(["f", "f", "f", "m", "m", "m", "m", None])}
X = np.zeros((8, 1))


def test_each_output_compares_those_negative_for_it():
    nan = np.nan
    labels = np.array([[0, 1], [nan, 0], [1, 1], [0, nan], [0, 0], [1, 0], [1, 1], [0, 0]])
    data = TrainingData(X, labels, groups=GROUPS, outputs=TrainedOutputs(("a", "b")))
    assert compared_rows(data, "gender:f").tolist() == (labels == 0).tolist()
    check_data("mindiff", data, "gender:f")
    labels[[0, 1], [0, 1]] = 1
    data = dataclasses.replace(data, labels=labels)
    with pytest.raises(InputError, match=r"negative for 'a', and gender:f .*--output_weight a=0"):
        check_data("mindiff", data, "gender:f")
    with pytest.raises(InputError, match="negative for 'b'"):
        check_data("mindiff", dataclasses.replace(data, outputs=TrainedOutputs(("a", "b"), weights=(0, 1))), "gender:f")  # fmt: skip


def test_classes_have_the_shares_in_the_others_that_they_have_in_the_group():
    labels = np.array([0, 0, 1, 0, 1, 1, 1, 2])
    outputs = TrainedOutputs((":0", ":1", ":2"), are_classes=True)
    data = TrainingData(X, labels, groups=GROUPS, outputs=outputs)
    weights = compared_rows(data, "gender:f")
    member = np.array([True] * 3 + [False] * 5)
    inside = np.bincount(labels[member], weights[member], 3)
    outside = np.bincount(labels[~member], weights[~member], 3)
    np.testing.assert_allclose(outside, inside)
    assert inside.tolist() == [2, 1, 0], "class 2 has no member"
    check_data("mindiff", data, "gender:f")
    with pytest.raises(ConfigurationError, match="of classes none is negative"):
        data.with_negative_originals_only()


def test_an_original_positive_for_any_output_is_not_negative():
    labels = np.array([[0, np.nan], [0, 1], [np.nan, np.nan]])
    data = TrainingData(
        X[:3],
        labels,
        counterfactual_inputs=X[:4],
        counterfactual_rows=np.array([0, 1, 2, 0]),
        outputs=TrainedOutputs(("a", "b")),
    )
    assert data.with_negative_originals_only().counterfactual_rows.tolist() == [0, 2, 0]
