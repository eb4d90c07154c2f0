"""The manifest of a run: written last, so that what has none is not complete.

``OUT/details/manifest.json`` names every file of the run with its size and SHA-256, and
the version that wrote it. It finds accidents and careless edits; it is no
signature, since whoever can write the files can write the manifest too.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from fairflip.pipeline.storage import filesystem, fingerprints, run_folder
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import quote

MANIFEST = f"{run_folder.DETAILS}/manifest.json"
REPORT = "run_report.json"
#: What a gate writes into the directory of the run that it checked.
GATE_FILES = (f"{run_folder.DETAILS}/gate.xml", f"{run_folder.DETAILS}/gate.md")

#: Shards, as `write_parquet` names them.
_SHARD = re.compile(r"[a-z-]+-\d{5}-of-\d{5}\.parquet")
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
    _write(output_dir, version, fingerprint_files(output_dir, files))


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
        entries[name] = fingerprint_file(output_dir, name)
    _write(output_dir, content["version"], entries)


def remove_manifest(output_dir: str) -> None:
    """Marks a directory as incomplete; call it before anything in it is rewritten.

    The results of a gate go too: they are of the run that was there before.
    """
    for name in (MANIFEST, *GATE_FILES):
        filesystem.remove(filesystem.join(output_dir, name))


def verify_manifest(
    output_dir: str, version: str | None = None, folders: Sequence[str] | None = None
) -> list[str]:
    """What speaks against trusting a run; empty where it is complete and unaltered.

    Args:
        output_dir: The run's directory, local or on a Beam filesystem.
        version: Refuse runs of another version of fairflip; None: any version.
        folders: Look only at the report and at files of these folders; None: at all files.

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
        if folders is not None and name != REPORT and name.split("/")[0] not in folders:
            continue
        try:
            current = fingerprint_file(output_dir, name)
        except InputError as error:
            problems.append(str(error))
            continue
        if current != entry:
            problems.append(f"{quote(name)} was altered after the run; run again")
    return problems


def listed_files(output_dir: str) -> frozenset[str] | None:
    """The names of the run's files, relative to its directory; None while it is not finished."""
    content, _ = _read(output_dir)
    return None if content is None else frozenset(content["files"])


def shard_names(output_dir: str, folder: str) -> list[str]:
    """The run's own shards in a folder, relative to the run's directory.

    Of a finished run they are those that its manifest lists. While it is under way they
    are those with the names that its writer gives, which has removed all others of such
    names. So a file that somebody put beside them is not read as the run's.

    Args:
        output_dir: The run's directory, local or on a Beam filesystem.
        folder: A folder in it, such as "scored_pairs".
    """
    names = run_folder.names_of(output_dir, folder)
    listed = listed_files(output_dir)
    if listed is not None:
        return [name for name in names if name in listed]
    return [name for name in names if _SHARD.fullmatch(name.rsplit("/", 1)[-1])]


def shard_paths(output_dir: str, folder: str) -> list[str]:
    """The same as paths."""
    return [
        filesystem.join(output_dir, *name.split("/")) for name in shard_names(output_dir, folder)
    ]


def _read(output_dir: str) -> tuple[dict[str, Any] | None, list[str]]:
    path = filesystem.join(output_dir, MANIFEST)
    try:
        with filesystem.open_raw(path) as file:
            text = file.read(_MAX_MANIFEST_BYTES)
    except (InputError, OSError):
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
    filesystem.write_text(
        filesystem.join(output_dir, MANIFEST), json.dumps(content, indent=1) + "\n"
    )


def _digest(version: str, entries: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps([version, entries], sort_keys=True).encode()).hexdigest()


def fingerprint_file(output_dir: str, name: str) -> dict[str, Any]:
    """Size and SHA-256 of a file of a run, as its manifest holds them.

    Raises:
        InputError: There is no such file, or its name leaves the directory.
    """
    if not name or name.startswith("/") or "\\" in name or ".." in name.split("/"):
        raise InputError(f"{quote(name)} is no path inside the run's directory; name a file there")
    digest, size = hashlib.sha256(), 0
    try:
        with filesystem.open_raw(filesystem.join(output_dir, name)) as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                size += len(chunk)
    except (InputError, OSError) as error:
        raise InputError(f"{quote(name)} is missing or unreadable in the run; run again") from error
    return {"sha256": digest.hexdigest(), "bytes": size}


def fingerprint_files(output_dir: str, files: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`fingerprint_file` of each, by name: those that workers took are not read again.

    Call it when the files have just been written.

    Raises:
        InputError: A file is missing, or its name leaves the directory.
    """
    entries, taken = {}, {}
    for name in sorted(set(files)):
        folder, _, last = name.rpartition("/")
        if folder not in taken:
            taken[folder] = fingerprints.recorded(output_dir, folder) if folder else {}
        known = taken[folder].get(last)
        entries[name] = (
            {"sha256": known.sha256, "bytes": known.num_bytes}
            if known is not None
            else fingerprint_file(output_dir, name)
        )
    return entries


def read_whole(path: str) -> str:
    """The text of a file, local or on a Beam filesystem.

    Raises:
        InputError: It is missing, unreadable, or not UTF-8.
    """
    try:
        return filesystem.read_bytes(path).decode("utf-8")
    except (InputError, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{quote(path)} cannot be read as text; run again") from error
