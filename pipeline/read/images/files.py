"""Files that each hold one image and are a record each: the ID is the file's name."""

from __future__ import annotations

import itertools
import json
import posixpath
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

#: Files that one worker reads after another; their images are in memory together.
FILES_TOGETHER = 128


def records_of(
    paths: Sequence[str], id_feature: str, image_features: Sequence[str]
) -> pa.RecordBatch:
    """A record for each file: its name without the folder, and its path in the image's place.

    Args:
        paths: The files.
        id_feature: The column of names.
        image_features: The columns of paths, one or none.
    """
    names = [posixpath.basename(path.replace("\\", "/")) for path in paths]
    return pa.record_batch({id_feature: names, **{key: [*paths] for key in image_features}})


def folder_of(paths: Sequence[str]) -> str:
    """What records of these files are said to come from."""
    return posixpath.dirname(paths[0].replace("\\", "/")) or "."


def together(paths: Iterable[str]) -> Iterator[list[str]]:
    """Files of one folder in lists of at most `FILES_TOGETHER`, in order."""
    for _, of_folder in itertools.groupby(paths, key=lambda path: folder_of([path])):
        rest = list(of_folder)
        for start in range(0, len(rest), FILES_TOGETHER):
            yield rest[start : start + FILES_TOGETHER]


def as_part(paths: Sequence[str]) -> str:
    """Such a list as one text, by which `paths_of` finds it again."""
    return json.dumps(list(paths))


def paths_of(part: str) -> list[str]:
    """The files of a part; of one that is a path, this path."""
    return json.loads(part) if part.startswith("[") else [part]
