"""Starts a command sooner: without packages that Beam and Keras import just in case.

Both look for packages that a command has no use for, notebooks, plots, scikit-learn,
MongoDB, and do without them where they are not installed. Where they are installed,
importing them takes longer than reading the data. So those few requests, and no
others, are answered as if they were not: whoever else asks for the same package gets it.

Importing makes many objects and next to no garbage, yet Python looks through all of
them for garbage again and again; it is told to look seldom.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.abc
import sys
from collections.abc import Iterator, Sequence
from types import FrameType
from typing import Any

#: Module asked for -> packages whose request finds nothing. Each asks in a
#: `try: ... except ImportError`.
SPARED = {
    "IPython": ("apache_beam.utils.interactive_utils", "keras.src.saving.file_editor"),
    "bson": ("apache_beam.io.mongodbio",),
    "matplotlib.pyplot": ("keras.src.visualization",),
    "sklearn": ("keras.src.wrappers",),
    "tqdm.notebook": ("google.cloud.bigquery",),
}
#: Python's own are 700, 10 and 10.
_OBJECTS_BEFORE_COLLECTION = (100_000, 20, 100)


class _AnswerAsIfMissing(importlib.abc.MetaPathFinder):
    """Refuses what `SPARED` says, and finds nothing itself."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> None:
        """Lets Python look on, unless it is to find nothing."""
        if fullname in SPARED and _asker(sys._getframe(1)).startswith(SPARED[fullname]):
            raise ModuleNotFoundError(f"a command has no use for {fullname}", name=fullname)


def _asker(frame: FrameType | None) -> str:
    """The name of the module whose code asks for a module."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] not in ("importlib", "_frozen_importlib"):
            return name
        frame = frame.f_back
    return ""


@contextlib.contextmanager
def spared_imports() -> Iterator[None]:
    """Within it, Beam and Keras are imported without what a command has no use for."""
    finder, thresholds = _AnswerAsIfMissing(), gc.get_threshold()
    sys.meta_path.insert(0, finder)
    gc.set_threshold(*_OBJECTS_BEFORE_COLLECTION)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        sys.meta_path.remove(finder)
