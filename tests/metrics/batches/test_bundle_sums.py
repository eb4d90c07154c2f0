"""Sums of a bundle: one for each key, however the rows come, and their bytes."""

from __future__ import annotations

import collections
import copy
import dataclasses

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.batches import bundle_sums
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums import encoding

SPEC = StatisticsSpec(models=("m",), id_column="word")


def count_words(batches, factor=1):
    """{word: how often}, as a count in Beam gives sums by key."""
    words = [word for batch in batches for word in batch["word"].to_pylist()]
    return {word: factor * number for word, number in collections.Counter(words).items()}


def batches_of(words, size):
    table = pa.table({"word": words, "text": ["not needed"] * len(words)})
    return table.to_batches(max_chunksize=size)


def outputs(function, batches, *side_inputs):
    """What a bundle emits: while it lasts, and at its end."""
    function.start_bundle()
    during = [one for batch in batches for one in function.process(batch, *side_inputs)]
    return during, [windowed.value for windowed in function.finish_bundle()]


@pytest.fixture
def words():
    return np.random.default_rng(0).choice(["a", "b", "c", "d"], 500).tolist()


@pytest.mark.parametrize("rows_at_once", [1, 64, 1 << 16])
def test_a_bundle_emits_one_sum_for_each_key_in_order(words, rows_at_once, monkeypatch):
    monkeypatch.setattr(bundle_sums, "ROWS_PER_CHUNK", rows_at_once)
    function = bundle_sums.SumBatches(SPEC, count_words)
    for _ in range(2):  # A function serves several bundles.
        during, last = outputs(function, batches_of(words, 7))
        assert not during
        assert last == sorted(collections.Counter(words).items())


def test_only_the_columns_that_are_counted_wait():
    function = bundle_sums.SumBatches(SPEC, count_words)
    (batch,) = batches_of(["a"], 1)
    assert function.to_keep(batch).schema.names == ["word"]


def test_a_side_input_reaches_the_count(words):
    _, last = outputs(bundle_sums.SumBatches(SPEC, count_words), batches_of(words, 100), 3)
    assert dict(last) == {word: 3 * n for word, n in collections.Counter(words).items()}


def test_sums_are_emitted_as_they_are_put_together(words):
    function = bundle_sums.SumBatches(SPEC, count_words, grouped=lambda sums: [("all", sums)])
    _, last = outputs(function, batches_of(words, 100))
    assert last == [("all", dict(collections.Counter(words)))]


def test_sums_are_handed_on_when_there_are_too_many_to_hold(words, monkeypatch):
    monkeypatch.setattr(bundle_sums, "ROWS_PER_CHUNK", 50)
    monkeypatch.setattr(bundle_sums, "_MAX_HELD", 3)
    during, last = outputs(bundle_sums.SumBatches(SPEC, count_words), batches_of(words, 50))
    assert len(during) > 4
    total = collections.Counter()
    for word, number in during + last:
        total[word] += number
    assert total == collections.Counter(words)


@dataclasses.dataclass(frozen=True)
class Inner:
    values: np.ndarray
    texts: pa.Array
    shape: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Outer:
    number: int
    one: Inner
    missing: Inner | None
    there: np.ndarray | None
    several: tuple[Inner, ...]


def an_outer():
    rng = np.random.default_rng(1)

    def inner(dtype):
        values = (rng.random((3, 20)) * 2**40).astype(dtype)
        texts = pa.array([b"", "ü".encode(), b"long " * 9], pa.large_binary())
        return Inner(values, texts.slice(1), (3, 20, 0))

    return Outer(
        -(2**40), inner(np.uint64), None, np.arange(64.0), (inner(np.int64), inner(np.float64))
    )


def assert_equal(actual, expected):
    assert type(actual) is type(expected)
    if dataclasses.is_dataclass(expected):
        for field in dataclasses.fields(expected):
            assert_equal(getattr(actual, field.name), getattr(expected, field.name))
    elif isinstance(expected, np.ndarray):
        assert actual.dtype == expected.dtype
        np.testing.assert_array_equal(actual, expected)
    elif isinstance(expected, tuple):
        assert len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            assert_equal(one, other)
    else:
        assert actual == expected


def test_a_dataclass_of_arrays_keeps_every_field():
    bundle_sums.register_sums(Outer)
    coder = beam.coders.registry.get_coder(Outer)
    assert coder.to_type_hint() is Outer
    value = an_outer()
    assert_equal(coder.decode(coder.encode(value)), value)
    assert coder.estimate_size(value) > 4 * 3 * 20 * 8


def test_coders_of_two_classes_differ():
    assert bundle_sums.SumsCoder(Outer) == bundle_sums.SumsCoder(Outer)
    assert bundle_sums.SumsCoder(Outer) != bundle_sums.SumsCoder(Inner)


def test_a_field_of_another_type_is_refused():
    @dataclasses.dataclass(frozen=True)
    class WithText:
        name: str

    with pytest.raises(TypeError, match="class 'str'"):
        encoding.encode(WithText("a"))


@pytest.mark.parametrize(
    ("num_slices", "batch_size", "num_counts"),
    # 64 rows of each slice, Overall among them, in whole batches; all where most are not seen yet.
    [(1, 20, 8), (5, 50, 3), (200, 50, 1)],
)
def test_where_slices_are_many_more_rows_are_counted_at_once(
    num_slices, batch_size, num_counts, monkeypatch
):
    monkeypatch.setattr(bundle_sums, "ROWS_PER_CHUNK", 40)
    rows = np.arange(1000)
    table = pa.table({"word": rows.astype(str), "author": (rows % num_slices).astype(str)})
    spec = dataclasses.replace(SPEC, slices=(("author",),))
    counted = []

    def count(batches):
        counted.append(sum(batch.num_rows for batch in batches))
        return {"all": counted[-1]}

    for with_slices, number in ((True, num_counts), (False, 1000 // max(40, batch_size))):
        counted.clear()
        function = bundle_sums.SumBatches(spec, count, with_slices=with_slices)
        _, last = outputs(function, table.to_batches(max_chunksize=batch_size))
        assert dict(last) == {"all": 1000}
        assert len(counted) == number


@dataclasses.dataclass(frozen=True)
class Travelling:
    count: int
    values: np.ndarray

    def __add__(self, other: Travelling) -> Travelling:
        return Travelling(self.count + other.count, self.values + other.values)


def test_a_sum_is_read_when_somebody_looks_at_it_and_handed_on_as_it_came(monkeypatch):
    bundle_sums.register_sums(Travelling)
    coder = bundle_sums.SumsCoder(Travelling)
    sent = coder.encode(Travelling(3, np.arange(4.0)))
    reads = []
    decode = encoding.decode_field
    monkeypatch.setattr(encoding, "decode_field", lambda *a: reads.append(a[2]) or decode(*a))
    handed_on = coder.decode(sent)
    assert coder.encode(handed_on) == sent
    assert coder.estimate_size(handed_on) == len(sent)
    assert not reads
    assert coder.decode(sent).count == 3
    assert reads.pop() == "count"
    assert not reads
    total = handed_on + coder.decode(sent)
    assert (total.count, total.values.tolist()) == (6, [0.0, 2.0, 4.0, 6.0])
    assert sorted(reads) == ["count", "count", "values", "values"]
    assert coder.encode(handed_on) == sent
    assert not hasattr(handed_on, "other")
    assert copy.deepcopy(coder.decode(sent)).count == 3
    assert fields_of_a_copy(coder.decode(sent)) == {"count", "values"}


def fields_of_a_copy(value: Travelling) -> set[str]:
    return set(vars(dataclasses.replace(value)))


def test_a_sum_whose_field_would_not_be_missed_does_not_travel():
    @dataclasses.dataclass(frozen=True)
    class WithDefault:
        count: int = 0

    with pytest.raises(TypeError, match="no defaults"):
        bundle_sums.register_sums(WithDefault)


@pytest.mark.parametrize(
    ("values", "num_bytes"),
    [
        (np.arange(40), 1),
        (np.arange(40) * 7, 2),
        (np.arange(40) * 70_000, 4),
        (np.arange(40) - 1, 8),
        (np.arange(40) * 2**33, 8),
        (np.arange(40.0), 1),
        (np.arange(40.0) + 0.5, 8),
        (np.append(np.arange(38.0), [0.5, 0.5]), 8),
        (-np.arange(40.0), 8),
        (np.append(np.arange(39.0), np.nan), 8),
        (np.full(40, np.inf), 8),
        (np.full(40, 2.0**32), 8),
        (np.full(40, 2**63, np.uint64), 8),
        (np.arange(80).reshape(2, 40).T[:, :1], 1),
    ],
)
def test_numbers_travel_in_as_few_bytes_as_they_need(values, num_bytes):
    data = encoding.pack_arrays([values])
    (came,) = encoding.unpack_arrays(data)
    assert came.dtype == values.dtype
    np.testing.assert_array_equal(came, values)
    assert len(data) == 3 + 8 * values.ndim + num_bytes * values.size
