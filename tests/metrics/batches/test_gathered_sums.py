"""Sums of many slices as one element: the same sums, by group and shard, and as bytes."""

from __future__ import annotations

import dataclasses
import functools
import operator
import pickle

import apache_beam as beam
import numpy as np
import pytest

from fairflip.metrics.batches import gathered_sums
from fairflip.metrics.batches.bundle_sums import register_sums
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.sums.sum_columns import SumColumns
from support.metrics.pair_statistics import run_transform


@dataclasses.dataclass(frozen=True)
class Numbers:
    values: np.ndarray

    def __add__(self, other):
        return Numbers(self.values + other.values)


class SlicesOfNumbers(gathered_sums.SumsOfSlices):
    kind = Numbers


register_sums(Numbers)
gathered_sums.register_sums_of_slices(SlicesOfNumbers)


def key(number):
    return SliceKey((("author", f"a{number}"),))


def as_numbers(slices):
    return {key: one.values.tolist() for key, one in slices.items()}


def test_sums_add_slice_by_slice():
    one = SlicesOfNumbers({key(0): Numbers(np.array([1])), key(1): Numbers(np.array([2]))})
    other = SlicesOfNumbers({key(1): Numbers(np.array([30])), key(2): Numbers(np.array([4]))})
    total = one + other
    assert type(total) is SlicesOfNumbers
    assert as_numbers(total) == {key(0): [1], key(1): [32], key(2): [4]}
    assert as_numbers(one) == {key(0): [1], key(1): [2]}


def test_a_mapping_keeps_its_slices_as_bytes_and_hands_them_on_unread():
    coder = beam.coders.registry.get_coder(SlicesOfNumbers)
    assert coder.to_type_hint() is SlicesOfNumbers
    slices = SlicesOfNumbers({OVERALL: Numbers(np.arange(50)), key(7): Numbers(np.zeros(0, int))})
    sent = coder.encode(slices)
    came = coder.decode(sent)
    assert "values" not in vars(came[OVERALL])
    assert coder.encode(came) == sent
    assert coder.estimate_size(came) < len(sent)
    assert as_numbers(came) == as_numbers(slices)
    assert coder.encode(came) == sent
    assert coder.decode(coder.encode(SlicesOfNumbers())) == {}


def test_a_mapping_is_pickled_as_its_coder_writes_it():
    slices = SlicesOfNumbers({key(n): Numbers(np.arange(n)) for n in range(300)})
    sent = pickle.dumps(slices)
    came = pickle.loads(sent)
    assert type(came) is SlicesOfNumbers
    assert as_numbers(came) == as_numbers(slices)
    written = len(beam.coders.registry.get_coder(SlicesOfNumbers).encode(slices))
    assert written <= len(sent) < written + 500
    # One sum does not take the columns of all others with it.
    one = pickle.dumps(came[key(9)])
    assert len(one) < 500
    assert pickle.loads(one).values.tolist() == list(range(9))


def test_slice_keys_survive_hostile_values():
    coder = gathered_sums.SliceKeyCoder()
    hostile = SliceKey((("gender", '"],["\n'), ("race", "é:_X_")))
    assert coder.decode(coder.encode(hostile)) == hostile
    assert coder.is_deterministic()


@pytest.mark.parametrize(("number", "most_groups", "most_shards"), [(20, 1, 64), (200, 8, 8)])
def test_few_sums_of_a_bundle_are_of_one_shard_and_many_of_none(number, most_groups, most_shards):
    few = {("part", key(n)): Numbers(np.array([n])) for n in range(number)}
    many = {("part", key(n)): Numbers(np.array([n])) for n in range(600)}
    shards = set()
    for _ in range(40):
        groups = dict(gathered_sums.in_groups(SlicesOfNumbers, few))
        (shard,) = {shard for _, _, shard in groups}
        shards.add(shard)
        # What a group costs by itself must not be paid for each slice.
        assert len(groups) <= most_groups
        assert sum(map(len, groups.values())) == number
    assert 1 < len(shards) <= most_shards
    groups = dict(gathered_sums.in_groups(SlicesOfNumbers, many))
    assert {shard for _, _, shard in groups} == {0}
    assert len(groups) == 64
    assert sum(map(len, groups.values())) == 600


def test_a_slice_is_always_in_the_same_group():
    sums = {(name, key(n)): Numbers(np.array([n])) for name in "ab" for n in range(600)}
    groups = dict(gathered_sums.in_groups(SlicesOfNumbers, sums))
    for (name, number, shard), slices in groups.items():
        assert slices.keys() == groups["ab".replace(name, ""), number, shard].keys()


def test_all_slices_of_a_part_are_one_element_whatever_shards_they_came_in():
    parts = [
        (("one", n % 5, n % 3), SlicesOfNumbers({key(n % 5): Numbers(np.array([n]))}))
        for n in reversed(range(30))
    ]
    parts.append((("two", 0, 0), SlicesOfNumbers({OVERALL: Numbers(np.array([1]))})))
    gather = beam.Map(lambda one: one).with_output_types(
        tuple[gathered_sums.GroupKey, SlicesOfNumbers]
    )
    whole = gather | beam.ptransform.ptransform_fn(_gathered)()
    actual = run_transform(parts, whole)
    assert set(actual) == {"one", "two"}
    expected = {key(r): [sum(n for n in range(30) if n % 5 == r)] for r in range(5)}
    assert as_numbers(actual["one"]) == expected
    assert list(actual["one"]) == sorted(expected)
    assert as_numbers(actual["two"]) == {OVERALL: [1]}


def _gathered(sums):
    return (sums,) | gathered_sums.GatherSums(SlicesOfNumbers)


def test_sums_of_many_workers_are_added_as_they_come():
    """What waits is bounded by the slices, not by the workers."""
    total, most = SlicesOfNumbers(), 0
    for _ in range(50):
        total = total + SlicesOfNumbers({key(n): Numbers(np.array([n])) for n in range(600)})
        most = max(most, sum(len(block.keys) for block in total._blocks))
    assert most <= 2 * 600 + 512
    assert as_numbers(total) == {key(n): [50 * n] for n in range(600)}
    assert list(total) == sorted(total)


def test_some_sums_are_replaced():
    slices = SlicesOfNumbers({key(n): Numbers(np.array([n])) for n in range(5)})
    other = slices.replaced({key(3): Numbers(np.array([30, 31]))})
    assert as_numbers(other) == {key(n): [30, 31] if n == 3 else [n] for n in range(5)}
    assert slices.replaced({}) is slices


def test_large_slices_do_not_widen_the_numbers_of_small_ones():
    columns = SumColumns.of(Numbers, [Numbers(np.full(100, n)) for n in range(40)])
    sums = {("part", key(n)): columns.value(n) for n in range(40)}
    sums["part", OVERALL] = Numbers(np.full(100, 2**50))
    groups = [group for _, group in gathered_sums.in_groups(SlicesOfNumbers, sums)]
    whole = functools.reduce(operator.add, groups)
    assert as_numbers(whole) == {of: one.values.tolist() for (_, of), one in sums.items()}
    assert sum(block.nbytes for block in whole.blocks) < 40 * 160 + 800 + 200
