"""What is known of a run's controls: how many, how alike, why some pairs have none."""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from fairflip.pipeline.generate.coverage import NUM_EXAMPLES
from fairflip.pipeline.records.pairing_audit import PairingAudit

#: A control's words are so many octaves more or less frequent than the terms; the rest more.
OCTAVES = (0.5, 1.0, 2.0)
_MODULUS = 1 << 256


class ControlExample(NamedTuple):
    """A pair and one of its controls to read."""

    rank: str  # a hash of the ID: the smallest are kept
    id: str
    terms: tuple[str, ...]
    original: str
    counterfactual: str
    words: tuple[str, ...]
    control: str


@dataclasses.dataclass(frozen=True)
class ControlCoverage:
    """Counts over the pairs of a run. Mergeable from `zero` with ``+``, in any order.

    Attributes:
        num_pairs: Identity pairs.
        num_control_pairs: Controls.
        num_same_group_pairs: Swaps within one group, beside them.
        pairs_by_controls: How many pairs have 0, 1, ... controls.
        shortages: Why pairs have no control, or fewer than asked for -> how many pairs.
        octaves_off: Controls whose words are up to `OCTAVES` off, the last: more.
        hash_sum: Sum of the controls' SHA-256, modulo 2 ** 256.
        examples: Twenty to read.
        by_column: Of a table, how many controls change each column.
    """

    num_pairs: int = 0
    num_control_pairs: int = 0
    pairs_by_controls: dict[int, int] = dataclasses.field(default_factory=dict)
    shortages: dict[str, int] = dataclasses.field(default_factory=dict)
    octaves_off: tuple[int, ...] = (0,) * (len(OCTAVES) + 1)
    hash_sum: int = 0
    examples: tuple[ControlExample, ...] = ()
    num_same_group_pairs: int = 0
    by_column: dict[str, int] = dataclasses.field(default_factory=dict)

    @classmethod
    def zero(cls) -> ControlCoverage:
        """Of nothing."""
        return cls()

    @classmethod
    def sum(cls, parts: Iterable[ControlCoverage]) -> ControlCoverage:
        """Of all parts together; accepts an iterator."""
        total = cls.zero()
        for part in parts:
            total += part
        return total

    def __add__(self, other: ControlCoverage) -> ControlCoverage:
        """Of both pair sets together."""
        return ControlCoverage(
            self.num_pairs + other.num_pairs,
            self.num_control_pairs + other.num_control_pairs,
            _added(self.pairs_by_controls, other.pairs_by_controls),
            _added(self.shortages, other.shortages),
            tuple(a + b for a, b in zip(self.octaves_off, other.octaves_off, strict=True)),
            (self.hash_sum + other.hash_sum) % _MODULUS,
            tuple(sorted((*self.examples, *other.examples))[:NUM_EXAMPLES]),
            self.num_same_group_pairs + other.num_same_group_pairs,
            _added(self.by_column, other.by_column),
        )

    @property
    def num_pairs_without_control(self) -> int:
        """Pairs that are in no excess."""
        return self.pairs_by_controls.get(0, 0)

    @property
    def audit(self) -> PairingAudit:
        """The controls as the audit of the pair set counts them."""
        return PairingAudit(
            num_control_pairs=self.num_control_pairs + self.num_same_group_pairs,
            control_hash_sum=self.hash_sum,
        )

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON can hold them."""
        fields = dataclasses.asdict(self)
        fields["pairs_by_controls"] = sorted(self.pairs_by_controls.items())
        fields["examples"] = [list(example) for example in self.examples]
        return fields

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> ControlCoverage:
        """What `to_dict` took apart."""
        examples = tuple(
            ControlExample(r, i, tuple(t), o, c, tuple(w), k)
            for r, i, t, o, c, w, k in fields["examples"]
        )
        by_controls = {int(number): count for number, count in fields["pairs_by_controls"]}
        return cls(
            **fields
            | {
                "pairs_by_controls": by_controls,
                "octaves_off": tuple(fields["octaves_off"]),
                "examples": examples,
            }
        )


def rank_of(id: str) -> str:
    """What decides which examples are kept: the same in every process."""
    return hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _added(one: dict[Any, int], other: dict[Any, int]) -> dict[Any, int]:
    return dict(Counter(one) + Counter(other))
