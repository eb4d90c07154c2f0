"""The hash of thousands at a time is the library's of one, whatever their lengths."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
import xxhash

from fairflip.protos import id_hash

SEEDS = [0, 1, 2**31 + 7, 2**63 + 5, 2**64 - 1, -3, 2**70 + 1]


def together(texts, seed):
    """The hashes of texts that stand one behind the other."""
    ends = np.cumsum([0, *map(len, texts)])
    return id_hash.hash_spans(b"".join(texts), ends, seed).tolist()


def one_by_one(texts, seed):
    return [xxhash.xxh3_64_intdigest(text, seed % 2**64) for text in texts]


@pytest.mark.parametrize("seed", SEEDS)
def test_of_all_lengths_together_and_of_each_alone(seed):
    draw = random.Random(seed)
    mixed = [draw.randbytes(size) for size in [*range(300), *range(140)]]
    draw.shuffle(mixed)
    assert together(mixed, seed) == one_by_one(mixed, seed)
    assert id_hash.hash_texts(mixed, seed).tolist() == one_by_one(mixed, seed)
    for size in (0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 65, 96, 97, 128, 129, 241):
        alike = [draw.randbytes(size) for _ in range(40)]
        assert together(alike, seed) == one_by_one(alike, seed), size


def test_of_few_and_of_more_than_are_hashed_at_once(monkeypatch):
    monkeypatch.setattr(id_hash, "_AT_ONCE", 50)
    texts = [f"comment-{number}".encode() for number in range(333)]
    for some in (texts[:0], texts[:3], texts):
        assert together(some, 7) == one_by_one(some, 7)
        assert id_hash.hash_texts(some, 7).tolist() == one_by_one(some, 7)


def test_texts_may_begin_behind_the_buffer_s_first_byte():
    ends = np.array([3, 5, 5, 14], np.int64)
    texts = [b"de", b"", b"fghijklmn"]
    assert id_hash.hash_spans(b"abcdefghijklmnop", ends, 1).tolist() == one_by_one(texts, 1)


def test_of_a_column_and_a_part_of_it():
    column = pa.array(["a", "", "é", "comment-00000001", "a text of more than 16 bytes"] * 3)
    texts = [text.encode() for text in column.to_pylist()]
    for strings in (column, column.cast(pa.binary())):
        assert id_hash.hash_strings(strings, 7).tolist() == one_by_one(texts, 7)
        part = strings.slice(2, 7)
        assert id_hash.hash_strings(part).tolist() == one_by_one(texts[2:9], 0)
        assert id_hash.hash_strings(strings.slice(0, 0)).tolist() == []
