"""Keys: which may stand for their texts, and which of them are alike."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from fairflip.text.doubts.window_keys import (
    Keys,
    is_plain,
    num_spaces,
    with_numbers_told_apart,
    word_sums,
)


def keys_of(texts):
    parts = [text.encode() for text in texts]
    ends = np.cumsum([0, *map(len, parts)])
    return Keys(np.frombuffer(b"".join(parts), np.uint8), ends)


def texts_of(keys):
    data = keys.data.tobytes()
    return [data[a:b] for a, b in zip(keys.ends[:-1], keys.ends[1:], strict=True)]


def test_spaces_are_counted_by_key():
    assert num_spaces(keys_of(["a b c\0", "\0", "word\0", "é b\0"])).tolist() == [2, 0, 0, 1]
    assert num_spaces(keys_of([])).tolist() == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b\0c\0", True),
        ("\0\0", True),
        ("a\0\0", True),
        ("a  b\0c\0", False),
        (" a\0c\0", False),
        ("a \0c\0", False),
        ("a\0 c\0", False),
        ("a\0c \0", False),
        ("a\tb\0c\0", False),
        ("a\nb\0c\0", False),
        ("é\0c\0", False),
        ("a\0b\0c\0", False),  # the text holds an end itself
        ("a\x7f\0c\0", False),
    ],
)
def test_plain_keys(text, expected):
    for around in ([], ["x y\0z\0"], ["\0\0"]):
        texts = [*around, text, *around]
        plain = [True] * len(around)
        assert is_plain(keys_of(texts), 2).tolist() == [*plain, expected, *plain]


def test_sums_are_of_letters_and_digits_by_part():
    keys = keys_of(["He left, at 5!\0he left at 5\0", "ab\0ba\0", "\0a\0", "a\0\0", "a b\0a c\0"])
    sums = word_sums(keys, 2)
    assert (sums[:, 0] == sums[:, 1]).tolist() == [True, True, False, False, False]
    assert sums[2, 0] == sums[3, 1] == 0
    three = word_sums(keys_of(["a\0b\0c\0", "a\0\0b\0"]), 3)
    assert three[0, :2].tolist() == three[1, ::2].tolist()
    assert three[1, 1] == 0


def told_apart(text):
    """The same, one key at a time."""
    if re.search(r"\d[A-Za-z]|\d{19}", text) or len(re.findall(r"\d+", text)) > 16:
        return text.encode()
    seen, count = {}, -1

    def one(match):
        nonlocal count
        count += 1
        return chr(0x80 + seen.setdefault(match.group(), count))

    return re.sub(r"\d+", one, text).encode("latin-1")


def test_numbers_become_where_they_stood_first():
    texts = ["a 12 b\0a 12 b 13\0", "7 07 7\0\0", "no\0number\0", "2nd 3\0 4\0", "w12\0w12 w1\0"]
    assert texts_of(with_numbers_told_apart(keys_of(texts))) == [
        b"a \x80 b\0a \x80 b \x82\0",
        b"\x80 \x81 \x80\0\0",
        b"no\0number\0",
        b"2nd 3\0 4\0",
        b"w\x80\0w\x80 w\x82\0",
    ]


def test_many_keys_with_many_numbers():
    rng = random.Random(0)
    parts = ["1", "12", "012", "word", "x9", "9x", " ", ",", "1" * 18, "1" * 19, "2" * 18]
    texts = [
        "\0".join("".join(rng.choices(parts, k=rng.randrange(9))) for _ in range(2)) + "\0"
        for _ in range(2_000)
    ]
    texts.append(" ".join(map(str, range(16))) + "\0\0")
    texts.append(" ".join(map(str, range(17))) + "\0\0")
    texts.append(" ".join(["5"] * 40) + "\0\0")
    assert texts_of(with_numbers_told_apart(keys_of(texts))) == list(map(told_apart, texts))


def test_no_keys():
    keys = keys_of([])
    assert is_plain(keys, 2).tolist() == []
    assert with_numbers_told_apart(keys) is keys
