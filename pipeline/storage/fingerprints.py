"""SHA-256 of a run's large files, taken by those who write them.

A manifest names each file of a run with its SHA-256. Of 10^10 pairs, results are terabytes, which
the launcher alone would read for hours. So workers hash what they write, one entry for each file;
the step that names the files writes all entries down; and the launcher reads these.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.protos.errors import InputError

#: Below a run's directory, a file for each folder of shards.
FOLDER = f"{run_folder.WORK}/fingerprints"


class Fingerprint(NamedTuple):
    """What a file holds.

    Attributes:
        sha256: In hexadecimal digits.
        num_bytes: Its size.
    """

    sha256: str
    num_bytes: int


class HashedFile:
    """A file that is being written, from its beginning to its end, and hashed."""

    def __init__(self, file: Any):
        """Takes what has `write` and `close`."""
        self._file, self._digest, self.num_bytes = file, hashlib.sha256(), 0

    def write(self, data: Any) -> int:
        """Writes and hashes bytes."""
        self._file.write(data)
        self._digest.update(data)
        self.num_bytes += memoryview(data).nbytes
        return memoryview(data).nbytes

    def tell(self) -> int:
        """Where the next bytes go."""
        return self.num_bytes

    def flush(self) -> None:
        """Nothing: the file below decides when it writes."""

    @property
    def closed(self) -> bool:
        """Whether it is."""
        return bool(self._file.closed)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    @property
    def sha256(self) -> str:
        """Of what was written."""
        return self._digest.hexdigest()


def path_of(output_dir: str, folder: str) -> str:
    """The file with the fingerprints of one of a run's folders, such as "scored_pairs"."""
    return filesystem.join(output_dir, *FOLDER.split("/"), f"{folder.replace('/', '__')}.json")


def record(path: str, files: Mapping[str, Fingerprint]) -> None:
    """Writes fingerprints down by the last part of each path."""
    entries = {name.rsplit("/", 1)[-1]: list(one) for name, one in files.items()}
    filesystem.write_text(path, json.dumps(entries, indent=0) + "\n")


def recorded(output_dir: str, folder: str) -> dict[str, Fingerprint]:
    """By name, the files of a folder of which the fingerprints were taken and that have that size.

    Empty where none were, or what was written down cannot be read: who asks reads the files then.
    """
    try:
        with filesystem.open_raw(path_of(output_dir, folder)) as file:
            entries = json.loads(file.read())
        taken = {name: Fingerprint(str(s), int(size)) for name, (s, size) in entries.items()}
    except (InputError, OSError, ValueError, TypeError, AttributeError):
        return {}
    present = run_folder.files_of(filesystem.join(output_dir, *folder.split("/")))
    sizes = {entry.path.rsplit("/", 1)[-1]: entry.size_bytes for entry in present}
    return {name: one for name, one in taken.items() if sizes.get(name) == one.num_bytes}
