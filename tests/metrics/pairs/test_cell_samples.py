"""Samples of IDs by threshold against a sample of all flips of each; bytes of the sums."""

from __future__ import annotations

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.pairs.cell_samples import CellSamples, flips_to_sample
from fairflip.metrics.pairs.id_sample import IdSample
from fairflip.metrics.statistics.pair_statistics import merge, sample_cell
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding
from support.metrics.pair_statistics import flip_sample
from support.metrics.scored_pairs import random_pairs, slices_of

NUM_THRESHOLDS = 60


def flipped_ids(rows, model, threshold, direction):
    p, q = (np.array([r[f"{side}score.{model}"] for r in rows]) for side in ("", "counterfactual."))
    rises = (p <= threshold) & (q > threshold)
    flips = rises if direction == 0 else (p > threshold) & (q <= threshold)
    return [row["example_id"] for row, flip in zip(rows, flips, strict=True) if flip]


@pytest.mark.parametrize("legitimate", [False, True])
@pytest.mark.parametrize("size", [1, 4, 300])
def test_samples_are_those_of_all_flips(size, legitimate):
    spec = StatisticsSpec(
        models=("base", "new"),
        thresholds=tuple(np.linspace(0.01, 0.99, NUM_THRESHOLDS)),
        slices=(("race",),),
        num_example_ids=size,
        seed=5,
    )
    table = random_pairs(600, spec.models, seed=size, grid=None, legitimate=legitimate)
    ids = table["example_id"].to_pylist()
    cut = next(i for i in range(len(ids) // 2, len(ids)) if ids[i] != ids[i - 1])
    parts = [accumulate(part, spec) for part in (table.slice(0, cut), table.slice(cut))]
    rows = table.to_pylist()
    num_full = num_partial = num_marked = 0
    for whole in (accumulate(table, spec), merge(parts)):
        assert len(whole) > 2
        for key, statistics in whole.items():
            members = [r for r in rows if key.name in slices_of(r, spec.slices)]
            remaining = [row for row in members if not row.get("flip_is_legitimate")]
            marked = [row for row in members if row.get("flip_is_legitimate")]
            cases = itertools.product(enumerate(spec.models), spec.thresholds[::7], (0, 1))
            for (m, model), threshold, direction in cases:
                flipped = flipped_ids(remaining, model, threshold, direction)
                expected = IdSample.of(flipped, size, spec.seed).sorted_ids()
                assert flip_sample(statistics, spec, m, threshold, direction) == expected
                num_full += len(set(flipped)) > size
                num_partial += len(set(flipped)) <= size
                if statistics.marked is not None:
                    flipped = flipped_ids(marked, model, threshold, direction)
                    expected = IdSample.of(flipped, size, spec.seed).sorted_ids()
                    cell = np.array([sample_cell(spec, m, threshold, direction)])
                    (actual,) = statistics.marked.samples.alphabetical().of(cell)
                    assert [value.decode() for value in actual] == expected
                    num_marked += len(expected)
    # Samples that leave IDs out, and samples that take all, were both seen.
    assert num_full > 0 or size == 300
    assert num_partial > 0
    assert (num_marked > 0) == legitimate


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(1, 3), num_slices=st.integers(1, 5))
def test_flips_that_are_left_out_are_in_no_sample_of_their_slice(seed, size, num_slices):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, 60, num_slices) * rng.integers(0, 2, num_slices)
    bounds = np.concatenate([[0], np.cumsum(sizes)])
    slices = np.repeat(np.arange(num_slices), sizes)
    hashes = np.concatenate([np.sort(rng.integers(0, 40, n)) for n in sizes]).astype(np.uint64)
    direction, low = rng.integers(0, 2, len(slices)), rng.integers(0, 4, len(slices))
    high = rng.integers(low + 1, 6)
    actual = flips_to_sample(size, bounds, hashes, direction, low, high, 5)
    assert actual.tolist() == sorted(set(actual.tolist()))
    for s, side, threshold in itertools.product(range(num_slices), (0, 1), range(5)):
        holds = (slices == s) & (direction == side) & (low <= threshold) & (threshold < high)
        wanted = np.unique(hashes[holds])[:size]
        first = [int(np.flatnonzero(holds & (hashes == one))[0]) for one in wanted]
        assert set(first) <= set(actual.tolist())


def test_equal_leading_bits_of_hashes_are_told_apart():
    hashes = np.array([7, 5, (1 << 63) + 1, 1 << 63], np.uint64)
    samples = CellSamples(
        2,
        0,
        np.array([1, 1, 1, 1]),
        hashes,
        np.arange(4),
        pa.array([b"a", b"b", b"c", b"d"], pa.large_binary()),
    )
    assert samples.first(2).hashes.tolist() == [5, 7]
    assert samples.first(3).hashes.tolist() == [5, 7, 1 << 63]
    many = CellSamples(2, 0, np.array([1 << 20] * 4), hashes, np.arange(4), samples.texts)
    assert many.first(2).hashes.tolist() == [5, 7]


@pytest.mark.parametrize(
    ("values", "bytes_each"),
    [
        (np.arange(65_536), 2),
        (np.arange(65_537), 4),
        (np.array([1 << 32] * 50), 8),
        (np.array([-1] * 50), 8),
        (np.arange(50) * 1.0, 1),
        (np.arange(256), 1),
        (np.arange(257), 2),
        (np.array([0.5] * 50), 8),
        (np.array([np.nan, np.inf, -np.inf] * 20), 8),
        (np.array([1 << 63] * 50, np.uint64), 8),
        (np.arange(5), 8),
        (np.arange(60, dtype=np.uint8), 1),
    ],
)
def test_small_whole_numbers_take_few_bytes_and_come_back(values, bytes_each):
    data = encoding.pack_arrays([values.reshape(1, -1), values.reshape(-1, 1)[::-1]])
    actual, reversed_ = encoding.unpack_arrays(data)
    for array, expected in ((actual, values), (reversed_, values[::-1])):
        assert array.dtype == values.dtype
        np.testing.assert_array_equal(array.ravel(), expected)
    assert actual.shape == (1, len(values))
    assert reversed_.shape == (len(values), 1)
    assert 0 <= len(data) - 2 * bytes_each * len(values) <= 64
