"""A record that was left out, and why: nothing is dropped silently.

Apart from `fairflip.pipeline.records.rejects`, which writes these, so that reading and
checking input needs no Beam.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

#: The stages that can leave a record out, in the order of the flow.
STAGES = ("read", "generate", "pair", "score")

#: Longest text kept of one value of a rejected record, in characters.
MAX_CONTENT_CHARACTERS = 2000


@dataclasses.dataclass(frozen=True)
class RejectedRecord:
    """One record left out of the evaluation.

    Attributes:
      stage: Where it was left out: one of `STAGES`.
      reason: Why, as a short stable slug such as "missing_label".
      source: The file it came from; empty if unknown.
      record: Its ID, or its position in the file ("record 17").
      detail: One sentence for people. Holds no text of the data, so that it
        may be logged.
      content: The record's values, or None. Holds text of the data.
    """

    stage: str
    reason: str
    source: str = ""
    record: str = ""
    detail: str = ""
    content: Mapping[str, Any] | None = None

    def to_json(self, no_text: bool = False) -> str:
        """One line of JSON, in ASCII.

        Args:
          no_text: Leave `content` out.

        Returns:
          The record as a JSON object with sorted keys, the same for equal
          records.
        """
        fields: dict[str, Any] = {
            "stage": self.stage,
            "reason": self.reason,
            "source": self.source,
            "record": self.record,
            "detail": self.detail,
        }
        if not no_text and self.content is not None:
            fields["content"] = {key: _plain(value) for key, value in self.content.items()}
        return json.dumps(fields, sort_keys=True)

    @classmethod
    def from_json(cls, line: str | bytes) -> RejectedRecord:
        """The record that `to_json` wrote."""
        return cls(**json.loads(line))


def _plain(value: Any) -> Any:
    """`value` as JSON can hold it, shortened: hostile bytes become escapes."""
    if isinstance(value, bytes):
        value = value[:MAX_CONTENT_CHARACTERS].decode("utf-8", "backslashreplace")
    if isinstance(value, str):
        return value[:MAX_CONTENT_CHARACTERS]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in list(value.items())[:100]}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value[:100]]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)[:MAX_CONTENT_CHARACTERS]


def contents_of(batch: pa.RecordBatch) -> list[dict[str, Any]]:
    """Rows as dicts; text as bytes, since it may not be valid UTF-8."""
    columns = {name: _shown(batch.column(name)) for name in batch.schema.names}
    return [
        {name: values[row] for name, values in columns.items()} for row in range(batch.num_rows)
    ]


def _shown(column: pa.Array) -> list[Any]:
    """The values of a column; what is text in it as bytes, at any depth."""
    try:
        return column.cast(_with_bytes(column.type)).to_pylist()
    except (pa.ArrowException, UnicodeError):
        # Kinds of columns that no role takes, with text that is none.
        return [f"a value of the type {column.type}"[:200]] * len(column)


def _with_bytes(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pa.large_binary()
    if pa.types.is_dictionary(kind):
        return _with_bytes(kind.value_type)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.large_list(_with_bytes(kind.value_type))
    return kind
