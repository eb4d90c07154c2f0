"""A slow model says how many of how many, how fast, and how long still; a fast one nothing."""

from __future__ import annotations

import doctest

import pytest

from fairflip.pipeline.score import call_progress
from fairflip.pipeline.score.call_progress import CallProgress, told_to


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(call_progress.time, "monotonic", lambda: now[0])
    return now


def test_a_line_every_few_seconds_and_one_at_the_end(clock):
    lines = []
    with told_to(lines.append):
        progress = CallProgress("m", 1000, 234)
        for _ in range(100):
            clock[0] += 0.2
            progress.add(10)
    assert lines == [
        "m: 250 of 1,000 texts (234 were known), 50.0 a second, 15 s left",
        "m: 500 of 1,000 texts (234 were known), 50.0 a second, 10 s left",
        "m: 750 of 1,000 texts (234 were known), 50.0 a second, 5 s left",
        "m: 1,000 of 1,000 texts (234 were known), 50.0 a second, 0 s left",
    ]
    CallProgress("m", 1).add(1)
    assert len(lines) == 4


def test_a_fast_model_says_nothing(clock):
    lines = []
    with told_to(lines.append):
        progress = CallProgress("m", 1000)
        for _ in range(100):
            clock[0] += 0.01
            progress.add(10)
    assert lines == []


def test_examples_of_durations():
    assert doctest.testmod(call_progress).failed == 0
