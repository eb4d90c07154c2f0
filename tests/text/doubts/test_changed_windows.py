"""Windows hold what differs between two texts, and enough of what stands around it."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fairflip.text.doubts.changed_windows import Texts, changed_windows
from fairflip.text.doubts.changed_words import sides


def texts_of(texts):
    sizes = [len(text.encode()) for text in texts]
    ends = np.cumsum([0, *sizes])
    return Texts(np.frombuffer("".join(texts).encode(), np.uint8), ends[:-1], ends[1:])


def windows_of(pairs):
    """Of each pair both windows, and in them what differs."""
    originals, counterfactuals = zip(*pairs, strict=True)
    old, new = texts_of(originals), texts_of(counterfactuals)
    places = np.stack(changed_windows(old, new), axis=1).tolist()
    return [
        tuple(
            text.data[start:end].tobytes().decode()
            for text, start, end in zip((old, new, old, new), row[::2], row[1::2], strict=True)
        )
        for row in places
    ]


def random_pairs(number, letters="ab"):
    rng = random.Random(len(letters))
    words = ["".join(rng.choices(letters, k=rng.choice((1, 1, 2, 3, 9, 17)))) for _ in range(40)]
    pairs = []
    for _ in range(number):
        old = rng.choices(words, k=rng.choice((0, 1, 2, 6, 20)))
        new = list(old)
        for _ in range(rng.choice((0, 1, 1, 2))):
            start = rng.randrange(len(new) + 1)
            new[start : start + rng.randrange(3)] = rng.choices(words, k=rng.randrange(3))
        pairs.append((" ".join(old), " ".join(new)))
    return pairs


@pytest.mark.parametrize("letters", ["a", "ab", "abcdefgh"])
def test_windows_differ_as_whole_texts_do(letters):
    pairs = random_pairs(3_000, letters)
    for pair, window in zip(pairs, windows_of(pairs), strict=True):
        whole, part = sides(*pair), sides(*window[:2])
        assert window == tuple(one.around for one in whole) + tuple(one.middle for one in whole)
        for one, of_window in zip(whole, part, strict=True):
            assert of_window.middle == one.middle
            # No context exactly where the text has none.
            assert (of_window.start == 0) == (one.start == 0)
            assert (of_window.num_after == 0) == (one.num_after == 0)


def test_a_window_is_a_part_of_its_text_between_spaces():
    one = "zero one two three four five six seven eight nine"
    assert windows_of([(one, one.replace("four", "4")), ("", "x")]) == [
        ("one two three four five six seven", "one two three 4 five six seven", "four", "4"),
        ("", "x", "", "x"),
    ]


def test_words_longer_than_a_block_are_passed_over():
    rng = random.Random(3)
    words = ["a", "bc", "d" * 63, "e" * 64, "f" * 65, "g" * 200]
    pairs = []
    for _ in range(2_000):
        old = rng.choices(words, k=rng.choice((1, 3, 6, 12)))
        new = list(old)
        start = rng.randrange(len(new))
        new[start : start + rng.randrange(3)] = rng.choices([*words, "x"], k=rng.randrange(3))
        pairs.append((" ".join(old), " ".join(new)))
    for pair, window in zip(pairs, windows_of(pairs), strict=True):
        one, other = sides(*pair)
        assert window == (one.around, other.around, one.middle, other.middle)


def test_long_texts_are_compared_in_stretches():
    rng = random.Random(7)
    long = " ".join(rng.choices(["ab", "abc", "b", "cab"], k=300))
    pairs = [
        (long, long[:place] + "x" + long[place + step :])
        for place in range(0, len(long), 7)
        for step in (0, 1)
    ]
    pairs += [(long, long), (long, long + " end"), (long + " end", long), ("start " + long, long)]
    for pair, window in zip(pairs, windows_of(pairs), strict=True):
        one, other = sides(*pair)
        assert window == (one.around, other.around, one.middle, other.middle)


def test_no_pairs_and_empty_texts():
    assert windows_of([("", "")]) == [("", "", "", "")]
    nothing = Texts(np.zeros(0, np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert all(len(places) == 0 for places in changed_windows(nothing, nothing))
