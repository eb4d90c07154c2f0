"""Evaluations of skewed pairs end right; `benchmarks.speed.skew` says what they take."""

from __future__ import annotations

import pytest

from benchmarks.speed import skew

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]
SIZE = 3_000


def test_a_hot_original_and_rejects_are_counted_whole():
    used = skew.measured(SIZE)
    slices = {case: one.report["models"][0]["slices"][0] for case, one in used.items()}
    numbers = {case: (one["num_pairs"], one["num_originals"]) for case, one in slices.items()}
    assert numbers[skew.EVEN] == (SIZE, SIZE // 2)
    # A hundredth of the pairs have two an original, all others are of one.
    assert numbers[skew.HOT] == (SIZE, SIZE // 200 + 1)
    assert numbers[skew.REJECTS] == (SIZE, SIZE)
    assert used[skew.REJECTS].num_rejects == SIZE
    # Hardly more than one cluster weighs anything: nothing is said of the rate.
    assert slices[skew.HOT]["too_few_to_say"]
    assert slices[skew.HOT]["num_independent"] < 1.1
    rows = skew.rows_of(used, SIZE)
    assert [row["value"] for row in rows if row["name"] == "skew: records left out"] == [SIZE]


def test_one_file_of_each_format_is_read_whole():
    peaks = skew.reading_peaks(size=700, times=3)  # the child counts what it reads
    assert peaks.keys() == {"parquet", "csv", "jsonl"}
    assert all(one > 20 and many > 20 for one, many in peaks.values())
    assert all(row["bound"] == "at most 1.2" for row in skew.reading_rows(peaks))
