"""Rejects on their way to their files: sorted blocks of lines, so that they do not fill memory.

A record that is left out weighs more on its way than one that is scored: all of its values, as
text. So a worker sorts some thousands and hands them on as one compressed block, on one machine
as a file of its own. Who writes the file of a stage merges its blocks line by line.
"""

from __future__ import annotations

import collections
import os
import uuid
from collections.abc import Iterator

import apache_beam as beam
from apache_beam.transforms.window import GlobalWindow
from apache_beam.utils.windowed_value import WindowedValue

from fairflip.pipeline.records import sorted_lines
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.protos.id_hash import hash_texts

#: (stage, number of the file) to a block: the compressed lines, or "" and the path of their file;
#: and how many there are of each (stage, reason).
Block = tuple[tuple[str, int], tuple[bytes, str, list[tuple[tuple[str, str], int]]]]


@beam.typehints.with_input_types(RejectedRecord)
@beam.typehints.with_output_types(Block)
class SortRejects(beam.DoFn):
    """Rejects of a bundle to sorted blocks.

    Args:
        no_text: Leave the records' values out.
        num_shards: Files per stage at most.
        folder: Where blocks are kept, from `shard_files.shard_folder`; "": they are handed on.
    """

    def __init__(self, no_text: bool, num_shards: int, folder: str = ""):
        self._no_text, self._num_shards, self._folder = no_text, num_shards, folder

    def start_bundle(self) -> None:
        """Nothing waits."""
        self._lines: dict[tuple[str, int], list[str]] = {}
        self._reasons: collections.Counter[tuple[str, str]] = collections.Counter()
        self._num_characters = 0

    def process(self, record: RejectedRecord) -> Iterator[Block]:
        """Takes a record; hands blocks on when there are enough lines."""
        line = record.to_json(self._no_text)
        shard = 0
        if self._num_shards > 1:
            name = f"{record.source}\0{record.record}".encode("utf-8", "surrogatepass")
            shard = int(hash_texts([name])[0]) % self._num_shards
        self._lines.setdefault((record.stage, shard), []).append(line)
        self._reasons[record.stage, record.reason] += 1
        self._num_characters += len(line)
        if self._num_characters > sorted_lines.MOST_CHARACTERS:
            yield from self._blocks()

    def finish_bundle(self) -> Iterator[WindowedValue]:
        """Hands the rest on."""
        window = GlobalWindow()
        for block in self._blocks():
            yield WindowedValue(block, window.max_timestamp(), (window,))

    def _blocks(self) -> Iterator[Block]:
        lines, reasons = self._lines, self._reasons
        self.start_bundle()
        for (stage, shard), own in lines.items():
            counts = [(key, number) for key, number in reasons.items() if key[0] == stage]
            for key, _ in counts:
                del reasons[key]  # With the first of the stage's blocks.
            own.sort()
            content, path = sorted_lines.compressed(own), ""
            if self._folder:
                path = os.path.join(self._folder, f"rejects-{uuid.uuid4().hex}")
                with open(path, "xb") as file:
                    file.write(content)
                content = b""
            yield (stage, shard), (content, path, counts)
