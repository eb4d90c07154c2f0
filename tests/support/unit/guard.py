"""Which tests are unit tests, and what holds them to it: no TensorFlow, no process of their own.

A test is a *system* test if its folder is one of `SYSTEM_FOLDERS`, if it is marked `slow` or
`browser`, or if it or its file says `pytest.mark.system`. Every other test is a unit test, and
fails as soon as it imports TensorFlow or starts a process.
"""

from __future__ import annotations

import pathlib
import re
import sys

import numpy.testing  # noqa: F401  (its first import asks `lscpu` what the processor is)

from support import TESTS

#: Folders whose tests import TensorFlow or start processes as soon as they are collected.
SYSTEM_FOLDERS = (
    "distributed",
    "end_to_end",
    "exporters",
    "metrics/evaluator",
    "metrics/tfma",
    "models",
    "notebooks",
    "remediation/counterfactual",
    "remediation/min_diff",
    "remediation/models",
)
#: Tests that need packages which the lock does not have, by the mark that asks for them; `make
#: models` and `make exporters` install these and run them.
APART = {"models": TESTS / "models", "exporters": TESTS / "exporters"}
#: Folders whose files share what their conftest.py makes once for all of them.
SHARING_FOLDERS = ("distributed", "end_to_end", "metrics/tfma")
SYSTEM_MARKS = ("system", "slow", "browser")
SYSTEM_FILE = re.compile(rf"^pytestmark = pytest\.mark\.({'|'.join(SYSTEM_MARKS)})$", re.MULTILINE)
HEAVY = ("tensorflow", "keras", "tensorflow_model_analysis")
STARTS = frozenset(
    {"subprocess.Popen", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"}
)


def is_system_file(path: pathlib.Path) -> bool:
    """Whether all tests of a file are system tests; the file is not imported."""
    folder = path.parent.relative_to(TESTS).as_posix() + "/"
    return folder.startswith(tuple(f"{name}/" for name in SYSTEM_FOLDERS)) or (
        SYSTEM_FILE.search(path.read_text(encoding="utf-8")) is not None
    )


def process_group(path: pathlib.Path) -> str:
    """Tests of one group run in one process: those of a file, or of a folder that shares."""
    folder = path.parent.relative_to(TESTS).as_posix()
    return folder if folder in SHARING_FOLDERS else path.relative_to(TESTS).as_posix()


class UnitGuard:
    """Hears what no unit test may do and remembers it; the caller fails the test for it."""

    def __init__(self) -> None:
        self.no_tensorflow = self.no_process = False
        self.broken: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple) -> None:
        if self.no_tensorflow and event == "import" and arguments[0].partition(".")[0] in HEAVY:
            self.broken.append(f"imports {arguments[0]}")
            raise AssertionError(f"a unit test {self.broken[-1]}: mark it pytest.mark.system")
        # Not refused: a runner whose thread could not start its worker would wait for ever.
        if self.no_process and event in STARTS:
            self.broken.append(f"starts a process: {event} {arguments[0] if arguments else ''}")
