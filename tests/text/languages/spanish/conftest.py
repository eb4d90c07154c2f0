"""The Spanish list, read once."""

from __future__ import annotations

import pytest

from fairflip.pipeline.generate.batch import make_generator
from fairflip.protos.config_pb2 import GeneratorSpec


@pytest.fixture(scope="session")
def spanish():
    """Gives a text's swap of gender; its reason in brackets where it is refused; None."""
    spec = GeneratorSpec(method="substitution", terms="identity_es", categories=["gender"])
    generator = make_generator(spec)

    def swapped(text: str) -> str | None:
        made = generator.generate([text])[0]
        if not made:
            return None
        return f"[{made[0].refused}]" if made[0].refused else made[0].text

    return swapped
