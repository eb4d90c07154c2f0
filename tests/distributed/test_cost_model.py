"""The arithmetic of benchmarks/dataflow/cost.py, with costs that can be added up by hand."""

from __future__ import annotations

import dataclasses

import pytest

from benchmarks.dataflow import cost as dataflow_cost
from support import ROOT

FOUND = dataflow_cost.Measured(
    read=2.0,
    shard=1.0,
    join=5.0,
    count=3.0,
    write=4.0,
    second_pass=1.0,
    input_bytes=100.0,
    shuffled_bytes=120.0,
    written_bytes=200.0,
    sum_bytes=1e6,
    merge_microseconds=1000.0,
    num_slices=4,
    reject_bytes=300.0,
    shard_memory=5.0,
)
GIVEN = dataflow_cost.Assumptions(model_microseconds=10.0, start_minutes=5.0)


def test_cpu_hours_are_the_sum_of_the_stages():
    one = dataflow_cost.cost(10**8, 100, FOUND, GIVEN)
    # 16 µs of ours, and two models on two texts at 10 µs each.
    assert one.cpu_hours == pytest.approx(10**8 * (16 + 40) / 3.6e9)
    shards = dataflow_cost.num_shards(10**10)
    assert one.shuffle_bytes == pytest.approx(10**8 * 120 + shards * 4 * 1e6)
    assert one.hot_key_seconds == pytest.approx((shards / 8 + 8) * 0.001)


def test_workers_beyond_the_shards_idle():
    few, many = (dataflow_cost.cost(10**8, n, FOUND, GIVEN) for n in (1, 1000))
    assert few.cpu_hours == many.cpu_hours
    assert few.busy == 1.0
    assert many.busy == pytest.approx(dataflow_cost.num_shards(10**10) / 4000)
    assert many.wall_hours < few.wall_hours
    assert many.wall_hours > GIVEN.start_minutes / 60


@pytest.mark.parametrize(
    ("changes", "limit"),
    [
        ({"shard_memory": 500.0}, "shards of the join"),
        ({"reject_bytes": 1e7}, "file of rejects"),
        ({"num_slices": 100_000}, "slices' sums"),
        ({"merge_microseconds": 1e9}, "adding up Overall"),
    ],
)
def test_what_breaks_first_is_named(changes, limit):
    actual = dataclasses.replace(FOUND, **changes)
    name, share = dataflow_cost.first_limit(10**8, actual, GIVEN).rsplit(": ", 1)
    assert limit in name
    assert float(share.rstrip("%")) > 100


def test_the_page_has_the_tables_as_they_are_printed():
    """Figures are the machine's; rows and columns are the program's."""
    page = (ROOT / "docs" / "dataflow.md").read_text().splitlines()
    for line in dataflow_cost.tables(FOUND, GIVEN).splitlines():
        if not line.startswith("| 10^"):
            continue
        start = " | ".join(line.split(" | ")[:2])
        [row] = [row for row in page if row.startswith(f"{start} | ")]
        assert row.count(" | ") == line.count(" | ")


def test_the_launcher_reads_a_line_for_each_file_and_no_result():
    large = dataclasses.replace(FOUND, written_bytes=1e9)
    one, other = (dataflow_cost.launcher_seconds(10**10, m, GIVEN) for m in (FOUND, large))
    shards = dataflow_cost.num_shards(10**12)
    assert one == other == pytest.approx(2 * shards * 1e-4 / GIVEN.reads_megabytes)
