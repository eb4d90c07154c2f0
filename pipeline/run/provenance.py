"""What a run was made from: versions, fingerprints of models and data, configuration, seed.

Two runs with equal provenance (times apart) must give equal reports, so a
fingerprint covers what determines the numbers and nothing else: a `.keras`
archive's weights and architecture but not the date on which it was saved.
"""

from __future__ import annotations

import hashlib
import json
import pathlib
import platform
from collections.abc import Iterable, Mapping

from fairflip._version import __version__, installed_version
from fairflip.pipeline.score.model_files.fingerprint import spec_fingerprint
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.local_files import match_local
from fairflip.protos import config_pb2, report_pb2
from fairflip.protos.forms.model_specs import is_in_files

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
    "Wilson with the effective sample size of clusters (of hashed buckets of them in slices by "
    "bucket); all pairs of a cluster are one draw (docs/intervals.md)"
)
_CHUNK_BYTES = 1 << 20


def versions(tagger: str = "", segmenter: str = "") -> dict[str, str]:
    """Versions of fairflip, Python and the packages that shape the numbers.

    Args:
        tagger: The spaCy pipeline that decides between pronouns, by name or path; "" for none.
        segmenter: The package that tells words of a script without spaces; "" for none.
    """
    version_of = {"fairflip": __version__, "python": platform.python_version()}
    if tagger:
        version_of[f"tagger {tagger}"] = _tagger_version(tagger)
    for package in (*_PACKAGES, *(["spacy"] if tagger else []), *filter(None, [segmenter])):
        version_of[package] = installed_version(package) or "not installed"
    return version_of


def _tagger_version(tagger: str) -> str:
    """As the model says it of itself: of a package its version, of a folder that in meta.json."""
    if version := installed_version(tagger):
        return version
    try:
        meta = json.loads((pathlib.Path(tagger) / "meta.json").read_text(encoding="utf-8"))
        return f"{meta['lang']}_{meta['name']} {meta['version']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "not known"


def _add_file(digest: hashlib._Hash, path: pathlib.Path) -> None:
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)


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
        versions=versions(config.generator.tagger, config.generator.segmenter),
        model_fingerprints={
            model.name: models.get(model.name) or spec_fingerprint(model)
            for model in config.models
            if is_in_files(model)
        },
        data_fingerprints={**data, **limits_fingerprint(config)},
        config=config_json,
        seed=config.seed,
        confidence_level=config.evaluation.confidence_level,
        interval_method=INTERVAL_METHOD,
    )
