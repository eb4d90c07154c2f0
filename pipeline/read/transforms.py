"""Reads examples, counterfactuals and pairs as Arrow batches in a Beam pipeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics import Metrics

from fairflip.pipeline.read.files import (
    DEFAULT_BATCH_SIZE,
    CheckedInput,
    batches_from_table,
    check_inputs,
    parts_of,
    read_file,
    read_table,
)
from fairflip.pipeline.read.formats import format_of, row_groups_together
from fairflip.pipeline.read.images.files import paths_of
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.records.record_sums import READ, Counted, counted
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.records.rejects import REJECTS, count_reject, typed
from fairflip.pipeline.storage import record_batch_coder  # noqa: F401 (registers the coder)

__all__ = [
    "BATCHES",
    "COUNTS",
    "DEFAULT_BATCH_SIZE",
    "REJECTS",
    "CheckedInput",
    "ReadBatches",
    "RecordLayout",
    "batches_from_table",
    "check_inputs",
    "read_file",
    "read_table",
]

BATCHES = "batches"
COUNTS = "counts"

_NAMESPACE = "fairflip"
# A file, and the first of its row groups to read and the first not to; 0 and 0: the whole file.
_PART = tuple[str, int, int]


def _split_files(_: bytes, paths: Sequence[str], file_format: str) -> Iterable[tuple[_PART, None]]:
    """Parquet files by row groups; other formats cannot be entered in the middle."""
    for path in paths:
        if format_of(paths_of(path)[0], file_format) != "parquet":
            yield (path, 0, 0), None
            continue
        for groups in row_groups_together(path):
            yield (path, groups.start, groups.stop), None


class _ReadPart(beam.DoFn):
    """Reads a file, or some row groups of it."""

    def __init__(self, layout: RecordLayout, file_format: str, batch_size: int):
        self._layout = layout
        self._format = file_format
        self._batch_size = batch_size

    def process(self, part: tuple[_PART, Iterable[None]]) -> Iterable[Any]:
        (path, first, end), _ = part
        groups = range(first, end) or None
        for read in read_file(path, self._layout, self._format, self._batch_size, groups):
            Metrics.counter(_NAMESPACE, f"{self._layout.kind}_read").inc(read.num_records)
            Metrics.counter(_NAMESPACE, f"{self._layout.kind}_filtered").inc(read.num_filtered)
            for record in read.rejects:
                count_reject(record)
                yield beam.pvalue.TaggedOutput(REJECTS, record)
            for count in counted(
                READ,
                self._layout.kind,
                num_in=read.num_decoded,
                num_kept=read.batch.num_rows,
                num_rejected=len(read.rejects),
                num_filtered=read.num_filtered,
            ):
                yield beam.pvalue.TaggedOutput(COUNTS, count)
            if read.batch.num_rows:
                yield read.batch


class ReadBatches(beam.PTransform):
    """Reads files into batches of good records and rejects.

    Give it to a pipeline: `pipeline | ReadBatches(checked)`. The counters
    `<kind>_read` (good records and rejects), `<kind>_filtered` and `rejects`
    are in the namespace "fairflip".

    Duplicate IDs lie in different batches and are found where the records of
    one ID meet: in pairing.

    Args:
      checked: What `check_inputs` returned for the input.
      batch_size: Most records per batch.

    Returns:
      `[BATCHES]`: `pa.RecordBatch`es, all in one schema;
      `[REJECTS]`: `RejectedRecord`s of the stage "read";
      `[COUNTS]`: what was read and where it went, see `record_sums`.
    """

    def __init__(self, checked: CheckedInput, batch_size: int = DEFAULT_BATCH_SIZE):
        super().__init__()
        self._checked = checked
        self._batch_size = batch_size

    def expand(self, pipeline: beam.Pipeline) -> dict[str, beam.PCollection]:
        """Spreads files and row groups over the workers, then reads."""
        checked = self._checked
        paths = parts_of(checked)
        read = (
            pipeline
            | "StartReading" >> beam.Impulse()
            | "SplitFiles"
            >> beam.FlatMap(_split_files, paths, checked.file_format).with_output_types(
                tuple[_PART, None]
            )
            # Each part is a key of its own: what Reshuffle does in six transforms.
            | "SpreadParts" >> beam.GroupByKey()
            | "ReadParts"
            >> beam.ParDo(_ReadPart(checked.layout, checked.file_format, self._batch_size))
            .with_output_types(pa.RecordBatch)
            .with_outputs(REJECTS, COUNTS, main=BATCHES)
        )
        return {
            BATCHES: read[BATCHES],
            REJECTS: typed(read[REJECTS], RejectedRecord),
            COUNTS: typed(read[COUNTS], Counted),
        }
