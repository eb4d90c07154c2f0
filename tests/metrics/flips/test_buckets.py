"""Buckets: the same in every process, version and representation of an ID."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fairflip.metrics.flips import buckets
from fairflip.protos import errors


def hash_one(content: bytes, seed: int) -> int:
    """The documented hash of one ID."""
    return xxhash.xxh3_64_intdigest(content, seed & ((1 << 64) - 1))


def test_the_hash_is_xxh3():
    # The test vectors of xxHash's specification for empty input.
    assert buckets.hash_ids([""]).tolist() == [0x2D06800538D394C2]
    assert (
        buckets.hash_ids(["a", "\u00e9"]).tolist() == buckets.hash_ids([b"a", b"\xc3\xa9"]).tolist()
    )


@given(
    st.lists(st.text(max_size=40)),
    st.integers(-(2**70), 2**70),
)
def test_the_vectorised_hash_is_the_documented_one(texts, seed):
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    expected = [hash_one(text.encode(), seed) for text in texts]
    assert buckets.hash_ids(texts, seed).tolist() == expected


def test_golden_values_never_change():
    # Stored results hold bucket sums: another hash would break merging with them.
    ids = ["", "0", "12", "-7", "abcdefgh", "abcdefghi", "comment-000000000017", "é" * 20]
    assert buckets.hash_ids(ids).tolist() == GOLDEN_HASHES
    assert buckets.bucket_of(ids).tolist() == GOLDEN_BUCKETS
    assert buckets.bucket_of(ids, num_buckets=20, seed=7).tolist() == GOLDEN_BUCKETS_SEED_7


GOLDEN_HASHES = [
    3244421341483603138,
    1838281907459330133,
    9137010170949574516,
    13012659984592985912,
    8017998777839871107,
    16203358805722239136,
    6928953077669360311,
    5123498431865613569,
]
GOLDEN_BUCKETS = [54, 1, 49, 62, 54, 33, 2, 45]
GOLDEN_BUCKETS_SEED_7 = [8, 9, 14, 13, 8, 19, 10, 16]


@pytest.mark.system
def test_another_process_with_another_hash_seed_agrees():
    code = "from fairflip.metrics.flips import buckets; print(buckets.bucket_of(['a', 'b', 'c']).tolist())"
    output = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "123"},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert output.strip() == str(buckets.bucket_of(["a", "b", "c"]).tolist())


@pytest.mark.parametrize(
    "ids",
    [
        ["0", "12", "-7"],
        ("0", "12", "-7"),
        [b"0", b"12", b"-7"],
        ["0", b"12", -7],
        [0, 12, -7],
        np.array(["0", "12", "-7"]),
        np.array([b"0", b"12", b"-7"]),
        np.array(["0", "12", "-7"], dtype=object),
        np.array([0, 12, -7], dtype=np.int64),
        np.array([0, 12, -7], dtype=np.int8),
        np.array([0, 12, -7], dtype=object),
        pd.Series([0, 12, -7]),
        pd.Series([0, 12, -7], dtype="Int64", index=[3, 1, 2]),
        pd.Series(["0", "12", "-7"]),
        pd.Series(["0", "12", "-7"], dtype="string"),
        pd.Series(["0", "12", "-7"], dtype="category"),
        pd.Index(["0", "12", "-7"]),
        pa.array(["0", "12", "-7"]),
        pa.array(["x", "0", "12", "-7", "y"]).slice(1, 3),
        pa.array(["0", "12", "-7"], pa.large_string()),
        pa.array(["0", "12", "-7"], pa.string_view()),
        pa.array(["0", "12", "-7"]).dictionary_encode(),
        pa.array([b"0", b"12", b"-7"], pa.binary()),
        pa.array([0, 12, -7], pa.int32()),
        pa.chunked_array([["0"], ["12", "-7"]]),
    ],
    ids=lambda ids: f"{type(ids).__name__}-{getattr(ids, 'dtype', getattr(ids, 'type', ''))}",
)
def test_every_form_of_the_same_ids_has_the_same_hash(ids):
    expected = [hash_one(content, 5) for content in (b"0", b"12", b"-7")]
    assert buckets.hash_ids(ids, seed=5).tolist() == expected
    assert buckets.bucket_of(ids).dtype == np.int32
    assert buckets.hash_ids(ids).dtype == np.uint64


@pytest.mark.parametrize(
    "ids",
    [[], np.array([], dtype=str), pa.array([], pa.string()), pa.chunked_array([], pa.int64())],
)
def test_no_ids_give_no_buckets(ids):
    assert buckets.bucket_of(ids).shape == (0,)


def test_padding_is_told_apart_from_content():
    hashes = buckets.hash_ids([b"a", b"a\0", b"a\0\0\0\0\0\0\0", b"a\0\0\0\0\0\0\0\0", b"", b"\0"])
    assert len(set(hashes.tolist())) == 6


@pytest.mark.parametrize("prefix", ["", "comment-2024-00000000-"])
@pytest.mark.parametrize("num_buckets", [2, 20, 64, 100])
def test_similar_ids_spread_evenly(prefix, num_buckets):
    ids = [f"{prefix}{i}" for i in range(50_000)]
    counts = np.bincount(buckets.bucket_of(ids, num_buckets), minlength=num_buckets)
    assert stats.chisquare(counts).pvalue > 1e-3


def test_seeds_and_streams_are_unrelated():
    ids = np.arange(20_000)
    first, second = buckets.bucket_of(ids, 16), buckets.bucket_of(ids, 16, seed=1)
    table = np.bincount(first * 16 + second, minlength=256).reshape(16, 16)
    assert stats.chi2_contingency(table).pvalue > 1e-3
    # The bottom-k sample with the same seed covers all buckets evenly.
    sample = np.argsort(buckets.hash_ids(ids))[:4000]
    assert stats.chisquare(np.bincount(first[sample], minlength=16)).pvalue > 1e-3


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["a", None], "row 1 is missing"),
        (pd.Series(["a", np.nan, "b"]), "row 1 is missing"),
        (pa.array([1, None]), "row 1 is missing"),
        (pa.array([None]), "row 0 is missing"),
        (np.array([1.0, 2.0]), "double"),
        (np.array([True]), "bool"),
        ([1, 2.5], "double"),
        (["a", 2.5], "float"),
        (np.array([["a"]]), "shape"),
    ],
)
def test_what_is_no_id_is_refused_with_its_place(ids, words):
    with pytest.raises(errors.InputError, match=words):
        buckets.bucket_of(ids)


def test_text_of_the_data_stays_out_of_messages():
    with pytest.raises(errors.InputError) as caught:
        buckets.hash_ids(["secret text", 2.5])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("num_buckets", [0, -1, 2**31])
def test_number_of_buckets_is_checked(num_buckets):
    with pytest.raises(errors.ConfigurationError, match=str(num_buckets)):
        buckets.bucket_of(["a"], num_buckets)
