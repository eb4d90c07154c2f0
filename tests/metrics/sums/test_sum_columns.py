"""Sums in columns: every field of every sum as it was, whichever are chosen or joined."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.sums.sum_columns import SumColumns, of_each


@dataclasses.dataclass(frozen=True)
class Part:
    values: np.ndarray
    number: int


@dataclasses.dataclass(frozen=True)
class Whole:
    """Every kind of field that a sum may have."""

    counts: np.ndarray
    hashes: np.ndarray
    texts: pa.Array
    part: Part
    maybe: Part | None
    weights: np.ndarray | None
    parts: tuple[Part, ...]
    shape: tuple[int, ...]
    is_complete: bool


def a_sum(seed):
    """Sizes, kinds and what is there differ from one to the next."""
    rng = np.random.default_rng(seed)

    def part():
        return Part(rng.integers(0, 9, (seed % 3, 4)), int(rng.integers(-9, 9)))

    counts = rng.integers(0, (200, 70_000, 2**40)[seed % 3], (2, 5))
    return Whole(
        counts=counts.astype(np.float64) - 0.5 if seed % 5 == 4 else counts,
        hashes=rng.integers(0, 2**64, seed, np.uint64),
        texts=pa.array([b"a" * n for n in range(seed % 4)], pa.large_binary()).slice(seed % 2),
        part=part(),
        maybe=part() if seed % 2 else None,
        weights=np.array([-0.0, np.nan, np.inf][: seed % 4]) if seed % 3 else None,
        parts=tuple(part() for _ in range(seed % 3)),
        shape=(seed,) * (seed % 2 + 1),
        is_complete=seed % 2 == 0,
    )


def assert_same(actual, expected):
    assert type(actual) is type(expected)
    if dataclasses.is_dataclass(expected):
        for field in dataclasses.fields(expected):
            assert_same(getattr(actual, field.name), getattr(expected, field.name))
    elif isinstance(expected, np.ndarray):
        assert (actual.dtype, actual.shape) == (expected.dtype, expected.shape)
        # A zero below zero and a number that is none are told from others by their bytes alone.
        assert actual.tobytes() == expected.tobytes()
    elif isinstance(expected, tuple):
        assert len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            assert_same(one, other)
    else:
        assert actual == expected


SUMS = [a_sum(seed) for seed in range(12)]


def test_every_field_of_every_sum_is_as_it_was():
    columns = SumColumns.of(Whole, SUMS)
    assert columns.size == len(SUMS)
    for actual, expected in zip(columns.values(), SUMS, strict=True):
        assert_same(actual, expected)


def test_columns_come_back_from_bytes():
    columns = SumColumns.of(Whole, SUMS)
    came = SumColumns.from_bytes(Whole, columns.to_bytes())
    for actual, expected in zip(came.values(), SUMS, strict=True):
        assert_same(actual, expected)
    assert came.to_bytes() == columns.to_bytes()


def test_every_sum_is_pickled_with_its_own_fields_alone():
    columns = SumColumns.of(Whole, SUMS)
    for number, one in enumerate(SUMS):
        assert_same(pickle.loads(pickle.dumps(columns.value(number))), one)


@pytest.mark.parametrize("positions", [[], [3], [11, 0, 4], list(range(12)), [2, 2]])
def test_some_sums_are_chosen_in_any_order(positions):
    chosen = SumColumns.of(Whole, SUMS).take(np.array(positions, np.int64))
    assert chosen.size == len(positions)
    for actual, position in zip(chosen.values(), positions, strict=True):
        assert_same(actual, SUMS[position])


@pytest.mark.parametrize("places", [[3], [11, 0, 4], [2, 5, 8]])
def test_sums_that_are_read_here_are_taken_field_by_field(places):
    """Whatever is asked of them first; and nothing is taken before."""
    whole = SumColumns.of(Whole, SUMS)
    values = [whole.value(place) for place in places]

    def chosen():
        return SumColumns.of(Whole, values, is_read_here=True)

    taken = SumColumns.of(Whole, values)
    for ask in (
        lambda columns: columns.stacked("part", "number").tolist(),
        lambda columns: [array.tobytes() for array in columns.flat("hashes")],
        lambda columns: columns.is_none("maybe"),
        lambda columns: [len(texts) for texts in columns.of_each("texts")],
        lambda columns: columns.to_bytes(),
        lambda columns: columns.nbytes,
    ):
        assert ask(chosen()) == ask(taken)
    columns = chosen()
    assert columns.size == len(places)
    for number, place in enumerate(places):
        assert_same(columns.value(number), SUMS[place])
        assert_same(columns.field(number, "part"), SUMS[place].part)
    assert_same(chosen().take(np.array([0])).value(0), SUMS[places[0]])
    assert "_record" not in vars(chosen())
    with pytest.raises(AttributeError, match="nothing"):
        _ = chosen().nothing


def test_columns_of_sums_of_any_kinds_are_joined():
    parts = [SumColumns.of(Whole, SUMS[a:b]) for a, b in ((0, 1), (1, 5), (5, 6), (6, 12))]
    joined = SumColumns.join(parts)
    for actual, expected in zip(joined.values(), SUMS, strict=True):
        assert_same(actual, expected)


def test_sums_that_stand_in_columns_are_put_together_without_being_made():
    one, other = SumColumns.of(Whole, SUMS[:5]), SumColumns.of(Whole, SUMS[5:9])
    values = [other.value(3), SUMS[10], one.value(0), one.value(4), other.value(0), SUMS[11]]
    together = SumColumns.of(Whole, values)
    for actual, number in zip(together.values(), (8, 10, 0, 4, 5, 11), strict=True):
        assert_same(actual, SUMS[number])
    assert all(set(vars(value)) == {"_sent_as"} for value in (values[0], values[2]))


def test_a_column_takes_as_few_bytes_as_its_numbers_need():
    many = [Part(np.full(100, 7), 1) for _ in range(50)]
    assert SumColumns.of(Part, many).nbytes < 50 * (100 + 8 * 4)
    assert SumColumns.of(Part, many[:1]).value(0) is not None


def test_a_field_of_another_type_is_refused():
    @dataclasses.dataclass(frozen=True)
    class WithText:
        name: str

    with pytest.raises(TypeError, match="class 'str'"):
        SumColumns.of(WithText, [WithText("a")])


def test_a_field_of_all_sums_is_read_at_once():
    many = [Part(np.full((n, 2), n), n - 3) for n in (2, 0, 5)]
    columns = SumColumns.of(Part, many)
    numbers, sizes = columns.flat("values")
    assert sizes.tolist() == [2, 0, 5]
    np.testing.assert_array_equal(numbers, np.concatenate([one.values for one in many]))
    assert numbers.dtype == np.int64
    assert columns.stacked("number").tolist() == [-1, -3, 2] == columns.of_each("number")
    with pytest.raises(ValueError, match="several shapes"):
        columns.stacked("values")
    alike = SumColumns.of(Part, [many[0]] * 4).stacked("values")
    assert (alike.shape, alike.dtype) == ((4, 2, 2), np.int64)
    whole = SumColumns.of(Whole, SUMS)
    assert whole.of_each("part", "number") == [one.part.number for one in SUMS]
    assert not whole.is_none("maybe")
    assert whole.take(np.array([0, 2])).is_none("maybe")
    with pytest.raises(ValueError, match="several sorts"):
        whole.stacked("counts")
    with pytest.raises(ValueError, match="more than their length"):
        SumColumns.of(Part, [Part(np.zeros((2, n)), 0) for n in (1, 2)]).flat("values")


def test_sums_by_key_are_read_alike_in_columns_and_one_by_one():
    columns = SumColumns.of(Part, [Part(np.arange(n), n) for n in range(4)])
    mixed = {"a": columns.value(2), "b": Part(np.arange(9), 9), "c": columns.value(0)}
    assert of_each(mixed, "number") == [2, 9, 0]
    assert [len(one) for one in of_each(mixed, "values")] == [2, 9, 0]
    assert set(vars(mixed["a"])) == {"_sent_as"}


def test_what_is_left_of_several_shapes_and_has_one_is_stacked():
    wide = [Part(np.full((2, 3), n), n) for n in range(3)]
    narrow = [Part(np.full((1, 3), n), n) for n in range(2)]
    together = SumColumns.of(Part, [narrow[0], *wide, narrow[1]])
    chosen = together.take(np.array([1, 2, 3]))
    expected = np.stack([part.values for part in wide])
    np.testing.assert_array_equal(chosen.stacked("values"), expected)
    again = SumColumns.join([chosen.take(np.array([n])) for n in (0, 1)])
    np.testing.assert_array_equal(again.stacked("values"), expected[:2])
    came = SumColumns.from_bytes(Part, together.take(np.array([0, 4])).to_bytes())
    np.testing.assert_array_equal(came.stacked("values"), [part.values for part in narrow])
    with pytest.raises(ValueError, match="several shapes"):
        together.stacked("values")
