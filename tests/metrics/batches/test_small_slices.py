"""Small slices that are counted together have the sums that they have one by one, to the bit."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches import pair_counting
from fairflip.metrics.flips.slicing import parse_slices
from fairflip.metrics.statistics import example_statistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding
from support.metrics.sliced_pairs import MODELS, sliced_pairs


def batches(num_pairs: int, size: int) -> list[pa.RecordBatch]:
    """Pairs of some 2 an original, in two batches of which an original goes on in the other.

    `topic` is of the original and in lists, `word` of each pair, so that an original is in
    several slices with some of its pairs.
    """
    rng = np.random.default_rng(3)
    which = np.repeat(np.arange(num_pairs), rng.integers(1, 4, num_pairs))[:num_pairs]
    table = sliced_pairs(rng, which, topics=9, words=12)
    return table.to_batches(max_chunksize=size)


@pytest.mark.parametrize("thresholds", [(0.5,), (0.7, 0.2, 0.5)])
@pytest.mark.parametrize("num_ids", [0, 2])
def test_sums_are_those_of_one_slice_after_the_other(monkeypatch, thresholds, num_ids):
    spec = StatisticsSpec(
        models=MODELS,
        thresholds=thresholds,
        slices=parse_slices(["topic", "word", "topic,word"]),
        label_column="label",
        num_example_ids=num_ids,
        seed=5,
    )
    given = batches(900, 450)
    sums, counted = {}, []
    together = pair_counting.small_slices
    monkeypatch.setattr(
        pair_counting,
        "small_slices",
        lambda rows, placed, members, of: (
            counted.append(len(members)) or together(rows, placed, members, of)
        ),
    )
    for many in (8, 10**9):
        monkeypatch.setattr(pair_counting, "MANY", many)
        monkeypatch.setattr(example_statistics, "MANY", many)
        sums[many] = (
            pair_counting.accumulate(given, spec),
            example_statistics.accumulate_examples(given, spec),
        )
    assert sum(counted) > 100
    for small, one_by_one in zip(*sums.values(), strict=True):
        assert list(small) == list(one_by_one)
        for key, value in small.items():
            assert encoding.encode(value) == encoding.encode(one_by_one[key]), key


def test_few_small_slices_among_many_rows_have_their_own_samples(monkeypatch):
    """Flips are numbered among all of the batch, of which these slices have a twentieth."""
    (given,) = batches(4_000, 4_000)
    is_rare = np.arange(given.num_rows) % 20 == 7
    words = pa.array(given.column("word").to_pylist(), mask=~is_rare)
    given = given.set_column(given.schema.get_field_index("word"), "word", words)
    spec = StatisticsSpec(models=MODELS, slices=parse_slices(["word"]), num_example_ids=3)
    together = pair_counting.accumulate(given, spec)
    monkeypatch.setattr(pair_counting, "MANY", 10**9)
    one_by_one = pair_counting.accumulate(given, spec)
    assert len(together) == 13
    for key, value in together.items():
        assert encoding.encode(value) == encoding.encode(one_by_one[key]), key


def test_a_large_slice_is_counted_by_itself():
    spec = StatisticsSpec(models=MODELS, thresholds=(0.5,), slices=parse_slices(["word"]))
    sums = pair_counting.accumulate(batches(20_000, 20_000), spec)
    sizes = [one.num_pairs for key, one in sums.items() if key.features]
    assert min(sizes) > example_statistics.MOST_ROWS
    assert sum(sizes) == 20_000
