"""Two devices under `MirroredStrategy` train as one does."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from support import TESTS

pytest.importorskip("keras")


@pytest.fixture(scope="module")
def trained():
    """What one device and two gave, by technique."""
    script = TESTS / "support" / "remediation" / "mirrored_training.py"
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.parametrize("technique", ["clp", "mindiff"])
def test_two_devices_train_as_one(trained, technique):
    one, two = trained[technique]
    assert (one["replicas"], two["replicas"]) == (1, 2)
    assert one["logs"].keys() == two["logs"].keys()
    for name, values in one["logs"].items():
        np.testing.assert_allclose(two["logs"][name], values, rtol=1e-5, err_msg=name)
    for a, b in zip(one["weights"], two["weights"], strict=True):
        np.testing.assert_allclose(b, a, rtol=1e-4, atol=2e-4)
    assert one["logs"]["loss"][-1] < one["logs"]["loss"][0]
