"""Columns of class scores: which types are one, and which are refused by name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.pairs.class_scores import class_scores, to_column, with_lists
from fairflip.protos.errors import InputError


def scored(classes, counterfactual=None, kind=None) -> pa.Table:
    count = len(classes)
    other = classes if counterfactual is None else counterfactual
    return pa.table(
        {
            "example_id": [str(i) for i in range(count)],
            "classes.m": pa.array(classes, kind),
            "counterfactual.classes.m": pa.array(other, kind),
        }
    )


LISTS = pa.list_(pa.float64())


REFUSED = {
    "rows of several lengths": (scored([[0.5, 0.5], [0.1, 0.2, 0.7]]), "'m'.* 2 .*and 3 in others"),
    "sides of several lengths": (scored([[0.5, 0.5]], [[0.1, 0.2, 0.7]]), "'m' has 2 .* and 3 in"),
    "one number": (scored([[0.5], [0.2]]), "'m'.*1 class scores in each row.*at least 2"),
    "no list": (scored([0.5, 0.2]), "'m'.*type double.*lists of numbers"),
    "lists of text": (scored([["a", "b"]]), "'m'.*lists of numbers"),
    "a missing row": (scored([[0.5, 0.5], None]), "'m'.*missing in 1 of 2 rows"),
    "a missing number": (scored([[0.5, None]]), "'m'.*1 missing numbers"),
    "no column": (scored([[0.5, 0.5]]).drop_columns(["classes.m"]), "'m'.*'classes.m' is not in"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_unusable_class_scores_are_refused_by_name(case):
    table, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        class_scores(with_lists(table, ("m", "other")), "m")


def test_class_columns_of_any_list_type_are_one():
    rows = np.arange(12.0).reshape(4, 3) / 16
    fixed = scored(rows.tolist()).set_column(1, "classes.m", to_column(rows))
    large = scored(rows.tolist(), kind=pa.large_list(pa.float32()))
    for table in (fixed, large, pa.concat_tables([with_lists(t, ["m"]) for t in (fixed, large)])):
        for side in class_scores(table, "m"):
            np.testing.assert_array_equal(side, np.tile(rows, (table.num_rows // 4, 1)))
    np.testing.assert_array_equal(class_scores(fixed.slice(1, 2), "m")[0], rows[1:3])
    assert class_scores(fixed.slice(0, 0), "m")[0].shape == (0, 2)
