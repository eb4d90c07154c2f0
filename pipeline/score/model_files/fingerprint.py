"""A model's fingerprint: equal where the scores are.

It covers what determines them and nothing else: of a `.keras` archive the weights and
the architecture, but not the date on which it was saved. Retraining also depends on how
a model was compiled, so that `remediation.training.fingerprints` counts that too.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import pathlib
import tempfile
import zipfile
import zlib
from typing import Any

import numpy as np

from fairflip.pipeline.score.libraries import files
from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import ModelSpec

_CHUNK_BYTES = 1 << 20


def model_fingerprint(path: str) -> str:
    """SHA-256 over a model's weights and architecture; "" where there is none.

    Of a `.keras` archive the layers' weights, the architecture and the assets
    count. When it was saved, what its optimizer remembers and how Keras numbered
    objects in that process do not: they determine no score.

    Args:
        path: A `.keras` archive or a SavedModel directory, on any Beam filesystem.
    """
    if not path:  # A model that is no file; the empty path would be the current directory.
        return ""
    if not filesystem.is_local(path):
        with tempfile.TemporaryDirectory() as folder:
            return model_fingerprint(filesystem.copy_to_local(path, folder))
    root = pathlib.Path(path)
    digest = hashlib.sha256()
    if root.is_file() and zipfile.is_zipfile(root):
        try:
            stat = root.stat()
            state = (stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
            return _archive_fingerprint(root, state)
        except (OSError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error):
            # Damaged: whoever loads it says so. Its bytes tell it from others.
            _add_file(digest, root)
    elif root.is_file():
        _add_file(digest, root)
    elif root.is_dir():
        for file in sorted(p for p in root.rglob("*") if p.is_file()):
            digest.update(file.relative_to(root).as_posix().encode())
            _add_file(digest, file)
    else:
        return ""
    return digest.hexdigest()


def spec_fingerprint(spec: ModelSpec) -> str:
    """SHA-256 over all files that determine a model's scores; "" where it has none.

    Of an ONNX file its tokenizer, configuration and weights beside it count too.
    """
    paths = files.scoring_files(spec)
    if len(paths) <= 1:
        return model_fingerprint(paths[0]) if paths else ""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.rpartition('/')[2]}:{model_fingerprint(path)}\n".encode())
    return digest.hexdigest()


@functools.lru_cache(64)
def _archive_fingerprint(path: pathlib.Path, state: tuple[int, ...]) -> str:
    """Of an archive in one state: a run asks for that of each model several times."""
    digest = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name == "config.json":
                architecture = _scoring_part(json.loads(archive.read(name)))
                digest.update(json.dumps(architecture, sort_keys=True).encode())
            elif name.endswith(".h5"):
                _add_layer_weights(digest, archive.read(name))
            elif name != "metadata.json":
                digest.update(name.encode())
                digest.update(archive.read(name))
    return digest.hexdigest()


def _scoring_part(config: Any) -> Any:
    """A Keras configuration without what differs between two equal trainings."""
    if isinstance(config, dict):
        left_out = {"compile_config", "shared_object_id"}
        return {k: _scoring_part(v) for k, v in config.items() if k not in left_out}
    if isinstance(config, list):
        return [_scoring_part(entry) for entry in config]
    return config


def _add_layer_weights(digest: hashlib._Hash, content: bytes) -> None:
    import h5py

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and not name.startswith("optimizer"):
            digest.update(f"{name}:{item.dtype}:{item.shape}".encode())
            if item.external:  # Keras refuses it: its numbers lie in another file.
                raise ValueError(f"{name} lies in another file")
            digest.update(np.ascontiguousarray(item[()]).tobytes())

    with h5py.File(io.BytesIO(content), "r") as weights:
        weights.visititems(add)


def _add_file(digest: hashlib._Hash, path: pathlib.Path) -> None:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
