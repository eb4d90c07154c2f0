"""One small evaluation with everything in it: joins, rejects, weights, lists, two models."""

from __future__ import annotations

import json
import math
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NUM_EXAMPLES = 600
ROWS_PER_GROUP = 75
THRESHOLDS = (0.3, 0.5)
SLICES = ("gender", "counterfactual_group")
WORDS = ("she", "he", "they", "walks", "runs", "red", "good", "bad", "the", "a", "cat", "dog")
COUNTS = (
    "num_pairs",
    "num_originals",
    "flip_count",
    "negative_to_positive_count",
    "positive_to_negative_count",
    "positive_count",
    "negative_count",
    "count",
)


def write_data(folder: pathlib.Path) -> None:
    """Examples and counterfactuals, in row groups so that they spread over workers."""
    rng = np.random.default_rng(5)
    examples, counterfactuals = [], []
    for number in range(NUM_EXAMPLES):
        text = " ".join(rng.choice(WORDS, rng.integers(2, 9)))
        examples.append(
            {
                "example_id": f"id{number}",
                "comment_text": text,
                "toxicity": float(rng.integers(0, 2)),
                "weight": float(rng.integers(1, 5)) / 2,
                "gender": [g for g in ("female", "male") if rng.random() < 0.5],
                "given": float(rng.random()),
            }
        )
        for turn in range(rng.integers(0, 4)):
            counterfactuals.append(
                {
                    "example_id": f"id{number}",
                    "counterfactual_id": f"c{turn}",
                    "comment_text": f"{text} {('he', 'she', 'they')[turn]}",
                    "group": ("male", "female", "neutral")[turn],
                    "given": float(rng.random()),
                }
            )
    examples[3]["comment_text"] = ""
    examples[9]["given"] = math.nan
    examples.append(examples[20])
    counterfactuals.append({**counterfactuals[0], "example_id": "nobody"})
    tables = {"examples": examples, "counterfactuals": counterfactuals}
    for name, rows in tables.items():
        table = pa.Table.from_pylist(rows)
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=ROWS_PER_GROUP)


def arguments(data: str, output_dir: str, *beam_flags: str, models: tuple[str, ...]) -> list[str]:
    """The command line of the evaluation."""
    return [
        "evaluate",
        f"--examples={data}/examples.parquet",
        f"--counterfactuals={data}/counterfactuals.parquet",
        "--weight_feature=weight",
        *models,
        *(f"--threshold={t}" for t in THRESHOLDS),
        *(f"--slice={s}" for s in SLICES),
        f"--output_dir={output_dir}",
        "--quiet",
        *beam_flags,
    ]


def read_report(output_dir: pathlib.Path) -> dict[str, Any]:
    """run_report.json without what differs between two equal runs."""
    report = json.loads((output_dir / "run_report.json").read_text())
    report.pop("provenance")
    return report


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(path, value) of every number, text and truth value in a report."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")
    else:
        yield path, value


def assert_same_report(
    actual: dict[str, Any], expected: dict[str, Any], tolerance: float = 1e-9
) -> int:
    """Counts, texts and hashes are equal, all other numbers within `tolerance`.

    Returns:
        How many values were compared.
    """
    ours, theirs = dict(leaves(actual)), dict(leaves(expected))
    assert ours.keys() == theirs.keys()
    for path, value in theirs.items():
        if isinstance(value, float) and path.rsplit(".", 1)[-1] not in COUNTS:
            assert abs(ours[path] - value) <= tolerance, (path, ours[path], value)
        else:
            assert ours[path] == value, (path, ours[path], value)
    return len(theirs)


def read_parts(folder: pathlib.Path) -> pa.Table:
    """All Parquet files of a folder, sorted by example and counterfactual."""
    paths = sorted(folder.glob("*.parquet"))
    assert paths, f"no Parquet files in {folder}"
    table = pa.concat_tables([pq.read_table(path) for path in paths])
    keys = [k for k in ("example_id", "counterfactual_id") if k in table.column_names]
    return table.sort_by([(key, "ascending") for key in keys])


def flips(table: pa.Table, model: str, threshold: float) -> int:
    """Flips of a model over kept scored pairs, by NumPy alone."""
    original = table[f"score.{model}"].to_numpy() > threshold
    changed = table[f"counterfactual.score.{model}"].to_numpy() > threshold
    return int((original != changed).sum())


def assert_no_result(output_dir: pathlib.Path) -> None:
    """What a failed run may leave: nothing that could be taken for a result."""
    assert not (output_dir / "details" / "manifest.json").exists()
    assert not (output_dir / "run_report.json").exists()
    for path in output_dir.rglob("*.parquet"):
        pq.read_table(path)  # each that is there is whole
    left = [p for p in output_dir.rglob("*") if "beam-temp" in p.name or p.name.endswith(".part")]
    assert left == []
