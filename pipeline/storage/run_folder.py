"""The folder of a run on any Beam filesystem: finding, publishing and clearing its parts."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import tempfile
from collections.abc import Iterator

from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import InputError

#: What one opens first stands in the run's directory, all else below this folder.
DETAILS = "details"
PAIRS, SCORED_PAIRS, TFMA_DIR, MODELS = "pairs", "scored_pairs", "tfma", "models"
SCORED_EXAMPLES, STEPS, WORK = f"{DETAILS}/scored_examples", f"{DETAILS}/steps", f"{DETAILS}/work"
COVERAGE_FILE = f"{DETAILS}/coverage.json"
CONTROL_COVERAGE_FILE = f"{DETAILS}/control_coverage.json"
#: What the job of an evaluation leaves at its end.
SUMMARY = f"{WORK}/summary.binpb"
#: What a run makes below its directory.
_OWN_FOLDERS = (
    *(PAIRS, SCORED_PAIRS, TFMA_DIR, "rejects"),
    *(MODELS, DETAILS),
)
#: As `filesystem.create_atomically` names its temporary files, in every folder.
_PARTIAL = re.compile(r"\..+\.[a-z0-9_]{8}\.part")
#: As training names them in these folders of a model, and TFMA's writer below `tfma/`.
_TRAINING_FOLDERS, _TRAINING_PARTIAL = ("checkpoint", "sweep"), re.compile(r".+\.partial\.\w+")
_TFMA_PARTIAL = re.compile(r".+\.(tfrecord|json)\.\d+")
TEMPORARY_PREFIX = "beam-temp-"


def files_of(folder: str, pattern: str = "*.parquet") -> list[filesystem.FileEntry]:
    """The files of a folder that match; an empty list where there are none."""
    try:
        return filesystem.match([filesystem.join(folder, pattern)])
    except InputError:
        return []


def names_of(output_dir: str, folder: str, pattern: str = "*.parquet") -> list[str]:
    """The files of a folder that match, relative to the run's directory."""
    entries = files_of(filesystem.join(output_dir, *folder.split("/")), pattern)
    return [f"{folder}/{entry.path.rsplit('/', 1)[-1]}" for entry in entries]


def names_below(output_dir: str, folder: str) -> list[str]:
    """All files of a folder and of those in it, relative to the run's directory."""
    root = filesystem.join(output_dir, *folder.split("/"))
    if filesystem.is_local(root):
        return sorted(
            os.path.relpath(os.path.join(parent, name), output_dir).replace(os.sep, "/")
            for parent, _, names in os.walk(root)
            for name in names
        )
    start = len(output_dir.rstrip("/")) + 1
    return [entry.path[start:] for entry in files_of(root, "**")]


def coverage_files(output_dir: str) -> list[str]:
    """What generating left beside the pairs, relative to the run's directory."""
    both = (COVERAGE_FILE, CONTROL_COVERAGE_FILE)
    return [name for name in both if filesystem.exists(filesystem.join(output_dir, name))]


def clear_leftovers(output_dir: str) -> None:
    """Removes temporary files that a killed run left; the caller is the only one that writes.

    Only names that this project's writers and Beam's sinks give, each where they
    give it. On remote filesystems they stay: nothing reads them.
    """
    if not filesystem.is_local(output_dir):
        return
    for folder in ("", *_OWN_FOLDERS):
        recursive = bool(folder)
        for parent, folders, names in os.walk(os.path.join(output_dir, folder)):
            for name in folders if recursive else ():
                if name.startswith(TEMPORARY_PREFIX):
                    shutil.rmtree(os.path.join(parent, name), ignore_errors=True)
            below = os.path.relpath(parent, output_dir).split(os.sep)
            for name in names:
                if _is_leftover(below, name):
                    filesystem.remove(os.path.join(parent, name))
            if not recursive:
                break


def _is_leftover(folders: list[str], name: str) -> bool:
    if TFMA_DIR in folders and _TFMA_PARTIAL.fullmatch(name):
        return True
    if folders[0] == MODELS and folders[-1] in _TRAINING_FOLDERS:
        return bool(_PARTIAL.fullmatch(name) or _TRAINING_PARTIAL.fullmatch(name))
    return bool(_PARTIAL.fullmatch(name))


def clear_work(output_dir: str) -> None:
    """Removes what another run left to go on from, and its text that no later write replaces.

    The caller has made sure that it was a run of ours. Its results stay until they
    are written again: some of them may be what the next run reads.
    """
    delete_folder(filesystem.join(output_dir, STEPS))
    for name in (COVERAGE_FILE, CONTROL_COVERAGE_FILE):
        filesystem.remove(filesystem.join(output_dir, name))
    if not filesystem.is_local(output_dir):
        # A bucket's models are trained in a local folder: what was unfinished is gone.
        return
    for model in glob.glob(os.path.join(glob.escape(output_dir), MODELS, "*")):
        for name, sign in zip(_TRAINING_FOLDERS, ("state.json", "sweep_runs.json"), strict=True):
            folder = os.path.join(model, name)
            if os.path.isfile(os.path.join(folder, sign)):
                delete_folder(folder)


def delete_folder(folder: str) -> None:
    """Removes a folder with all it holds; nothing happens where there is none."""
    if filesystem.is_local(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return
    filesystems = filesystem.beam_filesystems()
    if files_of(folder, "**"):
        filesystems.delete([filesystem.join(folder, "")])


def make_private(folder: str) -> None:
    """Makes a folder that its owner alone may read; a remote one has its bucket's permissions."""
    if filesystem.is_local(folder):
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, 0o700)


def delete_temporary(folder: str) -> None:
    """Removes what Beam's file sinks leave below a folder when a write breaks off or runs twice."""
    if filesystem.is_local(folder):
        for root, names, _ in os.walk(folder):
            for name in [n for n in names if n.startswith(TEMPORARY_PREFIX)]:
                shutil.rmtree(os.path.join(root, name), ignore_errors=True)
                names.remove(name)
        return
    left = [e.path for e in files_of(folder, "**") if f"/{TEMPORARY_PREFIX}" in e.path]
    if left:
        filesystem.beam_filesystems().delete(left)


@contextlib.contextmanager
def local_work_folder(folder: str) -> Iterator[str]:
    """A local folder to write with tools that know no other; published at the end.

    A local `folder` is given as it is, so that checkpoints in it outlive a
    killed process. A remote one gets every file once the work is done.
    """
    if filesystem.is_local(folder):
        os.makedirs(folder, exist_ok=True)
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        yield scratch
        for root, _, names in os.walk(scratch):
            for name in names:
                path = os.path.join(root, name)
                relative = os.path.relpath(path, scratch).split(os.sep)
                with (
                    open(path, "rb") as source,
                    filesystem.create_atomically(filesystem.join(folder, *relative)) as target,
                ):
                    shutil.copyfileobj(source, target)
