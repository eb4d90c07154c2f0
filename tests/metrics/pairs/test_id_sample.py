"""Samples of example IDs: uniform, seeded, mergeable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.metrics.pairs.examples import ExampleIds, FlipExamples, flat_id_array, id_array
from fairflip.metrics.pairs.id_sample import IdSample
from fairflip.protos import errors

id_lists = st.lists(st.text(max_size=8), max_size=60)


@given(id_lists, st.integers(0, 12), st.integers(1, 5), st.randoms(use_true_random=False))
def test_split_order_and_repetition_never_matter(ids, size, num_parts, random):
    whole = IdSample.of(ids, size, seed=3)
    parts = [ids[start::num_parts] + ids[:2] for start in range(num_parts)]
    random.shuffle(parts)
    merged = IdSample.sum((IdSample.of(part, size, seed=3) for part in parts), size, seed=3)
    assert merged == whole
    assert len(whole.ids) == min(size, len(set(ids)))
    assert whole + IdSample.zero(size, 3) == whole == IdSample.zero(size, 3) + whole


def test_every_id_is_equally_likely():
    ids = [f"id_{i}" for i in range(40)]
    # Frequent IDs and early ones must not be favoured.
    seen = ids[:5] * 20 + ids
    counts = dict.fromkeys(ids, 0)
    for seed in range(2000):
        for example_id in IdSample.of(seen, 10, seed).ids:
            counts[example_id] += 1
    # 2,000 draws at 1/4: standard deviation 19.4; 40 IDs stay within 4.5 of it.
    assert all(abs(count - 500) < 88 for count in counts.values()), counts


def test_bytes_and_text_are_one_id():
    assert IdSample.of([b"\xc3\xa9", "é"], 5).sorted_ids() == ["é"]


def test_samples_of_other_seeds_or_sizes_do_not_add():
    with pytest.raises(ValueError, match="seeds 0 and 1"):
        IdSample.zero(3, 0) + IdSample.zero(3, 1)
    with pytest.raises(errors.ConfigurationError, match="-1"):
        IdSample.zero(-1)


def flips(original, counterfactual, ids, thresholds, legitimate):
    """Distinct IDs per threshold and direction, by brute force."""
    rises = [set() for _ in thresholds]
    falls = [set() for _ in thresholds]
    for a, b, example_id, mark in zip(original, counterfactual, ids, legitimate, strict=True):
        for i, t in enumerate(thresholds):
            if mark or example_id is None:
                continue
            if a <= t < b:
                rises[i].add(example_id)
            if b <= t < a:
                falls[i].add(example_id)
    return rises, falls


def test_flip_examples_hold_exactly_the_flipped_originals():
    random = np.random.default_rng(5)
    original, counterfactual = random.integers(0, 11, (2, 600)) / 10
    ids = [None if i % 50 == 0 else f"id_{i // 7}" for i in range(600)]
    legitimate = random.random(600) < 0.2
    thresholds = (0.5, 0.1, 0.9, 2.0, -1.0)
    halves = [
        FlipExamples.sample(
            original[rows],
            counterfactual[rows],
            np.array(ids, object)[rows],
            thresholds,
            1000,
            legitimate=legitimate[rows],
        )
        for rows in (slice(0, 250), slice(250, 600))
    ]
    sampled = FlipExamples.zero(thresholds, 1000) + halves[1] + halves[0]
    rises, falls = flips(original, counterfactual, ids, thresholds, legitimate)
    assert [set(sample.ids) for sample in sampled.negative_to_positive] == rises
    assert [set(sample.ids) for sample in sampled.positive_to_negative] == falls
    assert [set(s.ids) for s in sampled.any_direction] == [
        up | down for up, down in zip(rises, falls, strict=True)
    ]


def test_id_arrays_are_sorted_text_and_their_difference_is_empty():
    sample = IdSample.of(["b", "a"], 5)
    assert id_array(sample).tolist() == [["a"], ["b"]]
    assert flat_id_array(sample).tolist() == ["a", "b"]
    empty = id_array(IdSample.zero(5))
    assert empty.shape == (0, 1)
    assert empty.dtype.kind == "U"  # Numbers would be taken for a value by TFMA's intervals.
    difference = id_array(sample) - id_array(IdSample.of(["c"], 5))
    assert isinstance(difference, ExampleIds)
    assert difference.size == 0
