"""A run in MLflow, told by MLflow's client from its own server on loopback."""

from __future__ import annotations

import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import mlflow
import pytest

from fairflip.pipeline import cli


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of MLflow's server with a database and artifacts of its own."""
    folder = tmp_path_factory.mktemp("server")
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        port = chosen.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "mlflow", "server", "--host=127.0.0.1", f"--port={port}"]
    command += ["--workers=1", f"--backend-store-uri=sqlite:///{folder}/mlflow.db"]
    command += [f"--artifacts-destination={folder}/artifacts", "--serve-artifacts"]
    with (folder / "log.txt").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(f"{address}/health", process, folder / "log.txt")
        yield address
    finally:
        process.terminate()
        process.wait(60)


def _wait(address: str, process: subprocess.Popen, log: pathlib.Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(1)
    raise AssertionError(f"MLflow's server does not answer: {log.read_text()}")


def test_the_server_shows_the_run(server, run, report, tmp_path, capsys):
    arguments = ["export", str(run), "--to=mlflow", f"--tracking_uri={server}"]
    assert cli.main([*arguments, "--experiment=moderation"]) == 0
    run_id = capsys.readouterr().out.split()[-1]
    client = mlflow.MlflowClient(tracking_uri=server)
    shown = client.get_run(run_id)
    assert shown.info.status == "FINISHED"
    assert shown.info.run_name == "june"
    assert client.get_experiment(shown.info.experiment_id).name == "moderation"
    assert shown.data.params["pair_set_sha256"] == report.pairing.pair_set_sha256
    assert shown.data.params["models"] == "my model"
    for part in report.models[0].slices:
        at = part.thresholds[0]
        for suffix, value in (("", at.flip_rate.value), ("_lower", at.flip_rate.lower)):
            key = f"my model/{part.slice}/flip_rate_at_0.5{suffix}"
            assert shown.data.metrics[key] == pytest.approx(value, rel=1e-12)
    names = {one.path for one in client.list_artifacts(run_id)}
    assert names == {"report.html", "run_report.json", "model_card.md"}
    page = client.download_artifacts(run_id, "report.html", str(tmp_path))
    assert pathlib.Path(page).read_text() == "<p>the page</p>"


def test_a_second_run_goes_into_the_same_experiment(server, run, capsys):
    client = mlflow.MlflowClient(tracking_uri=server)
    for _ in range(2):
        assert cli.main(["export", str(run), "--to=mlflow", f"--tracking_uri={server}"]) == 0
    experiment = client.get_experiment_by_name("fairflip")
    assert len(client.search_runs([experiment.experiment_id])) == 2
    capsys.readouterr()


def test_a_database_needs_no_server(run, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)  # MLflow keeps the artifacts of a database there
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert cli.main(["export", str(run), "--to=mlflow", f"--tracking_uri={uri}"]) == 0
    run_id = capsys.readouterr().out.split()[-1]
    assert mlflow.MlflowClient(tracking_uri=uri).get_run(run_id).info.status == "FINISHED"
