"""Keeps on disk what a local run brings together by ID, so that memory does not grow with it.

Beam's local runner holds in memory, three times over, whatever is grouped. So a run on
one machine writes the records to files of its own folder, and groups where in them they
lie. A service shuffles by itself, and its workers share no disk: there the records are
grouped as they are.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import uuid
from collections.abc import Iterator

import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.pipeline.beam.options import is_local
from fairflip.pipeline.storage import filesystem, run_folder

#: What a reference begins with; an Arrow stream begins with bytes that are no text.
_MARK = b"shard-file:"


@contextlib.contextmanager
def shard_folder(options: PipelineOptions, output_dir: str) -> Iterator[str]:
    """A folder for the files of one job, gone at its end; "" where workers share no disk.

    Only its owner can read it, whatever a run is to keep of its texts. It lies in the
    run's own folder, where the next run finds what a killed one left, and in the
    system's for temporary files where results go to another filesystem.
    """
    if not is_local(options):
        yield ""
        return
    parent = None
    if filesystem.is_local(output_dir):
        parent = os.path.abspath(os.path.join(output_dir, *run_folder.WORK.split("/")))
        os.makedirs(parent, exist_ok=True)
    prefix = f"{run_folder.TEMPORARY_PREFIX}shards-"
    with tempfile.TemporaryDirectory(
        prefix=prefix, dir=parent, ignore_cleanup_errors=True
    ) as folder:
        yield folder


class ShardFile:
    """One bundle's file of sub-batches; made when the first of them comes."""

    def __init__(self, folder: str):
        """Takes the folder, from `shard_folder`."""
        self._folder = folder
        self._path = ""
        self._file: pa.OSFile | None = None

    def append(self, table: pa.Table, options: pa.ipc.IpcWriteOptions | None = None) -> bytes:
        """Writes a sub-batch as an Arrow stream; returns a reference that `content_of` follows."""
        if self._file is None:
            self._path = os.path.join(self._folder, uuid.uuid4().hex)
            self._file = pa.OSFile(self._path, "wb")
        start = self._file.tell()
        # Arrow writes each column from where it lies: no copy of all of them is made before.
        with pa.ipc.new_stream(self._file, table.schema, options=options) as writer:
            writer.write_table(table)
        place = [self._path, start, self._file.tell() - start]
        return _MARK + json.dumps(place).encode()

    def close(self) -> None:
        """Ends the file: from here on its sub-batches can be read."""
        if self._file is not None:
            self._file.close()
        self._file = None


def content_of(part: bytes) -> bytes | pa.Buffer:
    """The sub-batch itself, where it is one, or what a reference refers to.

    Raises:
        OSError: The file is gone, or shorter than when it was written.
    """
    if not part.startswith(_MARK):
        return part
    path, start, size = json.loads(part[len(_MARK) :])
    # Into Arrow's memory, which goes back to the system once the records are read.
    with pa.OSFile(path) as file:
        file.seek(start)
        content = file.read_buffer(size)
    if content.size != size:
        raise OSError(f"{path!r} ends before its time; run the job again")
    return content
