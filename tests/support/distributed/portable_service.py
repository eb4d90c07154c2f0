"""A job service and a worker pool, as separate processes on loopback."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

from support import ROOT
from support.distributed.lonely_network import LonelyNetwork, environment, tail

UV = pathlib.Path(sys.executable).parent / "uv"
_PROBE = "import socket, sys; socket.create_connection(('localhost', int(sys.argv[1])), 1).close()"


def make_worker_environment(folder: pathlib.Path) -> pathlib.Path:
    """A virtual environment with the locked packages and our wheel; its `bin` folder."""
    source = folder / "source"
    ignored = shutil.ignore_patterns(
        ".git", ".venv*", "build", "*.egg-info", "__pycache__", "tests", "docs", "site"
    )
    shutil.copytree(ROOT, source, ignore=ignored)
    bin_folder = folder / "worker" / "bin"
    python = bin_folder / "python"
    lock = source / "requirements" / "workers.lock"
    for command in (
        [
            *(UV, "build", "--quiet", "--wheel", "--no-build-isolation"),
            *("--python", sys.executable, "--out-dir", folder / "dist", source),
        ],
        [UV, "venv", "--quiet", "--python", sys.executable, folder / "worker"],
        [
            *(UV, "pip", "install", "--quiet", "--no-deps", "--require-hashes"),
            *("--python", python, "-r", lock),
        ],
    ):
        _run(command)
    [wheel] = (folder / "dist").glob("*.whl")
    _run([UV, "pip", "install", "--quiet", "--no-deps", "--python", python, wheel])
    shutil.rmtree(source)
    return bin_folder


def _run(command: list[object]) -> None:
    words = [str(part) for part in command]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=300)
    assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}"[-3000:]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process: subprocess.Popen) -> None:
    """Ends a process and all it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def wait_for(network: LonelyNetwork, port: int, process: subprocess.Popen, log: pathlib.Path):
    """Returns once something listens on the port."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, tail(log)
        probe = network.start([sys.executable, "-S", "-c", _PROBE, port], stderr=subprocess.DEVNULL)
        if probe.wait(timeout=30) == 0:
            return
        time.sleep(0.5)
    raise AssertionError(f"nothing listens on port {port}: {tail(log)}")


@contextlib.contextmanager
def portable_service(
    network: LonelyNetwork,
    worker_bin: pathlib.Path,
    folder: pathlib.Path,
    worker_path: str = "",
    **variables: str,
) -> Iterator[list[str]]:
    """Starts both; gives the flags of a job that runs on them.

    Args:
        network: Where they listen.
        worker_bin: `bin` of the workers' environment.
        folder: For logs and staged files; the workers' current folder lies in it.
        worker_path: PYTHONPATH of the workers; empty: none.
        variables: For the workers' environment.
    """
    away = folder / "elsewhere"
    away.mkdir(parents=True)
    job_port, pool_port = free_port(), free_port()
    with open(folder / "service.log", "w") as service_log, open(folder / "pool.log", "w") as log:
        service = network.start(
            [
                *(sys.executable, "-m", "apache_beam.runners.portability.local_job_service_main"),
                *("-p", job_port, "--staging_dir", folder / "staging"),
            ],
            cwd=away,
            env=environment(),
            stdout=service_log,
            stderr=subprocess.STDOUT,
        )
        # The pool starts "python" from the path.
        path = f"{worker_bin}{os.pathsep}{os.environ['PATH']}"
        more = {**variables, **({"PYTHONPATH": worker_path} if worker_path else {})}
        pool = network.start(
            [
                *(worker_bin / "python", "-m", "apache_beam.runners.worker.worker_pool_main"),
                f"--service_port={pool_port}",
            ],
            cwd=away,
            env=environment(PATH=path, **more),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(network, job_port, service, folder / "service.log")
            wait_for(network, pool_port, pool, folder / "pool.log")
            yield [
                "--runner=PortableRunner",
                f"--job_endpoint=localhost:{job_port}",
                "--environment_type=EXTERNAL",
                f"--environment_config=localhost:{pool_port}",
            ]
        finally:
            stop(pool)
            stop(service)
