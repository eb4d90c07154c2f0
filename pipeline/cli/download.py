"""Fetches public data sets: resumable, size-checked, whole files or none.

Only plain HTTP(S) requests of the standard library; a transfer that breaks off
goes on where it stopped.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from fairflip.protos.errors import ConfigurationError, InputError

#: Called with the file's name, bytes there so far, and bytes in all.
Progress = Callable[[str, int, int], None]

_CHUNK_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Files under one address.

    Attributes:
      base_url: The address of the folder, ending in "/".
      files: The files' names in it.
    """

    base_url: str
    files: tuple[str, ...]


DATASETS = {
    # The files that TensorFlow's own CLP and MinDiff tutorials read.
    "civil_comments": Dataset(
        base_url="https://storage.googleapis.com/civil_comments_dataset/",
        files=(
            "train_df_processed.csv",
            "validate_df_processed.csv",
            "validate_tf_processed.tfrecord",
        ),
    ),
}


@dataclasses.dataclass(frozen=True)
class _Remote:
    """What the server says of a file: bytes, version, and MD5 in base64 (or "")."""

    size_bytes: int
    version: str
    md5: str


class _BrokenTransfer(Exception):
    """The connection ended early; what came so far is kept."""


def download(
    dataset: str,
    folder: str,
    base_url: str = "",
    progress: Progress | None = None,
    num_attempts: int = 5,
    wait_seconds: float = 1.0,
    timeout_seconds: float = 60.0,
) -> list[str]:
    """Downloads a data set's files.

    A file appears under its name when it is whole; until then it is `NAME.part`,
    and a later call goes on from there, unless the server has another version by
    then. Files that are there with the right size are left as they are.

    Args:
      dataset: A name in `DATASETS`.
      folder: Local folder, made if need be.
      base_url: In place of the data set's own address (a mirror).
      progress: Called while bytes arrive.
      num_attempts: Tries per file without any new byte, before giving up.
      wait_seconds: Pause before the second try; doubles with each.
      timeout_seconds: Longest silence of the server.

    Returns:
      The paths of the files.

    Raises:
      ConfigurationError: There is no such data set, or a wrong address.
      InputError: A file cannot be fetched, or came damaged.
    """
    known = DATASETS.get(dataset)
    if known is None:
        raise ConfigurationError(
            f"{dataset!r} is no known data set; there are: {', '.join(sorted(DATASETS))}"
        )
    base = (base_url or known.base_url).rstrip("/") + "/"
    if not base.startswith(("https://", "http://")):
        raise ConfigurationError(f"{base!r} is no web address; it must start with https://")
    os.makedirs(folder, exist_ok=True)
    paths = []
    for name in known.files:
        path = os.path.join(folder, name)
        _fetch(base + name, path, progress or _silent, num_attempts, wait_seconds, timeout_seconds)
        paths.append(path)
    return paths


def _silent(name: str, done: int, total: int) -> None:
    pass


def _fetch(
    url: str,
    path: str,
    progress: Progress,
    num_attempts: int,
    wait_seconds: float,
    timeout_seconds: float,
) -> None:
    name = os.path.basename(path)
    part = path + ".part"
    failures = 0
    while True:
        before = _size(part)
        try:
            remote = _ask(url, timeout_seconds)
            if _size(path) == remote.size_bytes and os.path.exists(path):
                progress(name, remote.size_bytes, remote.size_bytes)
                return
            _continue(url, part, remote, name, progress, timeout_seconds)
            break
        except urllib.error.HTTPError as e:
            if e.code < 500 and e.code not in (408, 429):
                raise InputError(
                    f"{url}: the server answers {e.code} {e.reason}; check the address"
                ) from e
            error: Exception = e
        except (OSError, http.client.HTTPException, _BrokenTransfer) as e:
            error = e
        # A try that brought bytes is progress, however often the line breaks.
        failures = 1 if _size(part) > before else failures + 1
        if failures >= num_attempts:
            raise InputError(
                f"{url}: cannot be fetched ({type(error).__name__}: {str(error)[:200]}); what came "
                f"so far is kept in {part!r}; try again later, or put the file at {path!r} yourself"
            ) from error
        time.sleep(wait_seconds * 2 ** (failures - 1))
    if remote.md5 and _md5(part) != remote.md5:
        os.unlink(part)
        raise InputError(f"{url}: came damaged (its MD5 differs); download it again")
    _forget_version(part)
    os.replace(part, path)


def _ask(url: str, timeout_seconds: float) -> _Remote:
    request = urllib.request.Request(url, method="HEAD")
    with contextlib.closing(_open(request, timeout_seconds)) as response:
        length = response.headers.get("Content-Length", "")
        if not length.isdigit():
            raise InputError(f"{url}: the server does not say how large the file is")
        hashes = response.headers.get_all("x-goog-hash") or []
        found = re.search(r"md5=([A-Za-z0-9+/=]+)", ",".join(hashes))
        version = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
        return _Remote(int(length), version, found.group(1) if found else "")


def _open(request: urllib.request.Request, timeout_seconds: float) -> Any:
    # Compressed in transfer, sizes and ranges would be those of other bytes.
    request.add_header("Accept-Encoding", "identity")
    return urllib.request.urlopen(request, timeout=timeout_seconds)


def _continue(
    url: str,
    part: str,
    remote: _Remote,
    name: str,
    progress: Progress,
    timeout_seconds: float,
) -> None:
    """Brings `part` to the file's full size."""
    done = _size(part)
    if done > remote.size_bytes or _known_version(part) != remote.version:
        done = 0
    _remember_version(part, remote.version)
    if done == remote.size_bytes and os.path.exists(part):
        return
    request = urllib.request.Request(url)
    if done:
        request.add_header("Range", f"bytes={done}-")
    with contextlib.closing(_open(request, timeout_seconds)) as response:
        if done and response.status != 206:
            # The server cannot go on in the middle: from the start, then.
            done = 0
        with open(part, "r+b" if done else "wb") as file:
            file.seek(done)
            file.truncate()
            while done < remote.size_bytes:
                chunk = response.read(min(_CHUNK_BYTES, remote.size_bytes - done))
                if not chunk:
                    raise _BrokenTransfer(f"the connection ended at {done} bytes")
                file.write(chunk)
                done += len(chunk)
                progress(name, done, remote.size_bytes)


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except FileNotFoundError:
        return 0


def _version_file(part: str) -> str:
    return part + ".version"


def _known_version(part: str) -> str | None:
    try:
        with open(_version_file(part), encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, UnicodeDecodeError):
        return None


def _remember_version(part: str, version: str) -> None:
    with open(_version_file(part), "w", encoding="utf-8") as file:
        file.write(version)


def _forget_version(part: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(_version_file(part))


def _md5(path: str) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return base64.b64encode(digest.digest()).decode("ascii")
