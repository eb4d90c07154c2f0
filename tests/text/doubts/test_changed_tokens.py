"""What one side has more is what counting each token of both says."""

from __future__ import annotations

import collections
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.doubts.changed_tokens import Kind, changed_tokens
from fairflip.text.doubts.window_keys import Keys

# The first letter says the kind.
KINDS = {"i": Kind.IDENTITY, "f": Kind.FUNCTION, "o": Kind.OTHER}


def read(word):
    return [(token, KINDS[token[0]]) for token in word.split("-") if token]


def keys_of(pairs, more=""):
    texts = ["\0".join((*pair, *more)) + "\0" for pair in pairs]
    ends = np.cumsum([0, *(len(text.encode()) for text in texts)])
    return Keys(np.frombuffer("".join(texts).encode(), np.uint8), ends)


def expected(old, new):
    def counted(text):
        return collections.Counter(one for word in text.split() for one in read(word))

    lost, gained = counted(old) - counted(new), counted(new) - counted(old)
    return (
        lost.total(),
        gained.total(),
        sum(number for (_, kind), number in lost.items() if kind == Kind.FUNCTION),
        sum(number for (_, kind), number in gained.items() if kind == Kind.FUNCTION),
        any(kind == Kind.OTHER for _, kind in lost + gained),
    )


def in_order(text):
    return [one for word in text.split() for one in read(word)]


def assert_alike(pairs):
    for more in ("", ("named words",)):
        actual = changed_tokens(keys_of(pairs, more), 2 + len(more), read)
        rows = zip(*(one.tolist() for one in actual[:-1]), strict=True)
        for pair, row in zip(pairs, rows, strict=True):
            # A number that differs is left to who reads the pair.
            is_left = row == (0, 0, 0, 0, True) and any(map(str.isdigit, "".join(pair)))
            assert is_left or row == expected(*pair), pair
        for (old, new), is_reordered in zip(pairs, actual.is_reordered, strict=True):
            assert not is_reordered or in_order(old) != in_order(new)


def test_some_pairs():
    assert_alike(
        [
            ("iwoman", "iman"),
            ("iher oand iher", "ihis oand ihis"),
            ("fa iwoman", "iman"),
            ("", "of"),
            ("", ""),
            ("ione-otwo", "otwo"),
            ("-", "--"),
            ("ia ib ic", "ic ib ia"),
            ("oéé", "oé"),
        ]
    )
    assert_alike([("", "")])


def test_numbers_that_differ_are_not_read():
    pairs = [("i 12", "i 13"), ("i 12", "i 12 f"), ("i", "i a4b i"), ("i5- f", "f"), ("i", "f")]

    def reader(word):
        assert not any(map(str.isdigit, word))
        return read(word)

    actual = changed_tokens(keys_of(pairs), 2, reader)
    assert actual.has_other.tolist() == [True, False, True, True, False]
    assert actual.num_gained.tolist() == [0, 1, 0, 0, 1]


def test_another_order_is_seen():
    pairs = [("ia ib", "ib ia"), ("ia- ib", "-ia ib"), ("ia - ib", "ia ib -"), ("ia", "ib ia")]
    assert changed_tokens(keys_of(pairs), 2, read).is_reordered.tolist() == [True] + [False] * 3


@pytest.mark.parametrize("size", [7, 8, 9, 16, 17, 40])
def test_long_words_are_compared_whole(size):
    word = "i" * size
    others = [word[:at] + "x" + word[at + 1 :] for at in range(1, size)]
    assert_alike([(f"fa {word}", f"fa {other}") for other in [*others, word, word[1:]]])


WORDS = "i f o i-f o-i - ii fffffffff oé"


@given(
    st.lists(
        st.tuples(*(st.lists(st.sampled_from(WORDS.split())).map(" ".join) for _ in range(2))),
        min_size=1,
    )
)
def test_any_pairs(pairs):
    assert_alike(pairs)


def test_many_pairs():
    rng = random.Random(0)
    words = [kind + str(n) * (n % 4) for kind in "ifo" for n in range(30)]
    pairs = []
    for _ in range(3_000):
        old = rng.choices(words, k=rng.randrange(20))
        new = list(old)
        for _ in range(rng.randrange(5)):
            at = rng.randrange(len(new) + 1)
            new[at : at + rng.randrange(3)] = rng.choices(words, k=rng.randrange(3))
        pairs.append((" ".join(old), " ".join(new)))
    assert_alike(pairs)
