"""Collects the records that were left out: counted, and written with their reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.typehints.native_type_compatibility import convert_to_beam_type

from fairflip.pipeline.records.rejected_record import STAGES, RejectedRecord
from fairflip.pipeline.storage import filesystem
from fairflip.protos.id_hash import hash_texts

__all__ = [
    "REJECTS",
    "STAGES",
    "CountRejects",
    "RejectedRecord",
    "WriteRejects",
    "count_reject",
    "typed",
]

#: The tagged output by which transforms hand on `RejectedRecord`s.
REJECTS = "rejects"

_NAMESPACE = "fairflip"


class RejectedRecordCoder(beam.coders.Coder):
    """Carries rejects between workers as JSON, so that nothing of the data is unpickled."""

    def encode(self, value: RejectedRecord) -> bytes:
        """One line of JSON."""
        return value.to_json().encode("ascii")

    def decode(self, encoded: bytes) -> RejectedRecord:
        """The record; values that JSON cannot hold come back as text."""
        return RejectedRecord.from_json(encoded)

    def is_deterministic(self) -> bool:
        """Keys are sorted."""
        return True

    def to_type_hint(self):
        """What is coded."""
        return RejectedRecord

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


beam.coders.registry.register_coder(RejectedRecord, RejectedRecordCoder)


def count_reject(record: RejectedRecord) -> None:
    """Counts `record` in Beam's metrics: in all, and by stage and reason."""
    Metrics.counter(_NAMESPACE, "rejects").inc()
    Metrics.counter(_NAMESPACE, f"rejects_{record.stage}_{record.reason}").inc()


def typed(tagged: beam.PCollection, kind: Any) -> beam.PCollection:
    """Tells Beam what a tagged output holds; what has no type is pickled between stages."""
    tagged.element_type = convert_to_beam_type(kind)
    return tagged


def _stage_and_reason(record: RejectedRecord) -> tuple[tuple[str, str], int]:
    return (record.stage, record.reason), 1


@beam.typehints.with_input_types(RejectedRecord)
@beam.typehints.with_output_types(tuple[tuple[str, str], int])
class CountRejects(beam.PTransform):
    """((stage, reason), how many) for every reason that occurred."""

    def expand(self, rejects: beam.PCollection) -> beam.PCollection:
        """Counts the rejects."""
        return (
            rejects
            | "TakeReason" >> beam.Map(_stage_and_reason)
            | "CountByReason" >> beam.CombinePerKey(sum)
        )


@beam.typehints.with_input_types(RejectedRecord)
@beam.typehints.with_output_types(str)
class WriteRejects(beam.PTransform):
    """Writes `<output_dir>/rejects/<stage>-<shard>-of-<shards>.jsonl`, sorted, whole or not at all.

    Args:
      output_dir: The run's folder, on any Beam filesystem.
      no_text: Leave the records' values out.
      num_shards: Files per stage at most; those without a record are not written.

    Returns:
      The paths written.
    """

    def __init__(self, output_dir: str, no_text: bool = False, num_shards: int = 1):
        super().__init__()
        self._output_dir = output_dir
        self._no_text = no_text
        self._num_shards = num_shards

    def expand(self, rejects: beam.PCollection) -> beam.PCollection:
        """Groups the rejects by file and writes each file once."""
        return (
            rejects
            | "ToLines"
            >> beam.Map(_to_line, self._no_text, self._num_shards).with_output_types(
                tuple[tuple[str, int], str]
            )
            | "GroupByFile" >> beam.GroupByKey()
            | "WriteFile" >> beam.Map(_write_file, self._output_dir, self._num_shards)
        )


def _to_line(record: RejectedRecord, no_text: bool, num_shards: int) -> tuple[tuple[str, int], str]:
    name = f"{record.source}\0{record.record}".encode("utf-8", "surrogatepass")
    shard = int(hash_texts([name])[0]) % num_shards
    return (record.stage, shard), record.to_json(no_text)


def _write_file(
    group: tuple[tuple[str, int], Iterable[str]], output_dir: str, num_shards: int
) -> str:
    (stage, shard), lines = group
    path = filesystem.join(output_dir, "rejects", f"{stage}-{shard:05d}-of-{num_shards:05d}.jsonl")
    with filesystem.create_atomically(path) as file:
        for line in sorted(lines):
            file.write(line.encode("ascii") + b"\n")
    return path
