"""Tables and models that Python hands over as objects: files for one call, known by content.

The code that reads them is that of the command line, so they are written to files
first. Their folder is another each time and gone after the call; what a run knows of
them is their content, so that the same call finds its directory again.
"""

from __future__ import annotations

import contextlib
import hashlib
import pathlib
import re
import tempfile
from collections.abc import Iterator

from fairflip.protos.config_pb2 import PipelineConfig

_PREFIX = "fairflip-inputs-"
_PATH = re.compile(rf".*/{_PREFIX}[a-z0-9_]{{8}}/([0-9a-f]{{64}}/[^/]+)", re.DOTALL)
_CHUNK_BYTES = 1 << 20


@contextlib.contextmanager
def inputs_folder() -> Iterator[pathlib.Path]:
    """A folder that its owner alone can read; it and all in it are gone at the end."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
        yield pathlib.Path(folder)


def place_by_content(path: pathlib.Path, fingerprint: str = "") -> str:
    """Moves a file of an `inputs_folder` to where its content says.

    Args:
        path: The file, right in that folder.
        fingerprint: SHA-256 of what counts as its content; "": of its bytes.

    Returns:
        Its new path, of which `stable_name` tells the part that is always the same.
    """
    if not fingerprint:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
        fingerprint = digest.hexdigest()
    folder = path.parent / fingerprint
    folder.mkdir(exist_ok=True)
    return path.rename(folder / path.name).as_posix()


def stable_name(path: str) -> str:
    """`path`, or where it was placed by content, a name that is the same in each call."""
    return _PATH.sub(r"in-memory/\1", path)


def with_stable_names(config: PipelineConfig) -> PipelineConfig:
    """A copy of the configuration that names inputs from memory by their content."""
    found = PipelineConfig()
    found.CopyFrom(config)
    data = found.data
    for patterns in (
        *(data.examples, data.counterfactuals, data.pairs),
        *(data.train_examples, data.validation_examples),
    ):
        patterns[:] = [stable_name(pattern) for pattern in patterns]
    for model in found.models:
        if model.path:
            model.path = stable_name(model.path)
    return found
