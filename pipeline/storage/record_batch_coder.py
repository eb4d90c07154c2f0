"""How Beam carries Arrow batches between workers.

Beam would pickle them; a pickled slice takes the whole batch's buffers along.
Importing this module registers the coders for `pa.RecordBatch` and `pa.Table`.
"""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa


class RecordBatchCoder(beam.coders.Coder):
    """Arrow's IPC stream format."""

    def encode(self, value: pa.RecordBatch) -> bytes:
        """The batch's schema and rows."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, value.schema) as writer:
            writer.write_batch(value)
        return sink.getvalue().to_pybytes()

    def decode(self, encoded: bytes) -> pa.RecordBatch:
        """The batch, without copying its buffers."""
        with pa.ipc.open_stream(pa.py_buffer(encoded)) as reader:
            return reader.read_next_batch()

    def estimate_size(self, value: pa.RecordBatch) -> int:
        """Roughly: Beam asks at every step, and would encode the batch to find out."""
        return value.nbytes

    def is_deterministic(self) -> bool:
        """Equal batches in equal chunks encode equally, but for bytes under nulls."""
        return False

    def to_type_hint(self):
        """What is coded."""
        return pa.RecordBatch

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class TableCoder(beam.coders.Coder):
    """Arrow's IPC stream format; a table keeps its batches."""

    def encode(self, value: pa.Table) -> bytes:
        """The table's schema and rows."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, value.schema) as writer:
            writer.write_table(value)
        return sink.getvalue().to_pybytes()

    def decode(self, encoded: bytes) -> pa.Table:
        """The table, without copying its buffers."""
        with pa.ipc.open_stream(pa.py_buffer(encoded)) as reader:
            return reader.read_all()

    def estimate_size(self, value: pa.Table) -> int:
        """Roughly, as for a batch."""
        return value.nbytes

    def is_deterministic(self) -> bool:
        """Equal tables in equal chunks encode equally, but for bytes under nulls."""
        return False

    def to_type_hint(self):
        """What is coded."""
        return pa.Table

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


beam.coders.registry.register_coder(pa.Table, TableCoder)
beam.coders.registry.register_coder(pa.RecordBatch, RecordBatchCoder)
