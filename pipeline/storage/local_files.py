"""Which files on this machine a pattern names.

Whatever looks for input files asks here, so that the files checked, read, sized
and fingerprinted are the same. Imports stay light: checking a configuration
must be answered at once.
"""

from __future__ import annotations

import glob
import os


def match_local(pattern: str) -> list[str]:
    """The files that `pattern` names; none is no error.

    Args:
      pattern: A path, or a pattern of `*`, `?`, `[...]`, and `**` for folders at
        any depth (no depth too). A path that exists is itself, even if its name
        holds a bracket.

    Returns:
      Paths of files, sorted, each once.
    """
    paths = [pattern] if os.path.exists(pattern) else glob.glob(pattern, recursive=True)
    return sorted({path for path in paths if os.path.isfile(path)})
