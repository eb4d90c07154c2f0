"""The files below OUT/rejects: cleared before a stage, carried over from one step to the next."""

from __future__ import annotations

import contextlib
import heapq
import io
from collections.abc import Iterable, Iterator

from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.records.sorted_lines import in_order
from fairflip.pipeline.storage import filesystem, run_folder

REJECTS_DIR = "rejects"
#: What training left out; the other files are named by the evaluation's stages.
TRAINING_FILE = "training-00000-of-00001.jsonl"


def clear_rejects(output_dir: str) -> None:
    """Removes an earlier evaluation's files: one is written only for a stage with rejects."""
    for name in reject_files(output_dir):
        if not name.endswith(TRAINING_FILE):
            filesystem.remove(filesystem.join(output_dir, *name.split("/")))


def reject_files(output_dir: str) -> list[str]:
    """The files, relative to the run's folder."""
    entries = run_folder.files_of(filesystem.join(output_dir, REJECTS_DIR), "*.jsonl")
    return [f"{REJECTS_DIR}/{entry.path.rsplit('/', 1)[-1]}" for entry in entries]


def carry_rejects(from_dir: str, to_dir: str, no_text: bool) -> None:
    """Adds one step's rejects to those of a later one, which may have files of the same names.

    Args:
        from_dir: The earlier step's folder.
        to_dir: The later one's.
        no_text: Leave the records' values out.
    """
    for name in reject_files(from_dir):
        target = filesystem.join(to_dir, *name.split("/"))
        with contextlib.ExitStack() as files:
            parts = [files.enter_context(_lines(filesystem.join(from_dir, *name.split("/"))))]
            if filesystem.exists(target):
                parts.append(files.enter_context(_lines(target)))
            if no_text:  # What is left of a line stands elsewhere in the order.
                _write_lines(
                    target,
                    (RejectedRecord.from_json(line).to_json(True) for p in parts for line in p),
                )
            else:
                with filesystem.create_atomically(target) as file:
                    file.writelines(heapq.merge(*parts))


def write_training_rejects(
    output_dir: str, rejects: Iterable[RejectedRecord], no_text: bool
) -> list[str]:
    """Writes what training left out; returns the file, relative to the run's folder, if any."""
    path = filesystem.join(output_dir, REJECTS_DIR, TRAINING_FILE)
    lines = [record.to_json(no_text) for record in rejects]
    if not lines:
        filesystem.remove(path)
        return []
    _write_lines(path, lines)
    return [f"{REJECTS_DIR}/{TRAINING_FILE}"]


@contextlib.contextmanager
def _lines(path: str) -> Iterator[Iterator[bytes]]:
    """The lines of a file, which are sorted, each with its end."""
    with filesystem.open_raw(path) as file:
        yield io.BufferedReader(file, 1 << 16)


def _write_lines(path: str, lines: Iterable[str]) -> None:
    with in_order(lines) as ordered, filesystem.create_atomically(path) as file:
        file.writelines(ordered)
