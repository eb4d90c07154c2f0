"""What is known is told exactly, up to the most that may be remembered."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.score.known_scores import KnownScores, row_keys


def keys_of(numbers):
    return [str(number).encode() for number in numbers]


def test_it_is_a_dictionary_of_floats():
    rng = np.random.default_rng(1)
    known, expected = KnownScores(), {}
    for _ in range(40):
        asked = rng.integers(0, 3000, 200).tolist()
        is_known, scores = known.look_up(keys_of(asked))
        assert is_known.tolist() == [number in expected for number in asked]
        np.testing.assert_array_equal(scores, [expected.get(number, np.nan) for number in asked])
        new = [number for number in dict.fromkeys(asked) if number not in expected]
        known.add(keys_of(new), np.sqrt(new))
        expected.update(zip(new, np.sqrt(new), strict=True))
    assert len(known) == len(expected)


def test_above_the_bound_nothing_is_added_and_nothing_lost():
    known = KnownScores(max_known=5)
    known.add(keys_of(range(4)), np.arange(4.0))
    known.add(keys_of(range(2, 10)), np.arange(2.0, 10.0))
    assert len(known) == 5
    is_known, scores = known.look_up(keys_of(range(4)))
    assert is_known.all()
    assert scores.tolist() == [0, 1, 2, 3]


def test_a_first_score_stays():
    known = KnownScores()
    known.add(keys_of([1]), np.array([0.5]))
    known.add(keys_of([1, 2]), np.array([0.7, 0.9]))
    assert known.look_up(keys_of([1, 2]))[1].tolist() == [0.5, 0.9]


def test_rows_have_equal_keys_exactly_where_all_their_values_agree():
    batch = pa.RecordBatch.from_pydict(
        {"a": ["x", "x", "x:", None, "x"], "n": [1.0, 2.0, 1.0, 1.0, 1.0]}
    )
    keys = list(row_keys(batch))
    assert keys[0] == keys[4]
    assert len(set(keys)) == 4
    assert row_keys(pa.RecordBatch.from_pydict({"v": [[1.0]]})) is None
    with pytest.raises(TypeError):
        KnownScores().look_up(["text, not bytes"])
