"""The benchmark whose pairs and counts the tests share."""

from __future__ import annotations

import importlib.util
import sys

import pytest


@pytest.fixture(scope="session")
def pairs_benchmark(repository):
    """`benchmarks/languages.py` as a module."""
    folder = repository / "benchmarks"
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("languages", folder / "languages.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules["languages"] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module
