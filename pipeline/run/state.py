"""What a run's directory knows about the run: whose it is, who writes, what is done.

An interrupted run, started again with the same configuration, goes on after
its last finished step. For that, ``OUT/details/state/`` holds

    config.json       the configuration the directory belongs to
    lock              held by the process that writes
    steps/NAME.json   one marker per finished step

A marker holds the fingerprint of all that determined the step (configuration,
version, inputs, the outputs of the steps before it) and of the files it wrote.
A step counts as finished only where both still agree, so a half-written,
altered or outdated output is made again and never reused. Markers and
configuration are written whole or not at all.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import re
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from fairflip._version import __version__
from fairflip.pipeline.records.reject_files import REJECTS_DIR
from fairflip.pipeline.run.inputs_in_memory import with_stable_names
from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.pipeline.storage.manifest import (
    MANIFEST,
    REPORT,
    fingerprint_file,
    fingerprint_files,
    remove_manifest,
    write_manifest,
)
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError, UserError
from fairflip.protos.forms.json_form import message_to_dict
from fairflip.protos.forms.messages import quote

STATE_DIR = f"{run_folder.DETAILS}/state"
#: What only a run of ours writes, by which a directory without state is known as taken.
TAKEN_BY = (MANIFEST, REPORT, run_folder.MODELS)
#: What a run deletes before it writes: where no run of ours has been, it is somebody's.
DELETED_FOLDERS = (run_folder.TFMA_DIR, run_folder.STEPS, REJECTS_DIR)

_STEP_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*\Z")
_ERRORS_OF_WRITING_ALONE = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)
_NO_SPACE_OR_PERMISSION = {errno.EACCES, errno.EPERM, *_ERRORS_OF_WRITING_ALONE}

#: Does a step's work and names the files it wrote, relative to the run's directory.
Action = Callable[[], Sequence[str]]


def config_fingerprint(config: PipelineConfig) -> str:
    """SHA-256 of all that the configuration says, but for where it is written.

    Tables and models from memory count by their content.
    """
    same = with_stable_names(config)
    same.output.output_dir = ""
    same.output.overwrite = False
    # Where scores are kept determines none.
    same.evaluation.score_cache = ""
    return _sha256(message_to_dict(same))


@contextlib.contextmanager
def open_run(
    config: PipelineConfig, command: str, version: str = __version__
) -> Iterator[RunState]:
    """Takes a run's directory for this process, until the block ends.

    Args:
        config: Complete and valid; `output.output_dir` is made if need be.
        command: The command that runs: the directory of another is another run's.
        version: Of fairflip; another version's steps are not reused.

    Raises:
        InputError: Another process is writing into it; it belongs to a run of
            another configuration, and `output.overwrite` is not set; or it
            cannot be written.
    """
    folder = config.output.output_dir
    with _as_input_error(folder), _locked(folder):
        state = RunState(folder, _sha256([config_fingerprint(config), command, version]))
        state.claim(config.output.overwrite)
        yield state


class RunState:
    """The steps of one run in one directory; made by `open_run`."""

    def __init__(self, output_dir: str, fingerprint: str):
        self._output_dir = output_dir
        self._fingerprint = fingerprint
        self._chain: list[str] = []
        self._files: set[str] = set()

    def claim(self, overwrite: bool) -> None:
        """Makes the directory this run's, or finds that it is.

        It removes the temporary files of a run that was killed, and the finished steps of
        another run. It removes nothing before it knows whose the directory is.

        Raises:
            InputError: It is another's, and `overwrite` is false.
        """
        path = self._path("config.json")
        owner = _read_json(path)
        if owner is not None and owner.get("fingerprint") == self._fingerprint:
            run_folder.clear_leftovers(self._output_dir)
            return
        # A try that failed before its first step left nothing that is worth asking for.
        holds_a_run = bool(self._marker_names()) or self._holds(TAKEN_BY)
        if holds_a_run and not overwrite:
            raise InputError(
                f"output.output_dir: {quote(self._output_dir)} holds a run of another "
                "configuration, command or version; give another --output_dir, or --overwrite"
            )
        was_ours = owner is not None or self._holds([MANIFEST])
        if not was_ours and not overwrite and self._holds(DELETED_FOLDERS):
            raise InputError(
                f"output.output_dir: {quote(self._output_dir)} holds one of the folders "
                f"{', '.join(DELETED_FOLDERS)}, which a run deletes, and no run has been "
                "there; give another --output_dir, or --overwrite"
            )
        # First what says "complete", then what says "done", then whose it is.
        remove_manifest(self._output_dir)
        for name in self._marker_names():
            filesystem.remove(self._path("steps", name))
        if was_ours:
            run_folder.clear_leftovers(self._output_dir)
            run_folder.clear_work(self._output_dir)
        if holds_a_run:
            # Not every run writes each of these, and their names tell nothing of whose they are.
            run_folder.delete_folder(filesystem.join(self._output_dir, REJECTS_DIR))
        filesystem.write_text(path, json.dumps({"fingerprint": self._fingerprint}) + "\n")

    def run_step(self, name: str, action: Action, inputs: Mapping[str, str] | None = None) -> bool:
        """Does a step, unless it is done already with the same inputs.

        Args:
            name: Lower-case letters, digits, "_", "-", "."; unique within the run.
            action: Does the work; returns the files it wrote, relative to the
                run's directory. It must replace what an interrupted try left.
            inputs: Fingerprints of what the step reads from outside the run,
                such as data files and models.

        Returns:
            Whether the action ran.

        Raises:
            ValueError: The name is not one.
            InputError: The action names a file that it did not write.
        """
        if not _STEP_NAME.match(name):
            raise ValueError(f"{name!r} is no name for a step")
        path = self._path("steps", f"{name}.json")
        fingerprint = _sha256([self._fingerprint, name, dict(inputs or {}), self._chain])
        marker = _read_json(path)
        if marker is not None and marker.get("fingerprint") == fingerprint:
            files = marker.get("files")
            if isinstance(files, dict) and self._unchanged(files):
                self._advance(fingerprint, files)
                return False
        # From here on the directory is not complete, whatever it was.
        remove_manifest(self._output_dir)
        filesystem.remove(path)
        written = action()
        files = fingerprint_files(self._output_dir, written)
        content = {"step": name, "fingerprint": fingerprint, "files": files}
        filesystem.write_text(path, json.dumps(content, indent=1) + "\n")
        self._advance(fingerprint, files)
        return True

    def finish(
        self,
        version: str = __version__,
        temporary_folder: str = "",
    ) -> None:
        """Marks the run as complete: writes the manifest of all files of all its steps.

        Args:
            version: Of fairflip.
            temporary_folder: Its files served later steps only and may be gone.
        """
        lasting_files = {
            name
            for name in self._files
            if not (temporary_folder and name.startswith(f"{temporary_folder}/"))
        }
        write_manifest(self._output_dir, lasting_files, version)

    def is_complete(self) -> bool:
        """Whether the directory has a manifest; `verify_manifest` says whether it is true."""
        return filesystem.exists(filesystem.join(self._output_dir, MANIFEST))

    def _holds(self, names: Iterable[str]) -> bool:
        """Whether a file, or anything in a folder, has one of the names."""
        paths = [filesystem.join(self._output_dir, name) for name in names]
        return any(filesystem.exists(path) or run_folder.files_of(path, "**") for path in paths)

    def _advance(self, fingerprint: str, files: Mapping[str, Any]) -> None:
        self._chain.append(_sha256([fingerprint, files]))
        self._files.update(files)

    def _unchanged(self, files: Mapping[str, Any]) -> bool:
        try:
            return all(
                fingerprint_file(self._output_dir, name) == entry for name, entry in files.items()
            )
        except InputError:
            return False

    def _path(self, *names: str) -> str:
        return filesystem.join(self._output_dir, STATE_DIR, *names)

    def _marker_names(self) -> list[str]:
        pattern = self._path("steps", "*.json")
        try:
            markers = filesystem.match([pattern])
        except InputError:
            return []
        return [re.split(r"[/\\]", entry.path)[-1] for entry in markers]


# --- the lock ----------------------------------------------------------------


@contextlib.contextmanager
def _locked(folder: str) -> Iterator[None]:
    lock = _local_lock if filesystem.is_local(folder) else _remote_lock
    with lock(folder):
        yield


def _refuse(folder: str, holder: str, cure: str) -> InputError:
    return InputError(
        f"output.output_dir: another run{holder} is writing into {quote(folder)}; {cure}"
    )


def _me() -> str:
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    return f" (process {os.getpid()} on {socket.gethostname()}, since {since})"


@contextlib.contextmanager
def _local_lock(folder: str) -> Iterator[None]:
    """The operating system's lock on a file: it ends with the process, however that ends."""
    import fcntl

    path = filesystem.join(folder, STATE_DIR, "lock")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    except OSError as error:
        if error.errno in _NO_SPACE_OR_PERMISSION:
            raise
        raise InputError(
            f"output.output_dir: {quote(folder)} cannot be made ({error.strerror}); name another "
            "directory"
        ) from error
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = ascii(file.read(200))[1:-1]
            raise _refuse(
                folder, holder, "wait for its end, or give another --output_dir"
            ) from None
        file.truncate(0)
        file.write(_me())
        file.flush()
        # The file stays: removing it would let two processes lock two files of one name.
        yield


@contextlib.contextmanager
def _remote_lock(folder: str) -> Iterator[None]:
    """A lock file with a random name in it; it outlives a killed process, and says so.

    Object stores have no lock. Of two that write at the same moment, at most
    the one whose content stays goes on.
    """
    path = filesystem.join(folder, STATE_DIR, "lock")
    mine = f"{uuid.uuid4().hex}{_me()}"
    if filesystem.exists(path):
        holder = ascii(filesystem.read_bytes(path).decode("utf-8", "replace")[32:232])[1:-1]
        cure = f"wait for its end; if that process is gone, delete {quote(path)}"
        raise _refuse(folder, holder, cure)
    filesystem.write_text(path, mine)
    if filesystem.read_bytes(path).decode("utf-8", "replace") != mine:
        raise _refuse(folder, "", "wait for its end, or give another --output_dir")
    try:
        yield
    finally:
        filesystem.remove(path)


# --- files -------------------------------------------------------------------


@contextlib.contextmanager
def _as_input_error(folder: str) -> Iterator[None]:
    """A directory that is read-only or full is the user's to mend, and is no fault of the run."""
    try:
        yield
    except Exception as error:
        reason = "" if isinstance(error, UserError) else _why_not_written(error, folder)
        if not reason:
            raise
        raise InputError(
            f"output.output_dir: {quote(folder)} cannot be written ({reason}); make "
            "room or give a directory with write permission, and start again: finished steps "
            "are kept"
        ) from error


def _why_not_written(error: BaseException, folder: str) -> str:
    """The system's reason, where a failed write is behind an error; "" where none is.

    Beam and TensorFlow wrap what happened in errors of their own, some of them as text alone.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.errno in _NO_SPACE_OR_PERMISSION:
            elsewhere = isinstance(cause.filename, str) and not _is_below(cause.filename, folder)
            return "" if elsewhere else cause.strerror or os.strerror(cause.errno)
        for code in _ERRORS_OF_WRITING_ALONE:
            if os.strerror(code) in str(cause):
                return os.strerror(code)
        cause = cause.__cause__ or cause.__context__
    return ""


def _is_below(path: str, folder: str) -> bool:
    return os.path.abspath(path).startswith(os.path.abspath(folder))


def _read_json(path: str) -> dict[str, Any] | None:
    """A JSON object; None where there is none or it is damaged."""
    if not filesystem.exists(path):
        return None
    try:
        content = json.loads(filesystem.read_bytes(path))
    except (InputError, OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _sha256(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
