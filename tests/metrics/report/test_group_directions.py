"""Flips and score changes from group to group, against a direct count."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches.group_directions import direction_spec, with_direction
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.report.group_directions import add_group_directions
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos.report_pb2 import ModelReport
from support.metrics.scored_pairs import random_pairs

SPEC = StatisticsSpec(models=("base", "new"), thresholds=(0.4, 0.1), weight_column="weight")


@pytest.fixture(scope="module")
def batch() -> pa.RecordBatch:
    table = random_pairs(300, SPEC.models, 4, weighted=True, legitimate=True)
    rng = np.random.default_rng(0)
    groups = [["female"], ["male"], ["male", "female"], [], None]
    lists = pa.list_(pa.string())
    for place, name in ((table.schema.get_field_index("group"), "group"), (None, "to")):
        drawn = pa.array([groups[i] for i in rng.integers(0, 5, table.num_rows)], lists)
        if place is None:
            table = table.append_column("replacement_group", drawn)
        else:
            table = table.set_column(place, name, drawn)
    edits = pa.array(rng.choice(["identity", "control"], table.num_rows, p=[0.8, 0.2]))
    return table.append_column("edit", edits).combine_chunks().to_batches()[0]


def reports(batch: pa.RecordBatch) -> list[ModelReport]:
    models = [ModelReport(name=name) for name in SPEC.models]
    actual = accumulate(with_direction(batch), direction_spec(SPEC))
    add_group_directions(models, actual, SPEC)
    return models


def test_directions_equal_a_direct_count(batch):
    rows = batch.to_pandas()
    rows = rows[(rows["edit"] == "identity") & ~rows["flip_is_legitimate"]]
    for report in reports(batch):
        ways = {(getattr(one, "from"), one.to): one for one in report.group_directions}
        assert set(ways) == {("female", "male"), ("male", "female")}
        for (source, target), actual in ways.items():
            chosen = [
                a is not None and b is not None and list(a) == [source] and list(b) == [target]
                for a, b in zip(rows["group"], rows["replacement_group"], strict=True)
            ]
            own = rows[chosen]
            before = own[f"score.{report.name}"]
            after = own[f"counterfactual.score.{report.name}"]
            up, down = (before <= 0.4) & (after > 0.4), (before > 0.4) & (after <= 0.4)
            assert actual.num_pairs == len(own)
            assert actual.negative_to_positive_count == up.sum()
            assert actual.positive_to_negative_count == down.sum()
            weights = own["weight"]
            net = (weights[up].sum() - weights[down].sum()) / weights.sum()
            assert actual.net_flip_rate.value == pytest.approx(net)
            change = np.average(after - before, weights=weights)
            assert actual.mean_score_change.value == pytest.approx(change, abs=1e-9)
            for estimate in (actual.net_flip_rate, actual.mean_score_change):
                assert estimate.lower < estimate.value < estimate.upper
        sizes = [one.num_pairs for one in report.group_directions]
        assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("dropped", ["group", "replacement_group"])
def test_pairs_that_do_not_say_where_they_lead_have_no_direction(batch, dropped):
    for report in reports(batch.drop_columns([dropped])):
        assert not report.group_directions


def test_columns_of_single_texts_lead_too():
    batch = pa.RecordBatch.from_pydict(
        {"group": ["female", "male", None], "replacement_group": ["male", "male", "male"]}
    )
    assert with_direction(batch).num_rows == 1
