"""How Beam adds up what merges by ``+``, and carries it between workers: as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import apache_beam as beam

from fairflip.pipeline.records.pairing_audit import PairingAudit


class JsonCoder(beam.coders.Coder):
    """Codes what has `to_dict` and `from_dict`; a class names its `kind`."""

    kind: type

    def encode(self, value) -> bytes:
        """The value as JSON."""
        return json.dumps(value.to_dict(), sort_keys=True).encode("ascii")

    def decode(self, encoded: bytes):
        """The value again."""
        return self.kind.from_dict(json.loads(encoded))  # type: ignore[attr-defined]

    def is_deterministic(self) -> bool:
        """True: keys are sorted."""
        return True

    def to_type_hint(self) -> type:
        """The class of what it codes."""
        return self.kind

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class PairingAuditCoder(JsonCoder):
    """Codes a `PairingAudit`."""

    kind = PairingAudit


beam.coders.registry.register_coder(PairingAudit, PairingAuditCoder)


class SumAll(beam.PTransform):
    """Adds up values of a class with ``zero`` and ``sum``; one sum, also of nothing.

    There is one value for each shard of the input, so that they go to one worker as
    they are: a combiner would cost eight transforms.
    """

    def __init__(self, kind: type):
        """Takes the class, which has a registered coder."""
        super().__init__()
        self._kind: Any = kind

    def expand(self, values: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            values.pipeline
            | "StartSum" >> beam.Impulse()
            | "AddAll"
            >> beam.Map(_summed, self._kind, beam.pvalue.AsIter(values)).with_output_types(
                self._kind
            )
        )


def _summed(_: bytes, kind: Any, values: Iterable[Any]) -> Any:
    return kind.sum(values)
