"""A direct NumPy recount of a run from its kept scored pairs: the oracle of the end-to-end tests."""

from __future__ import annotations

import glob
import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

PAIR_COLUMNS = {"counterfactual_group": "group", "counterfactual_term": "term"}


def read_folder(folder: pathlib.Path, with_controls: bool = False) -> pa.Table:
    """All Parquet files of a folder as one table: identity pairs, or controls as well."""
    paths = sorted(glob.glob(f"{folder}/*.parquet"))
    assert paths, f"no Parquet files in {folder}"
    table = pa.concat_tables([pq.read_table(path) for path in paths])
    if with_controls or "edit" not in table.column_names:
        return table
    return table.filter(pa.array([edit != "control" for edit in table["edit"].to_pylist()]))


def members(table: pa.Table, slice_name: str) -> np.ndarray:
    """Which rows belong to a slice such as "Overall" or "gender:female"."""
    if slice_name == "Overall":
        return np.ones(table.num_rows, bool)
    feature, _, value = slice_name.partition(":")
    column = table[PAIR_COLUMNS.get(feature, feature)].to_pylist()
    return np.array([value in (v if isinstance(v, list) else [v]) for v in column])


def counts(table: pa.Table, model: str, slice_name: str, threshold: float) -> dict[str, int]:
    """Pairs, originals and flips by direction, counted one by one."""
    rows = members(table, slice_name)
    original = table[f"score.{model}"].to_numpy()[rows] > threshold
    changed = table[f"counterfactual.score.{model}"].to_numpy()[rows] > threshold
    return {
        "num_pairs": int(rows.sum()),
        "negative_to_positive_count": int((~original & changed).sum()),
        "positive_to_negative_count": int((original & ~changed).sum()),
        "flip_count": int((original != changed).sum()),
        "positive_count": int(original.sum()),
        "negative_count": int((~original).sum()),
    }


def without_times(report: dict) -> dict:
    """A report without what differs between two runs of the same configuration."""
    trimmed = json.loads(json.dumps(report))
    for field in ("started", "seconds", "step_seconds", "config"):
        trimmed["provenance"].pop(field)
    return trimmed
