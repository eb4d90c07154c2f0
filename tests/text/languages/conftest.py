"""The lists of other languages, each read once."""

from __future__ import annotations

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
def portuguese():
    return swap_of_gender("identity_pt")


@pytest.fixture(scope="session")
def italian():
    return swap_of_gender("identity_it")


@pytest.fixture(scope="session")
def french():
    return swap_of_gender("identity_fr")
