"""Pairs as a warehouse has them, and reports of sums held against those of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import Message

MODELS = ("old", "new")
#: What needs scores of single pairs: docs/warehouse.md says the same.
NEEDS_ROWS = {
    *("auc", "auc_interval", "ctf_gap_quantiles", "mean_score_deviation", "mean_score_range"),
    *("effective_terms", "control_ctf_gap", "excess_ctf_gap", "top_k_flip_rate"),
}
#: The baseline's own is there; a candidate's threshold is matched by rows.
OF_CANDIDATES = {"matched"}
OF_CONTROLS = {
    *("control_flip_rate", "excess_flip_rate", "excess_over_words", "excess_without_top_term"),
    *("top_term", "repeat_flip_rate"),
}


def scored_pairs(num_pairs: int, seed: int = 0) -> pa.Table:
    """Pairs of two models, one to four an original; some have no group, no author or no label."""
    rng = np.random.default_rng(seed)
    which = np.repeat(np.arange(num_pairs), rng.integers(1, 5, num_pairs))[:num_pairs]

    def of_original(values: Any) -> pa.Array:
        return pa.array(values).take(pa.array(which))

    group = rng.choice(np.array(["a", "b", 'it\'s "c"', None], dtype=object), num_pairs)
    author = [f"author {n}" if n else None for n in rng.integers(0, num_pairs // 4, num_pairs)]
    label = rng.choice(np.array([0.0, 1.0, None], dtype=object), num_pairs, p=[0.6, 0.3, 0.1])
    table = {
        "example_id": of_original([f"id {n}" for n in range(num_pairs)]),
        "label": of_original(label.tolist()),
        "race": of_original(group.tolist()),
        "age": of_original(rng.integers(1, 4, num_pairs).tolist()),
        "author": of_original(author),
    }
    for number, model in enumerate(MODELS):
        before = rng.beta(0.6, 0.8, num_pairs)[which]
        moved = rng.normal(0.02 * number, 0.25, num_pairs) * (rng.random(num_pairs) < 0.5)
        table[f"score.{model}"] = pa.array(before)
        table[f"counterfactual.score.{model}"] = pa.array(np.clip(before + moved, 0, 1))
    return pa.table(table)


def with_missing_scores(table: pa.Table, number: int) -> pa.Table:
    """The same, the first rows without a score of the first model."""
    name = f"score.{MODELS[0]}"
    is_missing = np.arange(table.num_rows) < number
    values = pc.if_else(pa.array(is_missing), pa.scalar(None, pa.float64()), table[name])
    return table.set_column(table.schema.get_field_index(name), name, values)


def differences(of_sums: Message, of_rows: Message, left_out: set[str], path: str = "") -> list:
    """Fields, but for those that are left out, in which two reports are not the same.

    Numbers may differ by 1e-9: floats are added up in another order, gaps in steps of 2^-32.
    """
    wrong: list = []
    for field in of_rows.DESCRIPTOR.fields:
        if field.name in left_out:
            continue
        name = f"{path}.{field.name}"
        one, other = getattr(of_sums, field.name), getattr(of_rows, field.name)
        if field.message_type is not None and hasattr(other, "__len__"):
            if len(one) != len(other):
                wrong.append((name, len(one), len(other)))
            for i, (a, b) in enumerate(zip(one, other, strict=False)):
                wrong += differences(a, b, left_out, f"{name}[{i}]")
        elif field.message_type is not None:
            if of_sums.HasField(field.name) != of_rows.HasField(field.name):
                wrong.append((name, one, other))
            wrong += differences(one, other, left_out, name)
        elif isinstance(other, float):
            if not (
                math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
                or (math.isnan(one) and math.isnan(other))
            ):
                wrong.append((name, one, other))
        elif one != other:
            wrong.append((name, one, other))
    return wrong
