"""Keeps this machine's folders out of what is sent to workers.

Beam pickles small functions, its own among them, with the file that they were
compiled from. Where the launcher's files lie is no business of a job's: it says
who launched it, and makes equal jobs differ.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any


def shortened(path: str) -> str:
    """A source file relative to the folder that it is imported from.

    >>> import apache_beam
    >>> shortened(apache_beam.__file__)
    'apache_beam/__init__.py'
    """
    import fairflip

    checkout = os.path.dirname(os.path.dirname(os.path.abspath(fairflip.__file__)))
    folders = [checkout, *(os.path.abspath(folder) for folder in sys.path if folder)]
    matching = [f for f in folders if path.startswith(f.rstrip(os.sep) + os.sep)]
    if not matching:
        return os.path.basename(path) if os.path.isabs(path) else path
    return os.path.relpath(path, max(matching, key=len))


@contextlib.contextmanager
def without_local_folders() -> Iterator[None]:
    """Within the block, Beam pickles functions without the folders of their files."""
    from apache_beam.internal import cloudpickle_pickler

    names = ("DEFAULT_CONFIG", "STABLE_CODE_IDENTIFIER_CONFIG")
    there: list[Any] = [getattr(cloudpickle_pickler, name, None) for name in names]
    # Beam 2.75 has none of them: there a path stays as it is.
    configs = [config for config in there if hasattr(config, "filepath_interceptor")]
    interceptors = [config.filepath_interceptor for config in configs]
    for config in configs:
        config.filepath_interceptor = shortened
    try:
        yield
    finally:
        for config, interceptor in zip(configs, interceptors, strict=True):
            config.filepath_interceptor = interceptor
