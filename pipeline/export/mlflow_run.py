"""A finished run as a run of MLflow: parameters, metrics by slice, the page and the model card.

Through MLflow's own client, to whatever its tracking URI names: a server, a database, a folder.
"""

from __future__ import annotations

from typing import Any

from fairflip.pipeline.export.run_numbers import local_artifacts, metrics_of, params_of
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.report_pb2 import RunReport

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
        with local_artifacts(output_dir) as paths:
            for path in paths:
                client.log_artifact(run_id, path)
        client.set_terminated(run_id)
    except mlflow.exceptions.MlflowException as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigurationError(f"--tracking_uri: MLflow refused the run ({reason})") from error
    return str(run_id)


def _experiment(client: Any, name: str) -> str:
    there = client.get_experiment_by_name(name)
    return str(there.experiment_id if there else client.create_experiment(name))
