"""Scored pairs of models that decide by argmax: which change class, and how far scores move."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns

#: Pairs of each change of class that come before further ones of another.
FIRST_OF_CHANGE = 10
#: What stands for the direction of such a flip.
FLIP = "class"


def columns_of(model: str) -> tuple[str, ...]:
    """The columns of scored pairs with both sides' classes and class scores."""
    return (
        columns.top_class(model),
        columns.counterfactual_top_class(model),
        columns.classes(model),
        columns.counterfactual_classes(model),
    )


def changes(batch: pa.RecordBatch, model: str) -> np.ndarray:
    """[rows] bool, whether the two sides are of different classes."""
    before, after = (batch.column(name) for name in columns_of(model)[:2])
    return np.asarray(pc.not_equal(before, after), dtype=bool)


def distances(batch: pa.RecordBatch, model: str) -> np.ndarray:
    """[rows] total variation distance between both sides' class scores."""
    before, after = (
        pc.list_flatten(batch.column(name)).to_numpy(zero_copy_only=False)
        for name in columns_of(model)[2:]
    )
    return 0.5 * np.abs(before - after).reshape(batch.num_rows, -1).sum(axis=1)


def some_of_each_change(table: pa.Table, model: str, max_pairs: int) -> pa.Table:
    """At most so many rows, in their order: of each change of class the first before any others."""
    if table.num_rows <= max_pairs:
        return table
    seen: dict[tuple[Any, Any], int] = {}
    is_later = []
    before, after = (table[name].to_pylist() for name in columns_of(model)[:2])
    for change in zip(before, after, strict=True):
        seen[change] = seen.get(change, 0) + 1
        is_later.append(seen[change] > FIRST_OF_CHANGE)
    chosen = np.argsort(np.array(is_later), kind="stable")[:max_pairs]
    return table.take(pa.array(np.sort(chosen)))


def of_row(row: dict[str, Any], model: str) -> tuple[float, float, str, str, str, float]:
    """What is shown of one pair: each side's greatest score, the flip, classes, the distance."""
    before, after, scores, others = (row[name] for name in columns_of(model))
    distance = 0.5 * sum(abs(a - b) for a, b in zip(scores, others, strict=True))
    return max(scores), max(others), FLIP if before != after else "", before, after, distance


def top_changes(row: dict[str, Any], model: str, top_k: int) -> bool:
    """Whether the set of the classes with the greatest scores changes; of a tie the first count."""
    if not top_k:
        return False
    scores, others = (row[name] for name in columns_of(model)[2:])
    before, after = (
        frozenset(np.argsort(-np.asarray(side), kind="stable")[:top_k].tolist())
        for side in (scores, others)
    )
    return before != after
