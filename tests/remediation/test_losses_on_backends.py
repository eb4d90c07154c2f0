"""The losses are Keras operations alone, so that they run on other backends as well."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from support import TESTS

keras = pytest.importorskip("keras")
from fairflip.remediation import counterfactual, min_diff  # noqa: E402
from support.remediation.losses_on_backends import loss_values  # noqa: E402

pytestmark = pytest.mark.system

LOSS_FILES = sorted(
    path
    for package in (counterfactual.losses, min_diff.losses)
    for path in pathlib.Path(package.__file__).parent.glob("*.py")
)


@pytest.mark.parametrize("path", LOSS_FILES, ids=lambda path: path.stem)
def test_no_loss_imports_a_backend(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert imported & {"tensorflow", "jax", "torch"} == set()


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["numpy", "jax", "torch"])
def test_losses_are_equal_on_every_backend(backend):
    # Keras's NumPy backend takes its Fourier transforms from JAX.
    needed = "torch" if backend == "torch" else "jax"
    if importlib.util.find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    script = TESTS / "support" / "remediation" / "losses_on_backends.py"
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    actual, expected = json.loads(done.stdout.splitlines()[-1]), loss_values()
    assert actual.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(actual[name], value, rtol=1e-6, atol=1e-6, err_msg=name)
