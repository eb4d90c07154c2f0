"""A finished run as experiment trackers take it: parameters, flat metrics, files.

`mlflow_run` and `wandb_run` log these through their clients.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import re
import tempfile
from collections.abc import Iterator

from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import REPORT
from fairflip.protos.report_pb2 import Interval, RunReport

#: Files of a run that are kept beside its numbers, where they are there.
ARTIFACTS = (
    "report.html",
    REPORT,
    "details/report.md",
    "details/model_card.md",
    "details/gate.md",
)
#: Rates at each threshold, with the ends of their interval.
_RATES = (
    "flip_rate",
    "negative_to_positive_rate",
    "positive_to_negative_rate",
    "originals_with_flip",
    "control_flip_rate",
    "excess_flip_rate",
)
# What MLflow allows in the key of a metric; W&B takes more.
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_\-. :/]")
_MAX_KEY, _MAX_VALUE = 250, 500


def metrics_of(report: RunReport) -> dict[str, float]:
    """Numbers by key, "model/slice/flip_rate_at_0.5"; those that are not known are left out."""
    values_by_name: dict[str, float] = {}
    for model in report.models:
        for part in model.slices:
            place = f"{_allowed(model.name)}/{_allowed(part.slice)}"
            values_by_name[f"{place}/num_pairs"] = part.num_pairs
            values_by_name[f"{place}/positive_rate"] = part.positive_rate
            for label in ("auc", "accuracy"):
                if part.HasField(label):
                    values_by_name[f"{place}/{label}"] = getattr(part, label)
            values_by_name |= _interval(f"{place}/ctf_gap", part.ctf_gap)
            for at in part.thresholds:
                for rate in _RATES:
                    if at.HasField(rate):
                        key = f"{place}/{rate}_at_{at.threshold:g}"
                        values_by_name |= _interval(key, getattr(at, rate))
    return {key[:_MAX_KEY]: value for key, value in values_by_name.items() if math.isfinite(value)}


def params_of(report: RunReport) -> dict[str, str]:
    """What the run was: its models, its pair set, its seed, versions."""
    provenance, pairing = report.provenance, report.pairing
    values = {
        "models": ", ".join(model.name for model in report.models),
        "pair_set_sha256": pairing.pair_set_sha256,
        "control_set_sha256": pairing.control_set_sha256,
        "num_pairs": str(pairing.num_pairs),
        "seed": str(provenance.seed),
        "confidence_level": f"{provenance.confidence_level:g}",
        "started": provenance.started,
        "fairflip_version": provenance.versions.get("fairflip", ""),
    }
    for name, fingerprint in sorted(provenance.model_fingerprints.items()):
        values[f"model_fingerprint/{_allowed(name)}"] = fingerprint
    return {key: value[:_MAX_VALUE] for key, value in values.items() if value}


def _interval(key: str, interval: Interval) -> dict[str, float]:
    return {
        key: interval.value,
        f"{key}_lower": interval.lower,
        f"{key}_upper": interval.upper,
    }


def _allowed(name: str) -> str:
    """A name of the data as part of a key; two names that differ stay two."""
    safe = _NOT_ALLOWED.sub("_", name).replace("/", "_")[:60].strip()
    if safe == name:
        return name
    return f"{safe}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


@contextlib.contextmanager
def local_artifacts(output_dir: str) -> Iterator[list[str]]:
    """The run's files of `ARTIFACTS` that are there, as local files while the context lasts."""
    with tempfile.TemporaryDirectory() as scratch:
        paths = []
        for name in ARTIFACTS:
            path = filesystem.join(output_dir, *name.split("/"))
            if filesystem.exists(path):
                paths.append(os.path.join(scratch, name.rsplit("/", 1)[-1]))
                with open(paths[-1], "wb") as file:
                    file.write(filesystem.read_bytes(path))
        yield paths
