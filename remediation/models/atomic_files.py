"""Files that are whole or not there."""

from __future__ import annotations

import os
import pathlib
from collections.abc import Callable


def replace_file(path: pathlib.Path, write: Callable[[pathlib.Path], object]) -> None:
    """Writes a file whole or not at all."""
    partial = path.with_name(path.name + ".partial" + path.suffix)
    write(partial)
    os.replace(partial, path)
