"""How Beam adds up audits and coverages, and carries them between workers: as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import apache_beam as beam

from fairflip.pipeline.audit import PairingAudit
from fairflip.pipeline.generate_coverage import Coverage


class _JsonCoder(beam.coders.Coder):
    """Codes what has `to_dict` and `from_dict`."""

    kind: type

    def encode(self, value) -> bytes:
        return json.dumps(value.to_dict(), sort_keys=True).encode("ascii")

    def decode(self, encoded: bytes):
        return self.kind.from_dict(json.loads(encoded))  # type: ignore[attr-defined]

    def is_deterministic(self) -> bool:
        return True

    def to_type_hint(self) -> type:
        return self.kind

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class PairingAuditCoder(_JsonCoder):
    """Codes a `PairingAudit`."""

    kind = PairingAudit


class CoverageCoder(_JsonCoder):
    """Codes a `Coverage`."""

    kind = Coverage


beam.coders.registry.register_coder(PairingAudit, PairingAuditCoder)
beam.coders.registry.register_coder(Coverage, CoverageCoder)


class SumAll(beam.CombineFn):
    """Adds up values of a class with ``zero`` and ``+``."""

    def __init__(self, kind: type):
        """Takes the class, which has a registered coder."""
        super().__init__()
        self._kind = kind

    def create_accumulator(self) -> Any:
        """The sum of nothing."""
        return self._kind.zero()  # type: ignore[attr-defined]

    def add_input(self, accumulator: Any, element: Any) -> Any:
        """One more."""
        return accumulator + element

    def merge_accumulators(self, accumulators: Iterable[Any]) -> Any:
        """The sum of sums; accepts an iterator."""
        return self._kind.sum(accumulators)  # type: ignore[attr-defined]

    def extract_output(self, accumulator: Any) -> Any:
        """The sum."""
        return accumulator

    def get_accumulator_coder(self) -> beam.coders.Coder:
        """The coder of the class."""
        return beam.coders.registry.get_coder(self._kind)
