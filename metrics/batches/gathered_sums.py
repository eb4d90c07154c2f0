"""The sums of many slices as one element of a collection.

A runner copies, counts and asks a coder for every element at each shuffle. Where slices are
thousands, that costs several times what counting them does. So sums travel in groups of slices,
and in the end all of a part are one element.
"""

from __future__ import annotations

import itertools
import json
import random
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

import apache_beam as beam
import pyarrow as pa

from fairflip.metrics.batches.bundle_sums import AddPerKey, SumsCoder
from fairflip.metrics.flips.slicing import SliceKey

#: A part's name, a group of its slices, and a shard.
GroupKey = tuple[str, int, int]
# Groups of slices that may be added by as many workers.
_NUM_GROUPS = 64
# The sums of few slices come from every bundle: they are added in two steps, by shard first.
# Those of more slices would be added by one worker in the second.
_NUM_SHARDS, _FEW = 8, 512
# Slices by which the size of a mapping is estimated.
_MOST_MEASURED = 16
_LENGTHS, _SIZE = struct.Struct("<II"), struct.Struct("<Q")
# Most of a small slice's cells are empty, and a runner holds the bytes at each shuffle.
_CODEC = pa.Codec("lz4_raw")


class SumsOfSlices(dict[SliceKey, Any]):
    """Sums by slice; `+` merges. A subclass says of which class they are.

    Attributes:
        kind: The class of the sums, registered by `bundle_sums.register_sums`.
    """

    kind: ClassVar[type]

    def __add__(self, other: Mapping[SliceKey, Any]) -> SumsOfSlices:
        """The sums of both."""
        whole = type(self)(self)
        for key, value in other.items():
            whole[key] = whole[key] + value if key in whole else value
        return whole

    def in_order(self) -> SumsOfSlices:
        """The same by ascending keys: what is written of them has one order, whoever added."""
        return type(self)(sorted(self.items(), key=lambda item: item[0].features))


class SumsOfSlicesCoder(beam.coders.Coder):
    """Each slice's key and its sum as `SumsCoder` writes it, one behind the other, compressed."""

    def __init__(self, kind: type[SumsOfSlices]):
        """Takes the class of the mappings."""
        self._kind = kind
        self._keys, self._sums = SliceKeyCoder(), SumsCoder(kind.kind)

    @classmethod
    def from_type_hint(cls, typehint: type, registry: Any) -> Any:
        """The coder of the class that it was registered for."""
        return cls(typehint)

    def encode(self, value: SumsOfSlices) -> bytes:
        """The mapping as bytes."""
        parts: list[bytes] = []
        for key, sums in value.items():
            name, body = self._keys.encode(key), self._sums.encode(sums)
            parts += [_LENGTHS.pack(len(name), len(body)), name, body]
        plain = b"".join(parts)
        return _SIZE.pack(len(plain)) + _CODEC.compress(plain, asbytes=True)

    def decode(self, encoded: bytes) -> SumsOfSlices:
        """The mapping that `encode` wrote; a sum is read when somebody looks at it."""
        (size,) = _SIZE.unpack_from(encoded)
        sent = memoryview(encoded)[_SIZE.size :]
        plain = memoryview(_CODEC.decompress(sent, decompressed_size=size))
        value, position = self._kind(), 0
        while position < size:
            of_name, of_body = _LENGTHS.unpack_from(plain, position)
            start = position + _LENGTHS.size
            end = start + of_name
            position = end + of_body
            key = self._keys.decode(bytes(plain[start:end]))
            value[key] = self._sums.decode(bytes(plain[end:position]))
        return value

    def estimate_size(self, value: SumsOfSlices) -> int:
        """Roughly, by the first slices: Beam asks for it at every step."""
        first = list(itertools.islice(value.values(), _MOST_MEASURED))
        return sum(map(self._sums.estimate_size, first)) * len(value) // max(len(first), 1)

    def is_deterministic(self) -> bool:
        """Nothing relies on it."""
        return False

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return self._kind


class SliceKeyCoder(beam.coders.Coder):
    """Slice keys as JSON; the same key always as the same bytes."""

    def encode(self, value: SliceKey) -> bytes:
        """The key's (feature, value) pairs."""
        return json.dumps(value.features, separators=(",", ":")).encode()

    def decode(self, encoded: bytes) -> SliceKey:
        """The key that `encode` wrote."""
        return SliceKey(tuple((name, value) for name, value in json.loads(encoded)))

    def is_deterministic(self) -> bool:
        """Keys can be grouped by their bytes."""
        return True

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return SliceKey


beam.coders.registry.register_coder(SliceKey, SliceKeyCoder)


def register_sums_of_slices(kind: type[SumsOfSlices]) -> None:
    """Lets workers exchange mappings of one class."""
    beam.coders.registry.register_coder(kind, SumsOfSlicesCoder)


def in_groups(
    kind: type[SumsOfSlices], sums: Mapping[tuple[str, SliceKey], Any]
) -> Iterator[tuple[GroupKey, SumsOfSlices]]:
    """The sums of a bundle, by part and group of slices.

    Args:
        kind: The class of the mappings.
        sums: By the part's name and the slice.
    """
    shard = random.randrange(_NUM_SHARDS) if len(sums) < _FEW else 0
    groups: dict[GroupKey, SumsOfSlices] = {}
    for (name, key), value in sums.items():
        groups.setdefault((name, _group_of(key), shard), kind())[key] = value
    yield from groups.items()


def _group_of(key: SliceKey) -> int:
    """The same in every process."""
    return zlib.crc32(SliceKeyCoder().encode(key)) % _NUM_GROUPS


class GatherSums(beam.PTransform):
    """Collections of (`GroupKey`, sums of slices) to (part's name, those of all its slices)."""

    def __init__(self, kind: type[SumsOfSlices]):
        """Takes the class of the mappings."""
        super().__init__()
        self._kind = kind

    def expand(self, sums: Iterable[beam.PCollection]) -> beam.PCollection:
        """Adds the transforms to the graph."""
        kind: Any = self._kind
        return (
            tuple(sums)
            | "JoinSums" >> beam.Flatten()
            | "AddPerGroup" >> AddPerKey(tuple[GroupKey, kind])
            | "UnderTheirPart"
            >> beam.MapTuple(lambda key, group: (key[0], group)).with_output_types(tuple[str, kind])
            | "Gather" >> AddPerKey(tuple[str, kind])
            | "InOrder"
            >> beam.MapTuple(lambda name, slices: (name, slices.in_order())).with_output_types(
                tuple[str, kind]
            )
        )
