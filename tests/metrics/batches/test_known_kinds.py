"""Kinds of clusters are found once of the same rows, and kept while there is room."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fairflip.metrics.batches import known_kinds as known
from fairflip.metrics.batches.clustered_rows import ClusteredRows, grouped
from fairflip.metrics.batches.grouped_rows import GroupedRows
from fairflip.metrics.batches.known_kinds import known_kinds
from fairflip.metrics.intervals.rates_and_means import rate_interval

THRESHOLDS = np.array([0.25, 0.5, 0.75])


@pytest.fixture(autouse=True)
def nothing_known():
    known._known.clear()
    yield
    known._known.clear()


def rows_of(seed: int = 0, num: int = 400) -> GroupedRows:
    rng = np.random.default_rng(seed)
    clusters = np.repeat(np.arange(num), rng.integers(1, 4, num))
    scores = rng.random((2, len(clusters))).round(2)
    part = ClusteredRows(
        clusters=clusters,
        num_clusters=num,
        originals=clusters.astype(np.uint64),
        labels=np.zeros(len(clusters), np.uint8),
        weights=None,
        scores=scores,
        counterfactual_scores=np.clip(scores + rng.normal(0, 0.2, scores.shape), 0, 1),
    )
    return grouped([part, part], 512)


def test_the_same_rows_are_counted_once(monkeypatch):
    counted = []
    kinds = GroupedRows.kinds
    monkeypatch.setattr(
        GroupedRows, "kinds", lambda self, *given: counted.append(given) or kinds(self, *given)
    )
    first = known_kinds(rows_of(), [0], THRESHOLDS)
    # Rows that were read again, and another candidate's name for the same scores.
    assert known_kinds(rows_of(), [0], THRESHOLDS) is first
    assert len(counted) == 1


def test_whatever_differs_is_counted_anew():
    rows = rows_of()
    moved = rows.counterfactual_scores.copy()
    moved[0, 0] = 1.0 - moved[0, 0]
    others = [
        (rows, [1], THRESHOLDS),
        (rows, [0, 1], THRESHOLDS),
        (rows, [0], THRESHOLDS[:2]),
        (dataclasses.replace(rows, counterfactual_scores=moved), [0], THRESHOLDS),
        (dataclasses.replace(rows, size=1024), [0], THRESHOLDS),
        (dataclasses.replace(rows, slices=np.zeros_like(rows.slices)), [0], THRESHOLDS),
        (dataclasses.replace(rows, starts=np.arange(len(rows.slices))), [0], THRESHOLDS),
    ]
    first = known_kinds(rows, [0], THRESHOLDS)
    known_others = [known_kinds(*other) for other in others]
    assert len({id(one) for one in [first, *known_others]}) == 1 + len(others)
    for (table, models, thresholds), one in zip(others, known_others, strict=True):
        expected = table.kinds(models, thresholds)
        assert one.kinds.repeats.tolist() == expected.repeats.tolist()


def test_rates_are_those_of_the_kinds():
    """Other clusters or another level are another rate."""
    known_one = known_kinds(rows_of(), [1], THRESHOLDS)
    values = known_one.kinds.by_name(0)
    for numerator, denominator in (("flips", "pairs"), ("positive_to_negative", "positive")):
        for number, one_each, level in ((400, False, 0.9), (400, False, 0.95), (300, True, 0.9)):
            clusters, each = np.full(2, number), np.full(2, one_each)
            rate = known_one.rate(numerator, denominator, clusters, each, level)
            expected = rate_interval(
                values[numerator][:, None, None],
                values[denominator][:, None, None],
                clusters,
                level,
                each,
                exact=True,
                repeats=known_one.kinds.repeats,
            )
            assert all(np.array_equal(a, b) for a, b in zip(rate, expected, strict=True))
            assert known_one.rate(numerator, denominator, clusters, each, level) is rate
            assert not any(array.flags.writeable for array in rate)


def test_the_oldest_are_forgotten_where_there_is_no_room(monkeypatch):
    tables = [rows_of(seed) for seed in range(3)]
    first = known_kinds(tables[0], [0], THRESHOLDS)
    monkeypatch.setattr(known, "_ROOM", int(2.5 * first.nbytes))
    second = known_kinds(tables[1], [0], THRESHOLDS)
    assert known_kinds(tables[0], [0], THRESHOLDS) is first
    known_kinds(tables[2], [0], THRESHOLDS)
    assert known_kinds(tables[0], [0], THRESHOLDS) is first
    assert known_kinds(tables[1], [0], THRESHOLDS) is not second
    monkeypatch.setattr(known, "_ROOM", 0)
    assert known_kinds(tables[2], [1], THRESHOLDS) is not None
    assert not known._known


def test_a_long_process_keeps_no_entry_for_each_table_without_kinds(monkeypatch):
    monkeypatch.setattr(GroupedRows, "kinds", lambda self, *given: None)
    monkeypatch.setattr(known, "_ROOM", 4 * known._ENTRY)
    known._known.clear()
    for seed in range(8):
        known_kinds(rows_of(seed), [0], THRESHOLDS)
    assert len(known._known) == 4


def test_what_no_kind_tells_is_none_and_known(monkeypatch):
    monkeypatch.setattr(GroupedRows, "kinds", lambda self, *given: None)
    assert known_kinds(rows_of(), [0], THRESHOLDS) is None
    monkeypatch.undo()
    assert known_kinds(rows_of(), [0], THRESHOLDS) is None
