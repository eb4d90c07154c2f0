"""Tables of a run into BigQuery, by one load job each, through Google's client."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fairflip.pipeline.export.files import bigquery_schema
from fairflip.protos.errors import ConfigurationError, printable
from fairflip.protos.forms.messages import quote

#: Where an emulator answers instead of Google, as its client has it; it asks for no credentials.
EMULATOR = "BIGQUERY_EMULATOR_HOST"
#: Before the name of each table of a data set.
PREFIX = "fairflip_"


def load_tables(tables: Mapping[str, pa.Table], dataset: str) -> dict[str, int]:
    """Appends each table to one of its name; returns the rows that each job took, by table.

    Tables are made where they are not there, and get columns that they lack.

    Args:
        tables: From `tables.tables_of`.
        dataset: "PROJECT.DATASET".

    Raises:
        ConfigurationError: The client is not installed, or BigQuery refuses a table. Those named
            before it are loaded.
    """
    project, dot, name = dataset.rpartition(".")
    if not (project and dot and name):
        raise ConfigurationError(
            f"--dataset: {quote(dataset)} is no PROJECT.DATASET; name both, with a dot between"
        )
    client, bigquery, refusals = _client(project)
    taken: dict[str, int] = {}
    for table_name, table in tables.items():
        content = io.BytesIO()
        pq.write_table(table, content)
        content.seek(0)
        target = f"{dataset}.{PREFIX}{table_name}"
        schema = [
            bigquery.SchemaField(field["name"], field["type"], mode=field["mode"])
            for field in bigquery_schema(table)
        ]
        job_config = bigquery.LoadJobConfig(
            source_format=bigquery.SourceFormat.PARQUET,
            write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
            schema=schema,
            schema_update_options=[bigquery.SchemaUpdateOption.ALLOW_FIELD_ADDITION],
        )
        try:
            job = client.load_table_from_file(content, target, job_config=job_config)
            job.result()
        except refusals as error:
            reason = printable(" ".join(str(error).split()))[:300]
            loaded = ", ".join(taken) or "none"
            raise ConfigurationError(
                f"--dataset: BigQuery refused {quote(target)} ({reason}); loaded before: {loaded}"
            ) from error
        if job.output_rows != table.num_rows:
            raise ConfigurationError(
                f"--dataset: {quote(target)} took {job.output_rows} of {table.num_rows} rows"
            )
        taken[target] = table.num_rows
    return taken


def _client(project: str) -> tuple[Any, Any, tuple[type[Exception], ...]]:
    """Google's client, its module, and the errors by which it refuses."""
    try:
        from google.api_core import exceptions as api_errors
        from google.auth import credentials
        from google.auth import exceptions as auth_errors
        from google.cloud import bigquery
    except ImportError as error:
        raise ConfigurationError(
            "--dataset needs Google's client: pip install 'fairflip[bigquery]'"
        ) from error
    refusals = (api_errors.GoogleAPIError, auth_errors.GoogleAuthError)
    given = credentials.AnonymousCredentials() if os.environ.get(EMULATOR) else None
    try:
        return bigquery.Client(project=project, credentials=given), bigquery, refusals
    except refusals as error:
        raise ConfigurationError(
            f"--dataset: no credentials ({printable(str(error))[:200]}); log in with gcloud auth "
            "application-default login"
        ) from error
