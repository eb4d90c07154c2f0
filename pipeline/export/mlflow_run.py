"""A finished run as a run of MLflow: parameters, metrics by slice, the page and the model card.

Through MLflow's own client, to whatever its tracking URI names: a server, a database, a folder.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import tempfile
from typing import Any

from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import REPORT
from fairflip.protos.errors import ConfigurationError
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
# What MLflow allows in the key of a metric.
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_\-. :/]")
_MAX_KEY, _MAX_VALUE = 250, 500
#: Metrics that one request may hold.
_BATCH = 1_000


def to_mlflow(
    report: RunReport, output_dir: str, name: str, tracking_uri: str = "", experiment: str = ""
) -> str:
    """Logs a run; returns MLflow's ID of it.

    Args:
        report: Of the run.
        output_dir: Its folder.
        name: What to call it.
        tracking_uri: Of MLflow; "": as MLflow's own settings say (MLFLOW_TRACKING_URI).
        experiment: Its name, made where it is not there; "": "fairflip".

    Raises:
        ConfigurationError: MLflow is not installed, or does not answer.
    """
    try:
        import mlflow
        from mlflow.entities import Metric, Param, RunTag
    except ImportError as error:
        raise ConfigurationError(
            "--to mlflow needs MLflow's client: pip install 'fairflip[mlflow]'"
        ) from error
    client = mlflow.MlflowClient(tracking_uri=tracking_uri or None)
    try:
        experiment_id = _experiment(client, experiment or "fairflip")
        run = client.create_run(experiment_id, run_name=name)
        run_id, at = run.info.run_id, run.info.start_time
        metrics = [Metric(key, value, at, 0) for key, value in metrics_of(report).items()]
        params = [Param(key, value) for key, value in params_of(report).items()]
        tags = [RunTag("fairflip.verdict", report.verdict.light or "none")]
        client.log_batch(run_id, params=params, tags=tags)
        for start in range(0, len(metrics), _BATCH):
            client.log_batch(run_id, metrics=metrics[start : start + _BATCH])
        _log_artifacts(client, run_id, output_dir)
        client.set_terminated(run_id)
    except mlflow.exceptions.MlflowException as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigurationError(f"--tracking_uri: MLflow refused the run ({reason})") from error
    return str(run_id)


def metrics_of(report: RunReport) -> dict[str, float]:
    """Numbers by key, "model/slice/flip_rate_at_0.5"; those that are not known are left out."""
    found: dict[str, float] = {}
    for model in report.models:
        for part in model.slices:
            place = f"{_allowed(model.name)}/{_allowed(part.slice)}"
            found[f"{place}/num_pairs"] = part.num_pairs
            found[f"{place}/positive_rate"] = part.positive_rate
            for label in ("auc", "accuracy"):
                if part.HasField(label):
                    found[f"{place}/{label}"] = getattr(part, label)
            found |= _interval(f"{place}/ctf_gap", part.ctf_gap)
            for at in part.thresholds:
                for rate in _RATES:
                    if at.HasField(rate):
                        key = f"{place}/{rate}_at_{at.threshold:g}"
                        found |= _interval(key, getattr(at, rate))
    return {key[:_MAX_KEY]: value for key, value in found.items() if math.isfinite(value)}


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


def _experiment(client: Any, name: str) -> str:
    there = client.get_experiment_by_name(name)
    return str(there.experiment_id if there else client.create_experiment(name))


def _log_artifacts(client: Any, run_id: str, output_dir: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for name in ARTIFACTS:
            path = filesystem.join(output_dir, *name.split("/"))
            if filesystem.exists(path):
                local = os.path.join(scratch, name.rsplit("/", 1)[-1])
                with open(local, "wb") as file:
                    file.write(filesystem.read_bytes(path))
                client.log_artifact(run_id, local)
