"""Every target against a coverage-guided fuzzer, where there is one for this machine."""

from __future__ import annotations

import importlib.util
import os
import re
import resource
import subprocess
import sys

import pytest

from support import TESTS
from support.fuzz.fuzz_settings import NUM_RUNS, count_inputs

pytestmark = pytest.mark.system

PROGRAM = TESTS / "support" / "fuzz" / "coverage_guided.py"


@pytest.mark.timeout(3 * 3600)
@pytest.mark.parametrize(
    "target", ["readers", "doors", "matcher", "pairs", "scores", "ids", "configuration"]
)
def test_no_input_that_reaches_new_code_breaks_a_promise(target, tmp_path):
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is not installed: its wheels are for Linux on x86-64")
    # The nightly form starts anywhere, CI always at the same place.
    seed = "0" if "FAIRFLIP_FUZZ_RUNS" in os.environ else "1"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # What the fuzzer takes for its own peak begins with that of the process that starts it.
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    done = subprocess.run(
        [
            *(sys.executable, str(PROGRAM), target, str(tmp_path), f"-runs={NUM_RUNS}"),
            *(f"-seed={seed}", "-print_final_stats=1", f"-artifact_prefix={tmp_path}/"),
            *("-max_len=600", "-timeout=30", f"-rss_limit_mb={2048 + ours}"),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr[-4000:]
    [number] = re.findall(r"number_of_executed_units: (\d+)", done.stderr)
    assert int(number) >= NUM_RUNS
    # Inputs that reached new code were kept: the fuzzer did see the code.
    assert len(list(tmp_path.iterdir())) >= 5
    count_inputs(f"{target} (by coverage)", int(number))
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{target}: {int(number):,} inputs in {seconds:.0f} CPU-s")
