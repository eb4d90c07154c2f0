"""Starts a command sooner: without packages that Beam and Keras import just in case.

Both look for packages that a command has no use for, notebooks, plots, scikit-learn,
MongoDB, and do without them where they are not installed. Where they are installed,
importing them takes longer than reading the data. So those few requests, and no
others, are answered as if they were not: whoever else asks for the same package gets it.
A command that reads local files of scores, and runs no code but this package's, also does
without Beam's clients of clouds and without pandas, at whose types Arrow and Beam look.

Importing makes many objects and next to no garbage, yet Python looks through all of
them for garbage again and again; it is told to look seldom, and not at all when the process
ends, where looking took a seventh of an evaluation of few scores.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.model_specs import has_scores

#: Module asked for -> packages whose request finds nothing. Each asks in a
#: `try: ... except ImportError`.
SPARED = {
    "IPython": ("apache_beam.utils.interactive_utils", "keras.src.saving.file_editor"),
    "bson": ("apache_beam.io.mongodbio",),
    "matplotlib.pyplot": ("keras.src.visualization",),
    "mpl_toolkits.mplot3d": ("matplotlib.projections",),
    "sklearn": ("keras.src.wrappers",),
    "tqdm.notebook": ("google.cloud.bigquery",),
}
#: Further ones, of a command that `needs_little`.
SPARED_OF_LITTLE = {
    "apache_beam.io.aws.s3filesystem": ("apache_beam.io.filesystems",),
    "apache_beam.io.azure.blobstoragefilesystem": ("apache_beam.io.filesystems",),
    "apache_beam.io.gcp.bigquery": ("apache_beam.io",),
    "apitools": ("apache_beam.utils.retry",),
    "apache_beam.io.gcp.gcsfilesystem": ("apache_beam.io.filesystems",),
    "dill": ("apache_beam.coders", "apache_beam.internal"),
    "google.cloud.dataflow": ("apache_beam.runners.dataflow.dataflow_runner",),
    "pandas": (
        "apache_beam.io.textio",
        "apache_beam.typehints",
        # Arrow's compiled code asks in the name of whoever calls it.
        "fairflip.metrics",
        "fairflip.pipeline",
        "fairflip.view",
        "pyarrow.compute",
    ),
}
#: Module asked for -> packages that ask for it without condition; loaded once it is used: for
#: Google's services, and for text that LaTeX has set.
LATER = {
    "fontTools.agl": ("matplotlib.dviread",),
    "httplib2": ("apache_beam.internal.http_client",),
}
#: What matplotlib says of plots in three dimensions that it cannot draw now.
_NO_THIRD_DIMENSION = "Unable to import Axes3D"
#: Python's own are 700, 10 and 10.
_OBJECTS_BEFORE_COLLECTION = (100_000, 20, 100)


def needs_little(config: PipelineConfig, beam_flags: Sequence[str]) -> bool:
    """Whether a command reads local files of scores, here, and runs nobody else's code."""
    return not (
        beam_flags
        or "://" in str(config)
        or config.generator.function
        or config.evaluation.eval_config
        or config.output.tfma_result == "true"
        or not config.models
        or any(not has_scores(model) or model.import_module for model in config.models)
    )


class _AnswerAsIfMissing(importlib.abc.MetaPathFinder):
    """Refuses what it is told to, and finds nothing itself."""

    def __init__(self, spared: Mapping[str, tuple[str, ...]]):
        self._spared = spared

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> None:
        """Lets Python look on, unless it is to find nothing."""
        askers = self._spared.get(fullname)
        if askers is not None and _asker(sys._getframe(1)).startswith(askers):
            raise ModuleNotFoundError(f"a command has no use for {fullname}", name=fullname)


class _LoadWhenUsed(importlib.abc.MetaPathFinder):
    """Finds what `LATER` names, to be loaded when somebody looks into it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Lets Python look on for all else."""
        askers = LATER.get(fullname)
        if askers is None or not _asker(sys._getframe(1)).startswith(askers):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


class _ArtistsWithoutHelp(importlib.abc.MetaPathFinder):
    """Spares matplotlib's artists the help on what can be set of each, a third of importing it.

    Matplotlib 3.9 to 3.11 write it by a method that `Artist` calls for each class that is made
    of it; drawing never looks at it.
    """

    METHOD = "_update_set_signature_and_docstring"

    def __init__(self) -> None:
        self._artist: Any = None
        self._write_help: Any = None

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Finds `matplotlib.artist` as Python does, and changes it once it is there."""
        if fullname != "matplotlib.artist":
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Told(spec.loader.name, spec.loader.path, self._spare)
        return spec

    def _spare(self, module: Any) -> None:
        self._write_help = vars(module.Artist).get(self.METHOD)
        if self._write_help is not None:
            self._artist = module.Artist
            setattr(self._artist, self.METHOD, classmethod(lambda cls: None))

    def restore(self) -> None:
        """Lets classes made from now on have their help."""
        if self._artist is not None:
            setattr(self._artist, self.METHOD, self._write_help)


class _Told(importlib.machinery.SourceFileLoader):
    """Loads a module, and tells somebody once it is there."""

    def __init__(self, name: str, path: str, tell: Callable[[Any], None]):
        super().__init__(name, path)
        self._tell = tell

    def exec_module(self, module: Any) -> None:
        super().exec_module(module)
        self._tell(module)


def _asker(frame: FrameType | None) -> str:
    """The name of the module whose code asks for a module."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name.partition(".")[0] not in ("importlib", "_frozen_importlib"):
            return name
        frame = frame.f_back
    return ""


@contextlib.contextmanager
def spared_imports(*, little: bool = False) -> Iterator[None]:
    """Within it, Beam and Keras are imported without what a command has no use for.

    Args:
        little: Whether the command `needs_little`.
    """
    spared = {**SPARED, **SPARED_OF_LITTLE} if little else SPARED
    artists, thresholds = _ArtistsWithoutHelp(), gc.get_threshold()
    finders = [_AnswerAsIfMissing(spared), _LoadWhenUsed(), artists]
    sys.meta_path[:0] = finders
    gc.set_threshold(*_OBJECTS_BEFORE_COLLECTION)
    # Unregistered first, so that commands in one process leave one entry. Whatever must be
    # closed is closed by whoever opened it, and other entries run as they would.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    warnings.filterwarnings("ignore", _NO_THIRD_DIMENSION, UserWarning)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in finders]
        artists.restore()
