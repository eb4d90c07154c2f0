"""The lists of other languages, each read once, and the benchmark whose pairs and counts tests share."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec


def swap_of_gender(terms: str) -> Callable[[str], str | None]:
    """Gives a text's swap of gender; its reason in brackets where it is refused; None."""
    spec = GeneratorSpec(method="substitution", terms=terms, categories=["gender"])
    generator = make_generator(spec)

    def swapped(text: str) -> str | None:
        made = generator.generate([text])[0]
        if not made:
            return None
        return f"[{made[0].refused}]" if made[0].refused else made[0].text

    return swapped


@pytest.fixture(scope="session")
def german():
    return swap_of_gender("identity_de")


@pytest.fixture(scope="session")
def spanish():
    return swap_of_gender("identity_es")


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
