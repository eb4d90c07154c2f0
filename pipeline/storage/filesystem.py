"""Files on this machine and on any Beam filesystem, by one set of functions.

Local paths go straight to the operating system, so that checking a
configuration does not pay for importing Beam; everything with a scheme
("gs://") goes through Beam's filesystems.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from typing import IO, Any

from fairflip.pipeline.storage.local_files import match_local
from fairflip.protos.errors import InputError

_SCHEME = re.compile(r"^([a-zA-Z][a-zA-Z0-9+.-]*)://")
_PATTERN_CHARACTERS = re.compile(r"[*?\[{]")

#: Compressions by a file name's last extension, as Arrow calls them.
COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}


@dataclasses.dataclass(frozen=True, order=True)
class FileEntry:
    """A file that a pattern matched."""

    path: str
    size_bytes: int


def is_local(path: str) -> bool:
    """Whether `path` lies on this machine's own filesystem."""
    return _SCHEME.match(path) is None


def join(folder: str, *names: str) -> str:
    """`folder` and `names` as one path, with "/" on remote filesystems."""
    if is_local(folder):
        return os.path.join(folder, *names)
    return "/".join([folder.rstrip("/"), *names])


def beam_filesystems() -> Any:
    """Beam's `FileSystems`, imported when first needed."""
    from apache_beam.io.filesystems import FileSystems

    return FileSystems


def match(patterns: Sequence[str], field: str = "input") -> list[FileEntry]:
    """The files that `patterns` name, sorted, each once.

    Args:
      patterns: Paths or file patterns (`*`, `?`, `[...]`; `**` for folders at any depth).
      field: What the patterns are for, to be named in the error.

    Returns:
      At least one file.

    Raises:
      InputError: A pattern matches no file, or its filesystem is unknown.
    """
    if isinstance(patterns, str):
        patterns = [patterns]
    entries: dict[str, FileEntry] = {}
    for pattern in patterns:
        matched = _match_local(pattern) if is_local(pattern) else _match_remote(pattern, field)
        if not matched:
            fault = "matches no file" if _PATTERN_CHARACTERS.search(pattern) else "does not exist"
            raise InputError(f"{field}: {pattern!r} {fault}; check the path")
        for entry in matched:
            # Two spellings of one local path ("a", "./a") are one file.
            key = os.path.abspath(entry.path) if is_local(entry.path) else entry.path
            entries.setdefault(key, entry)
    return sorted(entries.values())


def _match_local(pattern: str) -> list[FileEntry]:
    return [FileEntry(path, os.path.getsize(path)) for path in match_local(pattern)]


def _match_remote(pattern: str, field: str) -> list[FileEntry]:
    filesystems = beam_filesystems()
    try:
        results = filesystems.match([pattern])
    except Exception as e:
        raise InputError(f"{field}: {pattern!r} cannot be listed ({_reason(e)})") from e
    return [FileEntry(entry.path, entry.size_in_bytes) for entry in results[0].metadata_list]


def exists(path: str) -> bool:
    """Whether there is a file (or, locally, a folder) at `path`."""
    return os.path.exists(path) if is_local(path) else beam_filesystems().exists(path)


def remove(path: str) -> None:
    """Deletes a file; nothing happens where there is none."""
    if is_local(path):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.remove(path)
    elif exists(path):
        beam_filesystems().delete([path])


@contextlib.contextmanager
def open_raw(path: str) -> Iterator[Any]:
    """The file's bytes as they lie, as an Arrow file that can seek.

    Raises:
      InputError: The file cannot be opened.
    """
    import pyarrow as pa  # 0.1 CPU-seconds that commands without files need not pay

    try:
        if is_local(path):
            file: Any = pa.OSFile(path, "rb")
        else:
            file = pa.PythonFile(_open_remote(path), mode="r")
    except InputError:
        raise
    except Exception as e:
        raise InputError(f"{path}: cannot be opened ({_reason(e)})") from e
    with contextlib.closing(file):
        yield file


def _open_remote(path: str) -> IO[bytes]:
    from apache_beam.io.filesystem import CompressionTypes

    return beam_filesystems().open(path, compression_type=CompressionTypes.UNCOMPRESSED)


@contextlib.contextmanager
def open_stream(path: str) -> Iterator[Any]:
    """The file's content from start to end, decompressed by its extension."""
    import pyarrow as pa  # 0.1 CPU-seconds that commands without files need not pay

    with open_raw(path) as raw:
        compression = COMPRESSIONS.get(os.path.splitext(path)[1].lower())
        yield pa.CompressedInputStream(raw, compression) if compression else raw


@contextlib.contextmanager
def create_atomically(path: str) -> Iterator[IO[bytes]]:
    """A file to write, which appears at `path` whole or not at all.

    It is written beside its final place and renamed at the end, so a killed
    worker leaves no half file under the final name, and a second worker doing
    the same work replaces it with the same content.
    """
    if is_local(path):
        folder = os.path.dirname(path) or "."
        os.makedirs(folder, exist_ok=True)
        handle, temporary = tempfile.mkstemp(
            prefix=f".{os.path.basename(path)}.", suffix=".part", dir=folder
        )
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            # mkstemp makes files for the owner alone; results are for sharing.
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        return
    filesystems = beam_filesystems()
    folder, name = filesystems.split(path)
    temporary = filesystems.join(folder, f".{name}.{uuid.uuid4().hex}.part")
    try:
        with contextlib.closing(filesystems.create(temporary)) as file:
            yield file
        # Rename refuses an existing target on some filesystems.
        if filesystems.exists(path):
            filesystems.delete([path])
        filesystems.rename([temporary], [path])
    except BaseException:
        with contextlib.suppress(Exception):
            filesystems.delete([temporary])
        raise


def write_text(path: str, text: str) -> None:
    """Writes `text` as UTF-8 to `path`, whole or not at all."""
    with create_atomically(path) as file:
        file.write(text.encode("utf-8"))


def write_json(path: str, value: Any) -> None:
    """Writes `value` as indented JSON, keys in the order given."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def read_bytes(path: str) -> bytes:
    """The whole content of a small file, as it lies."""
    with open_raw(path) as file:
        return file.read()


def copy_to_local(path: str, folder: str) -> str:
    """A local copy of a remote file or folder, below `folder`.

    Args:
      path: A file or a folder on any Beam filesystem.
      folder: An existing local folder.

    Returns:
      The copy's path. A path that is local already is returned as it is.

    Raises:
      InputError: There is nothing at `path`.
    """
    if is_local(path):
        return path
    filesystems = beam_filesystems()
    base = path.rstrip("/")
    target = os.path.join(folder, base.rsplit("/", 1)[1])
    if filesystems.exists(base) and not _lies_below(base):
        _copy_file(base, target)
        return target
    entries = _lies_below(base)
    if not entries:
        raise InputError(f"{path!r} does not exist; check the path")
    for entry in entries:
        relative = entry.path[len(base) + 1 :]
        destination = os.path.normpath(os.path.join(target, relative))
        if not destination.startswith(target + os.sep):
            raise InputError(f"{entry.path!r} lies outside of {path!r}")
        _copy_file(entry.path, destination)
    return target


def _lies_below(base: str) -> list[FileEntry]:
    return _match_remote(base + "/**", "path")


def _copy_file(source: str, target: str) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with contextlib.closing(_open_remote(source)) as reader, open(target, "wb") as writer:
        shutil.copyfileobj(reader, writer, 1 << 20)


def _reason(error: BaseException) -> str:
    """The first line of what `error` says, shortened."""
    text = str(getattr(error, "strerror", None) or error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__
