"""Every target against bytes that hypothesis makes, and against what once broke a promise."""

from __future__ import annotations

import dataclasses
import random

import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.fuzz.fuzz_settings import fuzz
from support.fuzz.fuzz_targets import TARGETS

#: Found by the coverage-guided fuzzer, and mended.
ONCE_BROKEN = {
    # A damaged Parquet file: Arrow's message quoted a control character of the file.
    "readers": [b"\n))\xe2\xff\xe2/"],
    # A term of signs alone was no error of the user's.
    "matcher": [b"`\x88`\x88"],
    # Records of ready-made pairs share an original: the sum was one of records and originals.
    "pairs": [b"\x03\x8b"],
}


@pytest.mark.parametrize(
    ("target", "data"), [(name, data) for name, actual in ONCE_BROKEN.items() for data in actual]
)
def test_what_once_broke_holds(target, data):
    TARGETS[target](data)


@fuzz
@given(data=st.binary(max_size=400))
@pytest.mark.parametrize("target", TARGETS)
def test_any_bytes(target, data):
    TARGETS[target](data)


def test_a_lost_record_would_be_found(monkeypatch):
    """The fuzzer's own check: a reader that drops a reject breaks the promise."""
    from support.fuzz import read_account

    real = read_account.read_table

    def forgetful(*args, **keywords):
        table, rejects = real(*args, **keywords)
        return table, rejects[1:]

    monkeypatch.setattr(read_account, "read_table", forgetful)
    good = b'{"id": 1, "t": "x", "l": 1, "w": 1, "g": "a", "s": 1}'
    with pytest.raises(AssertionError):
        TARGETS["readers"](b"\x00\x01" + good + b"\nnot json")


def try_many(target: str) -> None:
    for seed in range(60):
        TARGETS[target](random.Random(seed).randbytes(200))


def test_a_score_off_the_scale_that_is_kept_would_be_found(monkeypatch):
    from support.fuzz import score_targets

    real = score_targets.check_scores

    def lenient(batch, *args):
        return dataclasses.replace(real(batch, *args), good=batch, rejects=[])

    try_many("scores")
    monkeypatch.setattr(score_targets, "check_scores", lenient)
    with pytest.raises(AssertionError):
        try_many("scores")


def test_a_logit_taken_for_a_probability_would_be_found(monkeypatch):
    from fairflip.pipeline.score import checks

    monkeypatch.setattr(checks, "sigmoid", lambda values: values)
    with pytest.raises(AssertionError):
        try_many("scores")


def test_ids_that_are_one_only_in_another_case_would_be_found(monkeypatch):
    from fairflip.pipeline.pair import columns

    real = columns.id_strings

    def careless(values):
        strings, wrong = real(values)
        return pc.utf8_lower(strings), wrong

    try_many("ids")
    monkeypatch.setattr(columns, "id_strings", careless)
    with pytest.raises(AssertionError):
        try_many("ids")
