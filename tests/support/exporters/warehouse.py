"""A stand-in for BigQuery: resumable uploads of Parquet, load jobs, and tables with a schema.

It refuses what BigQuery refuses of a load: a file whose columns have other types than the
schema, and a schema that an existing table contradicts.
"""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from support.exporters.receivers import Answer, Request

_UPLOAD = re.compile(r"/(?:resumable/)?upload/bigquery/v2/projects/([^/]+)/jobs\?.*")
_JOB = re.compile(r"(?:/bigquery/v2)?/projects/([^/]+)/jobs/([^/?]+).*")
#: BigQuery's type -> that of a Parquet column which it takes for it.
_TYPES = {"STRING": pa.string(), "INT64": pa.int64(), "FLOAT64": pa.float64(), "BOOL": pa.bool_()}
_SAME = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}


class Warehouse:
    """What it holds.

    Attributes:
        tables: "project.dataset.table" -> all rows loaded so far.
        schemas: "project.dataset.table" -> column -> type.
        configurations: Of the load jobs, in order.
    """

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}
        self.schemas: dict[str, dict[str, str]] = {}
        self.configurations: list[dict[str, Any]] = []
        self._jobs: dict[str, dict[str, Any]] = {}
        self._uploads: dict[str, dict[str, Any]] = {}

    def respond(self, request: Request) -> Answer:
        if request.method == "POST" and _UPLOAD.fullmatch(request.path):
            number = str(len(self._uploads))
            self._uploads[number] = json.loads(request.body)
            place = f"http://{request.headers['host']}/put/{number}"
            return Answer(headers={"Location": place})
        if request.method == "PUT" and request.path.startswith("/put/"):
            return _json(self._load(self._uploads[request.path.rsplit("/", 1)[1]], request.body))
        if request.method == "GET" and (match := _JOB.fullmatch(request.path)):
            return _json(self._jobs[match[2]])
        return Answer(404, json.dumps({"error": {"message": f"no {request.path}"}}).encode())

    def _load(self, job: dict[str, Any], content: bytes) -> dict[str, Any]:
        load = job["configuration"]["load"]
        self.configurations.append(load)
        place = load["destinationTable"]
        name = ".".join(place[part] for part in ("projectId", "datasetId", "tableId"))
        table = pq.read_table(io.BytesIO(content))
        done: dict[str, Any] = {**job, "kind": "bigquery#job", "status": {"state": "DONE"}}
        if reason := self._refusal(name, load, table):
            error = {"reason": "invalid", "message": reason}
            done["status"] |= {"errorResult": error, "errors": [error]}
            done["statistics"] = {}
        else:
            before = self.tables.get(name)
            parts = [table] if before is None else [before, table]
            self.tables[name] = pa.concat_tables(parts, promote_options="default")
            done["statistics"] = {"load": {"outputRows": str(table.num_rows)}}
        self._jobs[job["jobReference"]["jobId"]] = done
        return done

    def _refusal(self, name: str, load: dict[str, Any], table: pa.Table) -> str:
        if load["sourceFormat"] != "PARQUET":
            return f"the file is no {load['sourceFormat']}"
        schema = {
            field["name"]: _SAME.get(field["type"], field["type"])
            for field in load["schema"]["fields"]
        }
        if set(schema) != set(table.column_names):
            return "the schema names other columns than the file"
        for field in table.schema:
            if _TYPES[schema[field.name]] != field.type:
                return f"{field.name} is {field.type} in the file, {schema[field.name]} here"
        known = self.schemas.setdefault(name, {})
        for column, kind in schema.items():
            if known.get(column, kind) != kind:
                return f"{column} has changed type from {known[column]} to {kind}"
        if (
            known
            and set(schema) - set(known)
            and "ALLOW_FIELD_ADDITION" not in load.get("schemaUpdateOptions", ())
        ):
            return "there are new columns"
        known.update(schema)
        return ""


def _json(value: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(value).encode(), headers={"Content-Type": "application/json"})
