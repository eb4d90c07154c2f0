"""The manifest of a run: written last, so that what has none is not complete.

``OUT/manifest.json`` names every file of the run with its size and SHA-256, and
the version that wrote it. It finds accidents and careless edits; it is no
signature, since whoever can write the files can write the manifest too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from typing import IO, Any

from fairflip.pipeline.configuration_tree import quote
from fairflip.pipeline.configuration_values import is_local
from fairflip.protos.errors import InputError

MANIFEST = "manifest.json"
REPORT = "run_report.json"

_FORMAT = 1
_CHUNK_BYTES = 1 << 20
_MAX_MANIFEST_BYTES = 64 << 20


def write_manifest(output_dir: str, files: Iterable[str], version: str) -> None:
    """Marks a run as complete. Call it last, when all files are in place.

    Args:
        output_dir: The run's directory, local or on a Beam filesystem.
        files: Paths relative to it, with forward slashes.
        version: The version of fairflip that wrote them.

    Raises:
        InputError: A file is missing, or its name leaves the directory.
    """
    entries = {name: _fingerprint(output_dir, name) for name in sorted(set(files))}
    _write(output_dir, version, entries)


def update_manifest(output_dir: str, files: Iterable[str]) -> None:
    """Enters rewritten files, such as a rebuilt report.html, and leaves all others as they were.

    Raises:
        InputError: There is no readable manifest, or a file is missing.
    """
    content, problems = _read(output_dir)
    if content is None:
        raise InputError("; ".join(problems))
    entries = dict(content["files"])
    for name in files:
        entries[name] = _fingerprint(output_dir, name)
    _write(output_dir, content["version"], entries)


def remove_manifest(output_dir: str) -> None:
    """Marks a directory as incomplete; call it before anything in it is rewritten."""
    path = join_path(output_dir, MANIFEST)
    if is_local(path):
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)
        return
    from apache_beam.io.filesystems import FileSystems

    if FileSystems.exists(path):
        FileSystems.delete([path])


def verify_manifest(output_dir: str, version: str | None = None) -> list[str]:
    """What speaks against trusting a run; empty where it is complete and unaltered.

    Args:
        output_dir: The run's directory, local or on a Beam filesystem.
        version: Refuse runs of another version of fairflip; None: any version.

    Returns:
        One sentence for each problem.
    """
    content, problems = _read(output_dir)
    if content is None:
        return problems
    if version is not None and content["version"] != version:
        problems.append(
            f"the run is of fairflip {quote(content['version'])} and this is {version}; "
            "use that version, or run again"
        )
    entries = content["files"]
    if REPORT not in entries:
        problems.append(f"the manifest does not list {REPORT}; run again")
    for name, entry in sorted(entries.items()):
        try:
            found = _fingerprint(output_dir, name)
        except InputError as error:
            problems.append(str(error))
            continue
        if found != entry:
            problems.append(f"{quote(name)} was altered after the run; run again")
    return problems


def _read(output_dir: str) -> tuple[dict[str, Any] | None, list[str]]:
    path = join_path(output_dir, MANIFEST)
    try:
        with _open(path) as stream:
            text = stream.read(_MAX_MANIFEST_BYTES)
    except OSError:
        return None, [
            f"{quote(output_dir)} has no {MANIFEST}: the run is not complete; let it finish, "
            "or run again"
        ]
    try:
        content = json.loads(text)
        entries, version = content["files"], content["version"]
        is_whole = (
            content["format"] == _FORMAT
            and isinstance(version, str)
            and isinstance(entries, dict)
            and content["digest"] == _digest(version, entries)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        is_whole = False
    if not is_whole:
        return None, [f"{quote(path)} is damaged or was altered; run again"]
    return content, []


def _write(output_dir: str, version: str, entries: dict[str, dict[str, Any]]) -> None:
    content = {
        "format": _FORMAT,
        "version": version,
        "files": dict(sorted(entries.items())),
        "digest": _digest(version, entries),
    }
    write_atomically(join_path(output_dir, MANIFEST), json.dumps(content, indent=1) + "\n")


def _digest(version: str, entries: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps([version, entries], sort_keys=True).encode()).hexdigest()


def _fingerprint(output_dir: str, name: str) -> dict[str, Any]:
    if not name or name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise InputError(f"{quote(name)} is no path inside the run's directory; name a file there")
    digest, size = hashlib.sha256(), 0
    try:
        with _open(join_path(output_dir, name)) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise InputError(f"{quote(name)} is missing or unreadable in the run; run again") from error
    return {"sha256": digest.hexdigest(), "bytes": size}


def join_path(folder: str, name: str) -> str:
    """A file's path inside a directory, local or on a Beam filesystem."""
    return os.path.join(folder, name) if is_local(folder) else f"{folder.rstrip('/')}/{name}"


def _open(path: str) -> IO[bytes]:
    if is_local(path):
        return open(path, "rb")
    from apache_beam.io.filesystem import CompressionTypes
    from apache_beam.io.filesystems import FileSystems

    # The stored bytes count, also of files whose name says that they are compressed.
    return FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED)


def read_whole(path: str) -> str:
    """The text of a file, local or on a Beam filesystem.

    Raises:
        InputError: It is missing, unreadable, or not UTF-8.
    """
    try:
        with _open(path) as stream:
            return stream.read().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{quote(path)} cannot be read as text; run again") from error


def write_atomically(path: str, text: str) -> None:
    """Writes a text file so that no reader ever sees half of it.

    Locally through a file beside it that is renamed when it is on disk; object
    stores show a file only once it is whole.
    """
    content = text.encode("utf-8")
    if not is_local(path):
        from apache_beam.io.filesystems import FileSystems

        with FileSystems.create(path, mime_type="text/plain") as stream:
            stream.write(content)
        return
    folder = os.path.dirname(path) or "."
    handle, beside = tempfile.mkstemp(dir=folder, prefix=f".{os.path.basename(path)}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(beside, 0o666 & ~_umask())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.remove(beside)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
