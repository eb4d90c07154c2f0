"""What must hold of everything that a reader was given: an account of each record, or a sentence.

Shared by the tests that make records (`test_read_fuzz.py`) and the targets that take any bytes
(`fuzz_targets.py`).
"""

from __future__ import annotations

import json
import pathlib
import tempfile

import pyarrow as pa

from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos.errors import UserError

#: Of the layouts that are fuzzed.
MAX_TEXT_BYTES = 50

# A folder in memory where there is one: each input is a file for a moment.
_SHARED_MEMORY = pathlib.Path("/dev/shm")
FOLDER = tempfile.TemporaryDirectory(dir=_SHARED_MEMORY if _SHARED_MEMORY.is_dir() else None)


def refused(error: UserError, name: str = "") -> None:
    """What a refusal must look like, and that it names the file."""
    assert name in str(error), error
    for problem in getattr(error, "problems", (str(error),)):
        assert problem.strip(), "an empty message"
        assert problem.isprintable(), ascii(problem)
        assert len(problem) < 3000


def account(content: bytes, name: str, num_records: int | None, layout: RecordLayout) -> None:
    """Reads a file: good records and rejects add up, or a sentence says why not.

    Args:
        content: Of the file.
        name: Of the file; its extension is the format.
        num_records: How many it holds; None where that cannot be told.
        layout: With the columns id, t, l, w and g.
    """
    path = pathlib.Path(FOLDER.name, name)
    path.write_bytes(content)
    try:
        table, rejects = read_table([str(path)], layout, batch_size=4)
    except UserError as error:
        refused(error, name)
        return
    finally:
        path.unlink()
    check_records(table, rejects)
    ids = table["id"].to_pylist()
    assert len(set(ids)) == len(ids)
    if num_records is not None:
        actual = table.num_rows + len(rejects)
        assert actual == num_records, (table.num_rows, len(rejects), num_records)


def check_records(good: pa.Table, rejects: list[RejectedRecord]) -> None:
    """What stayed is what the layout asks for; what did not says why."""
    for row in good.to_pylist():
        assert row["id"].strip()
        assert row["t"].strip()
        assert len(row["t"].encode()) <= MAX_TEXT_BYTES
        # Labels are optional: a file in which none is seen, or whose damage hid the
        # column, is read without.
        assert row.get("l", 0.0) in (0.0, 1.0)
        assert 0 <= row["w"] < float("inf")
        assert all(row["g"])
        assert len(set(row["g"])) == len(row["g"])
    for record in rejects:
        assert record.detail.isprintable(), ascii(record.detail)
        assert json.loads(record.to_json())["reason"] == record.reason
