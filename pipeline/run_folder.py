"""The folder of a run on any Beam filesystem: finding, publishing and clearing its parts."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator

from fairflip.pipeline import filesystem
from fairflip.protos.errors import InputError


def files_of(folder: str, pattern: str = "*.parquet") -> list[filesystem.FileEntry]:
    """The files of a folder that match; an empty list where there are none."""
    try:
        return filesystem.match([filesystem.join(folder, pattern)])
    except InputError:
        return []


def delete_folder(folder: str) -> None:
    """Removes a folder with all it holds; nothing happens where there is none."""
    if filesystem.is_local(folder):
        shutil.rmtree(folder, ignore_errors=True)
        return
    filesystems = filesystem.beam_filesystems()
    if files_of(folder, "**"):
        filesystems.delete([filesystem.join(folder, "")])


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
