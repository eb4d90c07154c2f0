"""Which terms and groups the counterfactuals cover, with examples to read."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from fairflip.protos import report_pb2
from fairflip.protos.id_hash import hash_texts

NUM_EXAMPLES = 20
#: A term with its group and category.
TermKey = tuple[str, str, str]


@dataclasses.dataclass(frozen=True)
class TermCounts:
    """What one term gave. An original counts once for each of its terms."""

    num_originals: int = 0  # that held the term
    num_pairs: int = 0
    num_rejected: int = 0  # counterfactuals left out: identical, empty, doubtful

    def __add__(self, other: TermCounts) -> TermCounts:
        return TermCounts(
            self.num_originals + other.num_originals,
            self.num_pairs + other.num_pairs,
            self.num_rejected + other.num_rejected,
        )


@dataclasses.dataclass(frozen=True)
class PairExample:
    """One pair to read. The least by `rank` are kept: a uniform, repeatable sample."""

    rank: str  # a hash, hexadecimal
    id: str
    original: str
    counterfactual: str
    terms: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Coverage:
    """Counts per term and a sample of pairs. Mergeable from `zero` with ``+``, in any order."""

    terms: dict[TermKey, TermCounts] = dataclasses.field(default_factory=dict)
    examples: tuple[PairExample, ...] = ()

    @classmethod
    def zero(cls) -> Coverage:
        """The coverage of nothing."""
        return cls()

    def __add__(self, other: Coverage) -> Coverage:
        terms = dict(self.terms)
        for key, counts in other.terms.items():
            terms[key] = terms.get(key, TermCounts()) + counts
        examples = sorted({*self.examples, *other.examples}, key=lambda one: one.rank)
        return Coverage(terms, tuple(examples[:NUM_EXAMPLES]))

    @classmethod
    def sum(cls, parts: Iterable[Coverage]) -> Coverage:
        """The coverage of all the parts; accepts an iterator."""
        total = cls.zero()
        for part in parts:
            total += part
        return total

    def to_dict(self) -> dict[str, Any]:
        """The content as JSON can hold it."""
        return {
            "terms": [[*key, *dataclasses.astuple(n)] for key, n in sorted(self.terms.items())],
            "examples": [
                [
                    example.rank,
                    example.id,
                    example.original,
                    example.counterfactual,
                    list(example.terms),
                ]
                for example in self.examples
            ],
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Coverage:
        """The coverage that `to_dict` took apart."""
        return cls(
            {(row[0], row[1], row[2]): TermCounts(*row[3:]) for row in content["terms"]},
            tuple(
                PairExample(rank, id, original, changed, tuple(terms))
                for rank, id, original, changed, terms in content["examples"]
            ),
        )

    def to_protos(self) -> list[report_pb2.TermCoverage]:
        """One message per term, those with most pairs first."""
        ordered = sorted(self.terms.items(), key=lambda item: (-item[1].num_pairs, item[0]))
        return [
            report_pb2.TermCoverage(
                term=term,
                group=group,
                category=category,
                num_originals=counts.num_originals,
                num_pairs=counts.num_pairs,
                num_rejected=counts.num_rejected,
            )
            for (term, group, category), counts in ordered
        ]

    def by_group(self) -> dict[tuple[str, str], TermCounts]:
        """Counts per (category, group): sums over the group's terms."""
        groups: dict[tuple[str, str], TermCounts] = {}
        for (_, group, category), counts in self.terms.items():
            key = (category, group)
            groups[key] = groups.get(key, TermCounts()) + counts
        return groups


def example_of(id: str, original: str, counterfactual: str, terms: Sequence[str]) -> PairExample:
    """A candidate for the sample; its rank is a hash of ID and counterfactual."""
    [rank] = hash_texts([f"{id}\n{counterfactual}".encode("utf-8", "replace")])
    return PairExample(f"{rank:016x}", id, original, counterfactual, tuple(terms))
