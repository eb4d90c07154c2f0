"""Large slices that are counted by sets of rows have the sums that they have one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches import large_slices, pair_counting
from fairflip.metrics.flips.slicing import parse_slices
from fairflip.metrics.statistics import kept_rows
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding
from support.metrics.sliced_pairs import MODELS, sliced_pairs


def batches(num_pairs: int, longest: int) -> list[pa.RecordBatch]:
    """Pairs in three batches: `race` and `topic` are of the original, `word` of each pair."""
    rng = np.random.default_rng(longest)
    which = np.repeat(np.arange(num_pairs), rng.integers(1, longest + 1, num_pairs))[:num_pairs]
    table = sliced_pairs(rng, which, topics=4, words=2)
    return table.to_batches(max_chunksize=num_pairs // 3 + 1)


@pytest.mark.parametrize("thresholds", [(0.5,), (0.7, 0.2, 0.5)])
@pytest.mark.parametrize(("longest", "seed", "most_clusters"), [(3, 0, 10_000), (9, 5, 100)])
def test_sums_are_those_of_one_slice_after_the_other(
    monkeypatch, thresholds, longest, seed, most_clusters
):
    monkeypatch.setattr(kept_rows, "MAX_CLUSTERS", most_clusters)
    monkeypatch.setattr(kept_rows, "SAMPLE_SIZE", 2 * most_clusters)
    spec = StatisticsSpec(
        models=MODELS,
        thresholds=thresholds,
        slices=parse_slices(["race", "topic", "word", "race,topic"]),
        label_column="label",
        num_example_ids=4,
        seed=seed,
    )
    ways = []
    for name in ("_whole", "_in_part"):
        way = getattr(large_slices, name)
        monkeypatch.setattr(
            large_slices,
            name,
            lambda *arguments, name=name, way=way: ways.append(name) or way(*arguments),
        )
    given = batches(30_000, longest)
    together = pair_counting.accumulate(given, spec)
    assert set(ways) == {"_whole", "_in_part"}
    monkeypatch.setattr(pair_counting, "large_slices", lambda *_: {})
    one_by_one = pair_counting.accumulate(given, spec)
    assert list(together) == list(one_by_one)
    assert any(len(value.originals.open_hashes) for value in together.values())
    for key, value in together.items():
        expected = one_by_one[key]
        if value.kept_rows.is_complete:
            assert value.kept_rows.clusters.tolist() == expected.kept_rows.clusters.tolist()
        rows = [one.kept_rows.in_order() for one in (value, expected)]
        sent = [
            encoding.encode(dataclasses.replace(one, kept_rows=of_one))
            for one, of_one in zip((value, expected), rows, strict=True)
        ]
        assert sent[0] == sent[1], key.name


def test_rows_of_too_many_sets_are_counted_slice_by_slice(monkeypatch):
    spec = StatisticsSpec(models=MODELS, slices=parse_slices(["race", "topic"]))
    given = batches(3_000, 3)
    expected = {
        key.name: sums.num_pairs for key, sums in pair_counting.accumulate(given, spec).items()
    }
    monkeypatch.setattr(large_slices, "_MOST_ENTRIES_A_ROW", 0)
    by_sets = []
    counted = large_slices._group
    monkeypatch.setattr(
        large_slices,
        "_group",
        lambda rows, placed, in_order, group, of: (
            by_sets.extend(group.places) or counted(rows, placed, in_order, group, of)
        ),
    )
    sums = pair_counting.accumulate(given, spec)
    assert by_sets == [0]
    assert {key.name: one.num_pairs for key, one in sums.items()} == expected
