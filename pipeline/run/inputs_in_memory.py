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
from collections.abc import Collection, Iterator
from typing import Any

from fairflip.pipeline.read.files import check_inputs
from fairflip.pipeline.read.layout import DEFAULT_ID, DEFAULT_TEXT, ROW_ID, RecordLayout
from fairflip.protos import columns
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import UserError

_PREFIX = "fairflip-inputs-"
_PATH = re.compile(rf".*/{_PREFIX}[a-z0-9_]{{8}}/([0-9a-f]{{64}}/[^/]+)", re.DOTALL)
_CHUNK_BYTES = 1 << 20


def _column_names(table: Any) -> Collection[str]:
    """The columns of a pandas or Arrow table; nothing of anything else."""
    return getattr(getattr(table, "schema", None), "names", getattr(table, "columns", ()))


def has_ids(table: Any) -> bool:
    """Whether a table has the usual column of IDs."""
    return DEFAULT_ID in _column_names(table)


def holds_pairs(data: Any, text: str = "") -> bool:
    """Whether records hold both texts of a pair, by their columns.

    Args:
        data: A pandas or Arrow table, or file patterns; of these the first file tells.
        text: The column of the originals' text; "": the usual one.
    """
    second = columns.counterfactual(text or DEFAULT_TEXT)
    if not isinstance(data, list):
        return second in _column_names(data)
    any_record = RecordLayout(id=ROW_ID, texts=())
    try:
        return second in check_inputs(data, any_record).columns
    except UserError:
        return True  # reading it says what is wrong


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
    stable = PipelineConfig()
    stable.CopyFrom(config)
    data = stable.data
    for patterns in (
        *(data.examples, data.counterfactuals, data.pairs),
        *(data.train_examples, data.validation_examples),
    ):
        patterns[:] = [stable_name(pattern) for pattern in patterns]
    for model in stable.models:
        if model.path:
            model.path = stable_name(model.path)
    return stable
