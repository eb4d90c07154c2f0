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
import os
import sys
import types
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

from fairflip.pipeline.beam.garbage import OBJECTS_BEFORE_COLLECTION
from fairflip.pipeline.run import submitted
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
        "pyarrow.dataset",
    ),
}
#: Module asked for -> packages that ask for it without condition; loaded once it is used: for
#: Google's services, text that LaTeX has set, transforms kept as files, and tests of NumPy.
LATER = {
    "fontTools.agl": ("matplotlib.dviread",),
    "httplib2": ("apache_beam.internal.http_client",),
    "jsonpickle": ("apache_beam.ml.transforms.base",),
    "numpy.testing": ("numpy",),
}
#: Module -> what in it writes help of what is imported -> what stands there meanwhile. Nothing
#: that is computed or drawn depends on it; what another version of a library lacks is passed over.
HELP: dict[str, dict[str, Any]] = {
    "matplotlib._docstring": {
        "Substitution.__call__": lambda self, documented: documented,
        "_ArtistPropertiesSubstitution.__call__": lambda self, documented: documented,
    },
    "matplotlib.artist": {
        "Artist._update_set_signature_and_docstring": classmethod(lambda cls: None)
    },
    "pyarrow.vendored.docscrape": {"NumpyDocString": lambda text: {"Parameters": []}},
    "scipy._lib._array_api": {"xp_capabilities": lambda **tested: lambda function: function},
}
#: How long an idle thread of OpenBLAS spins before it sleeps, as a power of two of cycles. Its own
#: 26 is 25 milliseconds, which each of them spins when SciPy is loaded.
_THREAD_TIMEOUT = ("OPENBLAS_THREAD_TIMEOUT", "18")
_TYPE_HINTS = "apache_beam.typehints.typehints"
#: What matplotlib says of plots in three dimensions that it cannot draw now.
_NO_THIRD_DIMENSION = "Unable to import Axes3D"
#: A small evaluation of scores makes fewer, and ends without a look.
_OBJECTS_OF_LITTLE = (500_000, 20, 100)


def needs_little(config: PipelineConfig, beam_flags: Sequence[str], command: str = "") -> bool:
    """Whether a command reads local files of scores, here, and runs nobody else's code."""
    if beam_flags or "://" in str(config) or config.output.tfma_result == "true":
        return False
    if command == "report":
        # Of a run whose job has ended without it, more is done than drawing.
        return not submitted.is_waiting(config.output.output_dir)
    return not (
        config.generator.function
        or config.evaluation.eval_config
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


class _WithoutHelp(importlib.abc.MetaPathFinder):
    """Spares libraries help that they write while they are imported, as `HELP` says."""

    def __init__(self) -> None:
        self._written: list[tuple[Any, str, Any]] = []

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Finds the modules of `HELP` as Python does, and changes them once they are there."""
        return _found(fullname, path, _Told, self._spare) if fullname in HELP else None

    def _spare(self, module: Any) -> None:
        for names, stand_in in HELP[module.__name__].items():
            *owners, name = names.split(".")
            owner = module
            for part in owners:
                owner = getattr(owner, part, None)
            if owner is not None and name in vars(owner):
                self._written.append((owner, name, vars(owner)[name]))
                setattr(owner, name, stand_in)

    def restore(self) -> None:
        """Lets what is imported from now on have its help."""
        for owner, name, written in self._written:
            setattr(owner, name, written)


class _TypesComparedLater(importlib.abc.MetaPathFinder):
    """Loads Beam's type hints without beartype, which they ask only of types that they do not know.

    None of our graphs comes to that; for one that does, beartype is imported then.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: Any = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Finds Beam's module of type hints as Python does."""
        return _found(fullname, path, _WithoutBeartype) if fullname == _TYPE_HINTS else None


class _Told(importlib.machinery.SourceFileLoader):
    """Loads a module, and tells somebody once it is there."""

    def __init__(self, name: str, path: str, tell: Callable[[Any], None]):
        super().__init__(name, path)
        self._tell = tell

    def exec_module(self, module: Any) -> None:
        super().exec_module(module)
        self._tell(module)


class _WithoutBeartype(importlib.machinery.SourceFileLoader):
    """Loads a module that imports a function and an exception of beartype's."""

    def exec_module(self, module: Any) -> None:
        try:
            with _beartype_when_called():
                super().exec_module(module)
        except ImportError:  # another version of Beam takes more of it
            super().exec_module(module)


class _NotComparable(Exception):
    """Stands for beartype's exception."""


def _is_subhint(sub: Any, base: Any) -> bool:
    from beartype import door, roar

    try:
        return door.is_subhint(sub, base)
    except roar.BeartypeDoorException as error:
        raise _NotComparable(str(error)) from error


@contextlib.contextmanager
def _beartype_when_called() -> Iterator[None]:
    """Within it, whoever imports beartype gets what imports it when it is called."""
    if "beartype" in sys.modules:
        yield
        return
    names = ("beartype", "beartype.door", "beartype.roar")
    _, door, roar = modules = [types.ModuleType(name) for name in names]
    vars(door)["is_subhint"] = _is_subhint
    vars(roar)["BeartypeDoorException"] = _NotComparable
    sys.modules.update(zip(names, modules, strict=True))
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]


def _found(
    fullname: str, path: Sequence[str] | None, loader: Any, *further: Any
) -> importlib.machinery.ModuleSpec | None:
    """A module as Python finds it, to be loaded by another loader."""
    spec = importlib.machinery.PathFinder.find_spec(fullname, path)
    if spec is not None and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
        spec.loader = loader(spec.loader.name, spec.loader.path, *further)
    return spec


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
    helpless, thresholds = _WithoutHelp(), gc.get_threshold()
    finders = [_AnswerAsIfMissing(spared), _LoadWhenUsed(), helpless, _TypesComparedLater()]
    sys.meta_path[:0] = finders
    is_set = _THREAD_TIMEOUT[0] in os.environ
    os.environ.setdefault(*_THREAD_TIMEOUT)
    gc.set_threshold(*(_OBJECTS_OF_LITTLE if little else OBJECTS_BEFORE_COLLECTION))
    # Unregistered first, so that commands in one process leave one entry. Whatever must be
    # closed is closed by whoever opened it, and other entries run as they would.
    atexit.unregister(gc.freeze)
    atexit.register(gc.freeze)
    warnings.filterwarnings("ignore", _NO_THIRD_DIMENSION, UserWarning)
    try:
        yield
    finally:
        # As old objects, they are not all looked at once the threshold is low again.
        gc.freeze()
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder not in finders]
        helpless.restore()
        if not is_set:
            os.environ.pop(_THREAD_TIMEOUT[0], None)
