"""Processes that see a loopback interface and nothing else of the network.

Beam's local servers listen on all interfaces, and a job that tries to download
something is to fail at once. So servers, workers and launchers of these tests run
in a network namespace of their own, in which only loopback is up.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

#: Brings up loopback, says so, and keeps the namespace alive until its input ends.
_HOLDER = """
import fcntl, socket, struct, sys
IFF_UP, SIOCSIFFLAGS = 1, 0x8914
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
    fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
with socket.socket() as probe:
    probe.settimeout(1)
    try:
        probe.connect(("192.0.2.1", 9))
        print("reachable", flush=True)
    except TimeoutError:
        print("reachable", flush=True)
    except OSError:
        print("lonely", flush=True)
sys.stdin.read()
"""


class NoNamespaces(Exception):
    """This system does not let us make a network namespace; the text says why."""


class LonelyNetwork:
    """A network namespace with loopback alone; a context manager."""

    def __init__(self) -> None:
        if not shutil.which("unshare") or not shutil.which("nsenter"):
            raise NoNamespaces("unshare or nsenter (util-linux) is not installed")
        self._holder = subprocess.Popen(
            ["unshare", "--map-root-user", "--net", "--mount", sys.executable, "-c", _HOLDER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        output = self._holder.stdout.readline().strip()
        if output != "lonely":
            _, error = self._holder.communicate(timeout=10)
            raise NoNamespaces(f"unshare --net fails: {output} {error.strip()[-200:]}")

    def _command(self, command: Sequence[object]) -> list[str]:
        enter = ["nsenter", f"--target={self._holder.pid}", "--user", "--net", "--mount"]
        return [*enter, "--preserve-credentials", "--", *(str(part) for part in command)]

    def start(
        self, command: Sequence[object], cwd: pathlib.Path | None = None, **options
    ) -> subprocess.Popen:
        """A process in the namespace, as `subprocess.Popen` starts it, in a group of its own."""
        # Entering a mount namespace leads to its root.
        away = ["sh", "-c", 'cd "$0" && exec "$@"', str(cwd or pathlib.Path.cwd())]
        words = self._command([*away, *command])
        return subprocess.Popen(words, start_new_session=True, **options)

    def small_disk(self, folder: pathlib.Path, kilobytes: int) -> pathlib.Path:
        """Mounts a disk of this size at a folder, for processes in here.

        Returns:
            The same folder as it is seen from outside.
        """
        folder.mkdir()
        size = f"size={kilobytes}k"
        mount = self.start(["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder])
        assert mount.wait(timeout=30) == 0
        return pathlib.Path(f"/proc/{self._holder.pid}/root{folder}")

    def close(self) -> None:
        """Ends the namespace; processes in it are ended by who started them."""
        assert self._holder.stdin is not None
        self._holder.stdin.close()
        self._holder.wait(timeout=10)

    def __enter__(self) -> LonelyNetwork:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def environment(**changes: str) -> dict[str, str]:
    """The environment without anything that would let the repository be imported."""
    remaining: Mapping[str, str] = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONPATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST"}
    }
    return {**remaining, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", **changes}


def tail(path: pathlib.Path, characters: int = 3000) -> str:
    """The end of a log."""
    return path.read_text(errors="replace")[-characters:] if path.exists() else ""
