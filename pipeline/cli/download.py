"""Fetches public data sets: resumable, of known content, whole files or none.

Only HTTPS requests of the standard library, also where a server sends elsewhere; a
transfer that breaks off goes on where it stopped. (pooch checks hashes, but neither
resumes nor caps sizes.) What came is compared with the SHA-256 that is written here, or
that the caller gives, and no file is larger than `MAX_FILE_BYTES`.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import hashlib
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

from fairflip.protos.errors import ConfigurationError, InputError

#: Called with the file's name, bytes there so far, and bytes in all.
Progress = Callable[[str, int, int], None]

#: Largest file that is fetched; the largest of the data sets has some 0.4 GiB.
MAX_FILE_BYTES = 2 << 30
_CHUNK_BYTES = 1 << 20
#: A mirror on this machine needs no encryption.
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclasses.dataclass(frozen=True)
class Dataset:
    """Files under one address.

    Attributes:
      base_url: The address of the folder, ending in "/".
      files: The files' names in it, each with its SHA-256; "" where it is not known here.
    """

    base_url: str
    files: Mapping[str, str]


DATASETS = {
    # The files that TensorFlow's own CLP and MinDiff tutorials read.
    "civil_comments": Dataset(
        base_url="https://storage.googleapis.com/civil_comments_dataset/",
        # Their server could not be reached where this was written. Who has the files that
        # the tutorials read can enter what `sha256sum` says of them.
        files={
            "train_df_processed.csv": "",
            "validate_df_processed.csv": "",
            "validate_tf_processed.tfrecord": "",
        },
    ),
    # The SHA-256 is the one that another public evaluation holds this revision's file to; it was
    # not computed here. A wrong one refuses the file.
    "hatecheck": Dataset(
        base_url="https://raw.githubusercontent.com/paul-rottger/hatecheck-data/"
        "3490854f969111a32c55c05f0d9788b471337fa9/",
        files={
            "test_suite_cases.csv": "ecf0dc1e93fccc90b6f880e632b19e63"
            "5c0f0a68b3157915a9e20b6938f121cf"
        },
    ),
    **{
        f"mhc_{language}": Dataset(
            base_url="https://raw.githubusercontent.com/rewire-online/multilingual-hatecheck/"
            "9f72ce80e6ccbad889739f59f96ab06d43a92cb6/MHC%20Final%20Cases/",
            files={f"hatecheck_cases_final_{language}.csv": ""},
        )
        for language in ("french", "german", "italian", "portuguese", "spanish")
    },
}


@dataclasses.dataclass(frozen=True)
class _Remote:
    """What the server says of a file: bytes and version."""

    size_bytes: int
    version: str


class _BrokenTransfer(Exception):
    """The connection ended early; what came so far is kept."""


def download(
    dataset: str,
    folder: str,
    base_url: str = "",
    progress: Progress | None = None,
    sha256: Mapping[str, str] | None = None,
    unpinned: bool = False,
    num_attempts: int = 5,
    wait_seconds: float = 1.0,
    timeout_seconds: float = 60.0,
) -> list[str]:
    """Downloads a data set's files.

    A file appears under its name when it is whole; until then it is `NAME.part`,
    and a later call goes on from there, unless the server has another version by
    then. Files that are there with the right content are left as they are.

    Args:
      dataset: A name in `DATASETS`.
      folder: Local folder, made if need be.
      base_url: In place of the data set's own address (a mirror).
      progress: Called while bytes arrive.
      sha256: File name -> the SHA-256 that it must have, instead of what `DATASETS` says.
      unpinned: Take files whose SHA-256 nobody says, by the server's word alone.
      num_attempts: Tries per file without any new byte, before giving up.
      wait_seconds: Pause before the second try; doubles with each.
      timeout_seconds: Longest silence of the server.

    Returns:
      The paths of the files.

    Raises:
      ConfigurationError: There is no such data set, a wrong address, or a file whose
        SHA-256 nobody says.
      InputError: A file cannot be fetched, is too large, or has other content.
    """
    known = DATASETS.get(dataset)
    if known is None:
        raise ConfigurationError(
            f"{dataset!r} is no known data set; there are: {', '.join(sorted(DATASETS))}"
        )
    base = (base_url or known.base_url).rstrip("/") + "/"
    _check_address(base)
    expected = {**known.files, **(sha256 or {})}
    unknown = sorted(set(expected) - set(known.files))
    if unknown:
        raise ConfigurationError(
            f"sha256: {unknown[0]!r} is no file of {dataset}; it has {', '.join(known.files)}"
        )
    missing = [name for name, digest in expected.items() if not digest]
    if missing and not unpinned:
        raise ConfigurationError(
            f"{dataset}: nothing here says what {missing[0]} must hold; give its SHA-256 (--sha256 "
            f"{missing[0]}=HEX, for each file), or take what the server sends (--unpinned)"
        )
    os.makedirs(folder, exist_ok=True)
    paths = []
    for name, digest in expected.items():
        path = os.path.join(folder, name)
        if not (digest and os.path.exists(path) and sha256_of(path) == digest.lower()):
            _fetch(
                base + name,
                path,
                digest.lower(),
                progress or _silent,
                num_attempts,
                wait_seconds,
                timeout_seconds,
            )
        paths.append(path)
    return paths


def _check_address(url: str) -> None:
    """Refuses what is neither HTTPS nor on this machine."""
    parts = urllib.parse.urlsplit(url)
    is_local = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not is_local and (parts.scheme != "https" or not parts.hostname):
        raise ConfigurationError(f"{shown(url)!r} is no web address; it must start with https://")


def shown(url: str) -> str:
    """An address as messages show it: without name, password, query and fragment."""
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urllib.parse.urlunsplit((parts.scheme, host, parts.path, "", ""))


def _silent(name: str, done: int, total: int) -> None:
    pass


def _fetch(
    url: str,
    path: str,
    expected: str,
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
            if not expected and os.path.exists(path) and _size(path) == remote.size_bytes:
                progress(name, remote.size_bytes, remote.size_bytes)
                return
            _continue(url, part, remote, name, progress, timeout_seconds)
            break
        except urllib.error.HTTPError as e:
            if e.code < 500 and e.code not in (408, 429):
                raise InputError(
                    f"{shown(url)}: the server answers {e.code} {e.reason}; check the address"
                ) from e
            error: Exception = e
        except (OSError, http.client.HTTPException, _BrokenTransfer) as e:
            error = e
        # A try that brought bytes is progress, however often the line breaks.
        failures = 1 if _size(part) > before else failures + 1
        if failures >= num_attempts:
            raise InputError(
                f"{shown(url)}: cannot be fetched ({type(error).__name__}: {str(error)[:200]}); "
                f"what came so far is kept in {part!r}; try again later, or put the file at "
                f"{path!r} yourself"
            ) from error
        time.sleep(wait_seconds * 2 ** (failures - 1))
    sha256 = sha256_of(part)
    _forget_version(part)
    if expected and sha256 != expected:
        os.unlink(part)
        raise InputError(
            f"{shown(url)}: has the SHA-256 {sha256}, not {expected}: it was damaged or exchanged, "
            "and is not kept; download it again, or ask who changed it"
        )
    os.replace(part, path)


def _ask(url: str, timeout_seconds: float) -> _Remote:
    request = _request(url, "HEAD")
    with contextlib.closing(_open(request, timeout_seconds)) as response:
        length = response.headers.get("Content-Length", "")
        if not length.isdigit():
            raise InputError(f"{shown(url)}: the server does not say how large the file is")
        if int(length) > MAX_FILE_BYTES:
            raise InputError(
                f"{shown(url)}: has {int(length):,} bytes, more than {MAX_FILE_BYTES:,}; this is "
                "not the file, look at the address"
            )
        version = response.headers.get("ETag") or response.headers.get("Last-Modified") or ""
        return _Remote(int(length), version)


class _CheckedRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a server elsewhere only by HTTPS."""

    def redirect_request(self, request: Any, *others: Any) -> Any:
        _check_address(others[-1])
        return super().redirect_request(request, *others)


def _request(url: str, method: str = "GET") -> urllib.request.Request:
    """A request; a name and password of the address go into its header."""
    parts = urllib.parse.urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    bare = urllib.parse.urlunsplit(parts._replace(netloc=host))
    request = urllib.request.Request(bare, method=method)
    if at:
        plain = urllib.parse.unquote(user).encode()
        request.add_unredirected_header(
            "Authorization", "Basic " + base64.b64encode(plain).decode("ascii")
        )
    return request


def _open(request: urllib.request.Request, timeout_seconds: float) -> Any:
    # Compressed in transfer, sizes and ranges would be those of other bytes.
    request.add_header("Accept-Encoding", "identity")
    opener = urllib.request.build_opener(_CheckedRedirects)
    return opener.open(request, timeout=timeout_seconds)


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
    request = _request(url)
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


def sha256_of(path: str) -> str:
    """The SHA-256 of a file, 64 hex digits."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
