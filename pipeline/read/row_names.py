"""Names of records that have no ID: their file and their position in it.

A name must be the same wherever the folder of the files lies, and no two files of an
input may share theirs, as `month=01/part-0.jsonl` and `month=02/part-0.jsonl` would.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable


def row_root(paths: Iterable[str]) -> str | None:
    """What is cut off from the paths of an input's files to name its records.

    Args:
      paths: All files of the input, or of several whose records meet.

    Returns:
      None if the files' names differ: each alone is enough. Else the folder that
      all lie in, "" where there is none.
    """
    split = sorted(path.replace("\\", "/").split("/") for path in set(paths))
    if len({parts[-1] for parts in split}) == len(split):
        return None
    # Those of the first and the last in order have in common what all have.
    common = itertools.takewhile(
        lambda pair: pair[0] == pair[1], zip(split[0][:-1], split[-1][:-1], strict=False)
    )
    return "/".join(part for part, _ in common)


def file_name(path: str, root: str | None) -> str:
    """A file's name, or where it lies below `root`."""
    path = path.replace("\\", "/")
    if root is None:
        return path.rsplit("/", 1)[-1]
    return path[len(root) + 1 :] if root and path.startswith(root + "/") else path
