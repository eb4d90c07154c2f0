"""Collects the records that were left out: counted, and written with their reasons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
from apache_beam.metrics import Metrics
from apache_beam.typehints.native_type_compatibility import convert_to_beam_type

from fairflip.pipeline.records.reject_blocks import Block, SortRejects
from fairflip.pipeline.records.rejected_record import STAGES, RejectedRecord
from fairflip.pipeline.records.sorted_lines import merged
from fairflip.pipeline.storage import filesystem

__all__ = [
    "REJECTS",
    "STAGES",
    "CountRejects",
    "RejectedRecord",
    "RejectsInBlocks",
    "WriteRejects",
    "count_reject",
    "typed",
]

#: The tagged output by which transforms hand on `RejectedRecord`s.
REJECTS = "rejects"

_NAMESPACE = "fairflip"
_Count = tuple[tuple[str, str], int]


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


@beam.typehints.with_output_types(Block)
class RejectsInBlocks(beam.PTransform):
    """Collections of `RejectedRecord`s to their sorted blocks, which are counted and written.

    Args:
      no_text: Leave the records' values out.
      num_shards: Files per stage at most.
      folder: Of a run on one machine, where blocks are kept; see `SortRejects`.
    """

    def __init__(self, no_text: bool = False, num_shards: int = 1, folder: str = ""):
        super().__init__()
        self._arguments = (no_text, num_shards, folder)

    def expand(self, rejects: Iterable[beam.PCollection]) -> beam.PCollection:
        """Sorts each collection where it is made, and joins the blocks."""
        blocks = tuple(
            records | f"Sort{number}" >> beam.ParDo(SortRejects(*self._arguments))
            for number, records in enumerate(rejects)
        )
        return blocks | "AllRejects" >> beam.Flatten()


@beam.typehints.with_input_types(Block)
@beam.typehints.with_output_types(_Count)
class CountRejects(beam.PTransform):
    """((stage, reason), how many) for every reason that occurred."""

    def expand(self, blocks: beam.PCollection) -> beam.PCollection:
        """Adds up what the blocks say."""
        return (
            blocks
            | "TakeCounts"
            >> beam.FlatMap(_counts_of).with_output_types(tuple[tuple[str, str], int])
            | "CountByReason" >> beam.CombinePerKey(sum)
        )


def _counts_of(block: Block) -> list[tuple[tuple[str, str], int]]:
    return block[1][2]


@beam.typehints.with_input_types(Block)
@beam.typehints.with_output_types(str)
class WriteRejects(beam.PTransform):
    """Writes `<output_dir>/rejects/<stage>-<shard>-of-<shards>.jsonl`, sorted, whole or not at all.

    Args:
      output_dir: The run's folder, on any Beam filesystem.
      num_shards: As the blocks were made; a file without a record is not written.

    Returns:
      The paths written.
    """

    def __init__(self, output_dir: str, num_shards: int = 1):
        super().__init__()
        self._output_dir, self._num_shards = output_dir, num_shards

    def expand(self, blocks: beam.PCollection) -> beam.PCollection:
        """Groups the blocks by file and writes each file once."""
        return (
            blocks
            | "GroupByFile" >> beam.GroupByKey()
            | "WriteFile" >> beam.Map(_write_file, self._output_dir, self._num_shards)
        )


def _write_file(
    group: tuple[tuple[str, int], Iterable[Any]], output_dir: str, num_shards: int
) -> str:
    (stage, shard), blocks = group
    path = filesystem.join(output_dir, "rejects", f"{stage}-{shard:05d}-of-{num_shards:05d}.jsonl")
    with filesystem.create_atomically(path) as file:
        file.writelines(merged((content, path) for content, path, _ in blocks))
    return path
