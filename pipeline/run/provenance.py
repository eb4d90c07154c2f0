"""What a run was made from: versions, fingerprints of models and data, configuration, seed.

Two runs with equal provenance (times apart) must give equal reports, so a
fingerprint covers what determines the numbers and nothing else: a `.keras`
archive's weights and architecture but not the date on which it was saved.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import io
import json
import pathlib
import platform
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fairflip._version import __version__
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.local_files import match_local
from fairflip.protos import config_pb2, report_pb2

_PACKAGES = (
    "tensorflow",
    "keras",
    "tensorflow-model-analysis",
    "apache-beam",
    "fairness-indicators",
    "numpy",
    "pyarrow",
    "protobuf",
)
INTERVAL_METHOD = (
    "Wilson with the effective sample size of resampling buckets; all counterfactuals of one "
    "original are one draw (docs/intervals.md)"
)
_CHUNK_BYTES = 1 << 20


def versions() -> dict[str, str]:
    """Versions of fairflip, Python and the packages that shape the numbers."""
    version_of = {"fairflip": __version__, "python": platform.python_version()}
    for package in _PACKAGES:
        try:
            version_of[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            version_of[package] = "not installed"
    return version_of


def _add_file(digest: hashlib._Hash, path: pathlib.Path) -> None:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)


def fingerprint_model(path: str) -> str:
    """SHA-256 over a model's weights and architecture; "" where there is none.

    Of a `.keras` archive the layers' weights, the architecture and the assets
    count. When it was saved, what its optimizer remembers and how Keras numbered
    objects in that process do not: they determine no score.

    Args:
        path: A `.keras` archive or a SavedModel directory, on any Beam filesystem.
    """
    if not filesystem.is_local(path):
        with tempfile.TemporaryDirectory() as folder:
            return fingerprint_model(filesystem.copy_to_local(path, folder))
    root = pathlib.Path(path)
    digest = hashlib.sha256()
    if root.is_file() and zipfile.is_zipfile(root):
        with zipfile.ZipFile(root) as archive:
            for name in sorted(archive.namelist()):
                if name == "config.json":
                    architecture = _scoring_part(json.loads(archive.read(name)))
                    digest.update(json.dumps(architecture, sort_keys=True).encode())
                elif name.endswith(".h5"):
                    _add_layer_weights(digest, archive.read(name))
                elif name != "metadata.json":
                    digest.update(name.encode())
                    digest.update(archive.read(name))
    elif root.is_file():
        _add_file(digest, root)
    elif root.is_dir():
        for file in sorted(p for p in root.rglob("*") if p.is_file()):
            digest.update(file.relative_to(root).as_posix().encode())
            _add_file(digest, file)
    else:
        return ""
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
            digest.update(np.ascontiguousarray(item[()]).tobytes())

    with h5py.File(io.BytesIO(content), "r") as weights:
        weights.visititems(add)


def fingerprint_data(patterns: Iterable[str]) -> dict[str, str]:
    """SHA-256 of each local file that the patterns match; size and time elsewhere.

    Returns:
        Path -> fingerprint, sorted by path.
    """
    fingerprints = {}
    for pattern in patterns:
        if filesystem.is_local(pattern):
            for path in match_local(pattern):
                digest = hashlib.sha256()
                _add_file(digest, pathlib.Path(path))
                fingerprints[path] = digest.hexdigest()
            continue
        # One by one: Beam takes the filesystem of the first for all.
        [match] = filesystem.beam_filesystems().match([pattern])
        for file in match.metadata_list:
            state = f"bytes={file.size_in_bytes} updated={file.last_updated_in_seconds}"
            fingerprints[file.path] = state
    return dict(sorted(fingerprints.items()))


def limits_fingerprint(config: config_pb2.PipelineConfig) -> dict[str, str]:
    """That of the limits file, which determines the gate's results and no number."""
    limits = config.evaluation.limits
    return fingerprint_data([limits] if limits else [])


def describe_run(
    config: config_pb2.PipelineConfig,
    config_json: str,
    data: Mapping[str, str],
    models: Mapping[str, str],
) -> report_pb2.Provenance:
    """Everything about a run that is known before it starts, times apart.

    Args:
        config: With the models that were scored or trained.
        config_json: What the report shows as the configuration.
        data: Fingerprints of the data, from when it was read.
        models: Those of models that were there before the run, by name.
    """
    return report_pb2.Provenance(
        versions=versions(),
        model_fingerprints={
            model.name: models.get(model.name) or fingerprint_model(model.path)
            for model in config.models
            if model.path
        },
        data_fingerprints={**data, **limits_fingerprint(config)},
        config=config_json,
        seed=config.seed,
        confidence_level=config.evaluation.confidence_level,
        interval_method=INTERVAL_METHOD,
    )
