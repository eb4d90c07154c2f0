"""Tables as CSV, Parquet and for BigQuery read back as they were."""

from __future__ import annotations

import csv
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.export.files import write_tables

TABLE = pa.table(
    {
        "slice": ["Overall", "=cmd()", 'a "quoted", one\nof two lines', None],
        "num_pairs": pa.array([3, 2, None, 0], pa.int64()),
        "flip_rate": pa.array([0.1, float("nan"), None, 1 / 3], pa.float64()),
        "too_few_to_say": [True, False, None, False],
    }
)


def test_parquet_reads_back_as_it_was(tmp_path):
    [path] = write_tables({"slices": TABLE}, str(tmp_path), "parquet")
    assert pq.read_table(path).slice(0, 1).equals(TABLE.slice(0, 1))
    assert pq.read_table(path).schema.equals(TABLE.schema)


def test_csv_reads_back_and_holds_no_formula(tmp_path):
    [path] = write_tables({"slices": TABLE}, str(tmp_path), "csv")
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["slice"] for row in rows] == ["Overall", "'=cmd()", TABLE["slice"][2].as_py(), ""]
    assert float(rows[3]["flip_rate"]) == 1 / 3
    assert (rows[2]["flip_rate"], rows[2]["num_pairs"]) == ("", "")


def test_bigquery_gets_a_schema_of_its_types(tmp_path):
    paths = write_tables({"slices": TABLE}, str(tmp_path), "bigquery")
    assert [path.rsplit("/", 1)[1] for path in paths] == ["slices.parquet", "slices.schema.json"]
    schema = json.loads((tmp_path / "slices.schema.json").read_text())
    assert [(one["name"], one["type"]) for one in schema] == [
        ("slice", "STRING"),
        ("num_pairs", "INT64"),
        ("flip_rate", "FLOAT64"),
        ("too_few_to_say", "BOOL"),
    ]
    names = [one["name"] for one in schema]
    assert all(name.replace("_", "").isalnum() and not name[0].isdigit() for name in names)


@pytest.mark.parametrize("form", ["csv", "parquet", "bigquery"])
def test_an_empty_table_keeps_its_columns(tmp_path, form):
    path = write_tables({"slices": TABLE.slice(0, 0)}, str(tmp_path), form)[0]
    assert b"flip_rate" in pathlib.Path(path).read_bytes()
