"""The first bytes of a file: what configurations and limits are read with.

Local files need no Beam, so that a command's mistakes are answered at once.
"""

from __future__ import annotations


def read_head(path: str, num_bytes: int) -> bytes:
    """That many bytes of a file on any Beam filesystem, or all of it where it is shorter.

    Raises:
        OSError: It cannot be read.
    """
    if "://" not in path:
        with open(path, "rb") as stream:
            return stream.read(num_bytes)
    from fairflip.pipeline.storage import filesystem  # Imports Arrow, and then Beam.

    with filesystem.open_raw(path) as stream:
        return stream.read(num_bytes)
