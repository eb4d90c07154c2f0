"""What the distributed tests share: one lonely network, one environment of workers."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

from support.distributed.launcher import Launcher
from support.distributed.lonely_network import LonelyNetwork, NoNamespaces
from support.distributed.portable_service import make_worker_environment
from support.distributed.small_evaluation import write_data


@pytest.fixture(scope="session")
def network():
    """A network namespace of its own with loopback."""
    try:
        lonely = LonelyNetwork()
    except NoNamespaces as reason:
        pytest.skip(f"no network namespace can be made here: {reason}")
    with lonely:
        yield lonely


@pytest.fixture(scope="session")
def worker_bin(tmp_path_factory) -> pathlib.Path:
    """`bin` of an environment that has the locked packages and our installed wheel alone."""
    folder = make_worker_environment(tmp_path_factory.mktemp("worker_environment"))
    code = "import fairflip, pathlib; print(pathlib.Path(fairflip.__file__).resolve())"
    actual = subprocess.run(
        [folder / "python", "-c", code], capture_output=True, text=True, cwd="/", check=True
    ).stdout
    assert pathlib.Path(actual.strip()).is_relative_to(folder.parent.resolve())
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> pathlib.Path:
    """The small evaluation's files."""
    folder = tmp_path_factory.mktemp("data")
    write_data(folder)
    return folder


@pytest.fixture(scope="session")
def launcher(network, tmp_path_factory) -> Launcher:
    """Runs command lines in processes of their own, in the lonely network."""
    return Launcher(network, tmp_path_factory.mktemp("launcher"), sys.executable)
