"""What was changed in the pairs of each slice, by a recount."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa

from fairflip.metrics.report.edited_categories import add_edited_categories, edited_in, own_slices
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import report_pb2

SLICES = [("religion",), ("religion", "sex")]


def table_of(size: int) -> pa.Table:
    chance = np.random.default_rng(5)
    religions, sexes, categories = (
        [chance.choice(names, chance.integers(0, 3), replace=False).tolist() for _ in range(size)]
        for names in (["muslim", "jewish"], ["f", "m"], ["gender", "religion", "age"])
    )
    is_right = chance.choice([True, False, None], size, p=(0.2, 0.6, 0.2)).tolist()
    edits = chance.choice(["identity", "control"], size).tolist()
    lists = pa.list_(pa.string())
    return pa.table(
        {
            "religion": pa.array(religions, lists),
            "sex": pa.array(sexes, lists),
            "category": pa.array(categories, lists),
            "edit": edits,
            "flip_is_legitimate": pa.array(is_right, pa.bool_()),
        }
    )


def test_pairs_of_each_slice_and_category_are_counted_once_and_controls_and_right_flips_not():
    table = table_of(300)
    expected: Counter = Counter()
    for row in table.to_pylist():
        is_counted = row["edit"] == "identity" and not row["flip_is_legitimate"]
        for category in row["category"] if is_counted else ():
            for religion in row["religion"]:
                expected[f"religion:{religion}", category] += 1
                for sex in row["sex"]:
                    expected[f"religion_X_sex:{religion}_X_{sex}", category] += 1
    for size in (300, 7):
        counted: Counter = Counter()
        for batch in table.to_batches(size):
            for key, number in edited_in(batch, SLICES):
                counted[key] += number
        assert counted == expected


def test_pairs_that_do_not_say_what_was_changed_are_not_counted():
    batch = table_of(20).drop_columns(["category"]).to_batches()[0]
    assert list(edited_in(batch, SLICES)) == []


def test_slices_by_what_was_changed_are_no_slices_of_the_datas_own():
    spec = StatisticsSpec(
        ("m",), slices=(("counterfactual_group",), ("sex",), ("counterfactual_term", "sex"))
    )
    assert own_slices(spec) == [("sex",)]


def test_the_most_frequent_category_stands_first():
    model = report_pb2.ModelReport(slices=[{"slice": "Overall"}, {"slice": "sex:f"}])
    counts = {("sex:f", "age"): 2, ("sex:f", "gender"): 9, ("sex:m", "gender"): 4}
    add_edited_categories([model], counts)
    assert not model.slices[0].edited_categories
    assert [(e.category, e.num_pairs) for e in model.slices[1].edited_categories] == [
        ("gender", 9),
        ("age", 2),
    ]
