"""What a command takes, in a process whose peak memory is its own.

Linux counts to the peak of a process what the one that started it held at that time. A benchmark
that has made tables would be the floor of every command, so that a small Python starts it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import NamedTuple

_STARTER = """
import json, os, sys
_, status, used = os.wait4(os.spawnv(os.P_NOWAIT, sys.argv[2], sys.argv[2:]), 0)
with open(sys.argv[1], "w") as file:
    json.dump([used.ru_utime + used.ru_stime, used.ru_maxrss / 1024], file)
sys.exit(os.waitstatus_to_exitcode(status))
"""


class Used(NamedTuple):
    """What a command took, of all its threads; `errors` is what it wrote to stderr."""

    cpu_seconds: float
    peak_mib: float
    exit_code: int
    errors: str


def used_by(command: Sequence[str]) -> Used:
    """Runs a command, of which the first word is the path of a program."""
    with tempfile.NamedTemporaryFile() as file:
        process = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _STARTER, file.name, *command],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        cpu_seconds, peak_mib = json.load(file)
    return Used(cpu_seconds, peak_mib, process.returncode, process.stderr)
