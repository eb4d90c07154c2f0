"""Faults that are nobody's mistake are told in one sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fairflip.pipeline.beam.lost_workers import LOST
from fairflip.pipeline.cli.command_line import _explain_fault
from fairflip.pipeline.cli.faults import memory_sentence


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        ImportError("libtensorflow_cc.so.2: failed to map segment from shared object"),
        OSError(12, "Cannot allocate memory"),
        RuntimeError("std::bad_alloc"),
        RuntimeError("malloc of size 4096 failed"),
        RuntimeError("ResourceExhaustedError: OOM when allocating tensor with shape[2048,9]"),
        RuntimeError("can't start new thread"),
    ],
)
def test_too_little_memory_is_told_as_that(error, capsys):
    assert "memory was not enough" in memory_sentence(error)
    assert _explain_fault(error) == 3
    output = capsys.readouterr().err
    assert output.startswith("fairflip: error: the run broke: memory was not enough")
    assert len(output.splitlines()) == 1


@pytest.mark.parametrize(
    "error",
    [ValueError("x"), SystemError("y"), ImportError("No module named 'z'"), RuntimeError(LOST)],
)
def test_other_faults_are_not(error):
    assert memory_sentence(error) == ""


def test_an_interrupt_that_beam_wrapped_is_told_as_one(capsys):
    error = RuntimeError("x")
    error.__cause__ = KeyboardInterrupt()
    assert _explain_fault(error) == 3
    assert capsys.readouterr().err.startswith("fairflip: error: interrupted; the same command")


@pytest.mark.system
@pytest.mark.system
def test_a_limit_of_the_shell_is_named():
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 29, 3 << 29));"
        "from fairflip.pipeline.cli.faults import memory_sentence;"
        "print(memory_sentence(SystemError('error return without exception set')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "1.5 GiB, ulimit -v" in done.stdout, done.stderr
