"""Tables of a run as files: CSV, Parquet, and Parquet with the schemas that BigQuery takes."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from fairflip.pipeline.storage import filesystem

CSV, PARQUET, BIGQUERY = "csv", "parquet", "bigquery"

_BIGQUERY_TYPES = {
    pa.string(): "STRING",
    pa.int64(): "INT64",
    pa.float64(): "FLOAT64",
    pa.bool_(): "BOOL",
}
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_tables(tables: Mapping[str, pa.Table], output_dir: str, form: str) -> list[str]:
    """Writes each table as a file of its own, whole or not at all.

    Args:
        tables: From `tables.tables_of`.
        output_dir: Where they go.
        form: "csv", "parquet" or "bigquery".

    Returns:
        The files' paths.
    """
    paths = []
    for name, table in tables.items():
        ending = "csv" if form == CSV else "parquet"
        path = filesystem.join(output_dir, f"{name}.{ending}")
        with filesystem.create_atomically(path) as file:
            if form == CSV:
                pyarrow.csv.write_csv(_safe_for_spreadsheets(table), file)
            else:
                pq.write_table(table, file)
        paths.append(path)
        if form == BIGQUERY:
            schema = filesystem.join(output_dir, f"{name}.schema.json")
            filesystem.write_text(schema, json.dumps(bigquery_schema(table), indent=1) + "\n")
            paths.append(schema)
    return paths


def bigquery_schema(table: pa.Table) -> list[dict[str, str]]:
    """The columns as BigQuery's JSON schema has them."""
    return [
        {"name": field.name, "type": _BIGQUERY_TYPES[field.type], "mode": "NULLABLE"}
        for field in table.schema
    ]


def _safe_for_spreadsheets(table: pa.Table) -> pa.Table:
    """Text of data that would be a formula gets an apostrophe before it."""
    for position, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            values = [
                f"'{text}" if text is not None and text.startswith(_FORMULA) else text
                for text in table.column(position).to_pylist()
            ]
            table = table.set_column(position, field.name, pa.array(values, pa.string()))
    return table
