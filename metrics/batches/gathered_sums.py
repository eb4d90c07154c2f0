"""The sums of many slices as one element of a collection.

A runner copies, counts and asks a coder for every element at each shuffle. Where slices are
thousands, that costs several times what counting them does. So sums travel in groups of slices,
and in the end all of a part are one element.
"""

from __future__ import annotations

import functools
import json
import operator
import random
import struct
import zlib
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, ClassVar

import apache_beam as beam
import numpy as np
import pyarrow as pa

from fairflip.metrics.batches.bundle_sums import AddPerKey
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.sums.sum_columns import InColumns, SumColumns, stands_in_columns

#: A part's name, a group of its slices, and a shard.
GroupKey = tuple[str, int, int]
# Groups of slices that may be added by as many workers.
_NUM_GROUPS = 64
# The sums of few slices come from every bundle: they are added in two steps, by shard first.
# Those of more slices would be added by one worker in the second. A group costs the same for one
# slice as for several, so that very few slices are one.
_NUM_SHARDS, _FEW, _VERY_FEW = 8, 512, 64
_SIZE, _SIZES = struct.Struct("<Q"), struct.Struct("<QQ")
# Most of a small slice's cells are empty, and a runner holds the bytes at each shuffle.
_CODEC = pa.Codec("lz4_raw")


class SumsOfSlices(InColumns):
    """Sums by slice, in the order of the keys; `+` merges. A subclass says of which class they are.

    A sum that is looked up is made of its columns anew, so that nothing of it is held.

    Attributes:
        kind: The class of the sums, registered by `bundle_sums.register_sums`.
    """

    kind: ClassVar[type]

    def __init__(self, sums: Mapping[SliceKey, Any] | Iterable[tuple[SliceKey, Any]] = ()):
        """Takes the sums by slice."""
        by_key = dict(sums)
        self._blocks: list[Block] = []
        self._is_disjoint, self._size_when_disjoint = True, 0
        self._places: dict[SliceKey, tuple[Block, int]] | None = None
        if by_key:
            columns = SumColumns.of(self.kind, list(by_key.values()))
            self._blocks = [Block(list(by_key), columns)]

    @classmethod
    def of_blocks(cls, blocks: Iterable[Block], is_disjoint: bool = True) -> SumsOfSlices:
        """From blocks; of those that are disjoint no two have a slice."""
        whole = cls()
        whole._blocks, whole._is_disjoint = list(blocks), is_disjoint
        return whole

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled as its coder writes it: some runners pickle side inputs, whatever their coder."""
        return _from_bytes, (type(self), SumsOfSlicesCoder(type(self)).encode(self))

    @property
    def blocks(self) -> list[Block]:
        """The sums, each slice in one block."""
        if not self._is_disjoint:
            self._blocks, self._is_disjoint = _merged(self.kind, self._blocks), True
        return self._blocks

    def __getitem__(self, key: SliceKey) -> Any:
        """The sum of a slice."""
        block, number = self._index()[key]
        return block.columns(self.kind).value(number)

    def __iter__(self) -> Iterator[SliceKey]:
        """The slices in order."""
        return iter(self._index())

    def __len__(self) -> int:
        """How many slices."""
        return sum(len(block.keys) for block in self.blocks)

    def __add__(self, other: SumsOfSlices) -> SumsOfSlices:
        """The sums of both."""
        both = self.of_blocks([*self._blocks, *other._blocks], is_disjoint=False)
        # Slices that both have are added when somebody looks, or when as many wait for it as
        # were there when last one did: many mappings without a common slice are looked at seldom.
        both._size_when_disjoint = self._size_when_disjoint
        if sum(len(block.keys) for block in both._blocks) > 2 * both._size_when_disjoint + _FEW:
            both._size_when_disjoint = len(both)
        return both

    def replaced(self, others: Mapping[SliceKey, Any]) -> SumsOfSlices:
        """The same with other sums of some slices."""
        if not others:
            return self
        blocks = [block.without(self.kind, others) for block in self.blocks]
        return self.of_blocks([*(b for b in blocks if b.keys), *type(self)(others).blocks])

    def of_each(self, *names: str) -> list[Any]:
        """A field of a field … of each slice's sum."""
        values = {id(block): block.columns(self.kind).of_each(*names) for block in self.blocks}
        return [values[id(block)][number] for block, number in self._index().values()]

    def _index(self) -> dict[SliceKey, tuple[Block, int]]:
        """Where each slice's sum stands, in the order of the keys: that of what is written."""
        if self._places is None:
            places = [
                (key.features, key, block, number)
                for block in self.blocks
                for number, key in enumerate(block.keys)
            ]
            places.sort(key=operator.itemgetter(0))
            self._places = {key: (block, number) for _, key, block, number in places}
        return self._places


def _merged(kind: type, blocks: list[Block]) -> list[Block]:
    """The sums of some blocks; a slice that several have is in one."""
    places_of: dict[SliceKey, list[tuple[Block, int]]] = {}
    for block in blocks:
        for number, key in enumerate(block.keys):
            places_of.setdefault(key, []).append((block, number))
    several = {key: places for key, places in places_of.items() if len(places) > 1}
    if not several:
        return blocks
    sums = [
        functools.reduce(operator.add, (b.columns(kind).value(n) for b, n in places))
        for places in several.values()
    ]
    left = (block.without(kind, several) for block in blocks)
    return [*(b for b in left if b.keys), Block(list(several), SumColumns.of(kind, sums))]


class Block:
    """Sums of some slices in columns, or the bytes of that until somebody looks at one."""

    def __init__(self, keys: list[SliceKey], columns: SumColumns | None, sent: bytes | None = None):
        """Takes the slices, and their sums in this order."""
        self.keys, self._columns, self._sent = keys, columns, sent

    @classmethod
    def from_bytes(cls, sent: bytes) -> Block:
        """The block that `to_bytes` wrote."""
        _, of_names = _SIZES.unpack_from(sent)
        names = json.loads(sent[_SIZES.size : _SIZES.size + of_names])
        keys = [SliceKey(tuple([(name, value) for name, value in key])) for key in names]
        return cls(keys, None, sent)

    def to_bytes(self) -> bytes:
        """The keys as JSON and the columns, compressed."""
        if self._sent is None:
            assert self._columns is not None
            names = json.dumps([key.features for key in self.keys], separators=(",", ":")).encode()
            plain = self._columns.to_bytes()
            head = _SIZES.pack(len(plain), len(names))
            self._sent = b"".join([head, names, _CODEC.compress(plain, asbytes=True)])
        return self._sent

    def columns(self, kind: type) -> SumColumns:
        """The sums in columns; `kind` is their class."""
        if self._columns is None:
            assert self._sent is not None
            size, of_names = _SIZES.unpack_from(self._sent)
            sent = memoryview(self._sent)[_SIZES.size + of_names :]
            plain = bytes(_CODEC.decompress(sent, decompressed_size=size))
            self._columns = SumColumns.from_bytes(kind, plain)
        return self._columns

    def without(self, kind: type, keys: Container[SliceKey]) -> Block:
        """The slices that are not among some."""
        left = [number for number, key in enumerate(self.keys) if key not in keys]
        if len(left) == len(self.keys):
            return self
        return Block([self.keys[n] for n in left], self.columns(kind).take(np.array(left, int)))

    @property
    def nbytes(self) -> int:
        """Bytes as it is now."""
        if self._sent is not None:
            return len(self._sent)
        return 0 if self._columns is None else self._columns.nbytes


class SumsOfSlicesCoder(beam.coders.Coder):
    """The blocks of a mapping, one behind the other."""

    def __init__(self, kind: type[SumsOfSlices]):
        """Takes the class of the mappings."""
        self._kind = kind

    @classmethod
    def from_type_hint(cls, typehint: type, registry: Any) -> Any:
        """The coder of the class that it was registered for."""
        return cls(typehint)

    def encode(self, value: SumsOfSlices) -> bytes:
        """The mapping as bytes."""
        parts: list[bytes] = []
        for block in value.blocks:
            sent = block.to_bytes()
            parts += [_SIZE.pack(len(sent)), sent]
        return b"".join(parts)

    def decode(self, encoded: bytes) -> SumsOfSlices:
        """The mapping that `encode` wrote; sums are read when somebody looks at one."""
        blocks, position = [], 0
        while position < len(encoded):
            (size,) = _SIZE.unpack_from(encoded, position)
            position += _SIZE.size
            blocks.append(Block.from_bytes(encoded[position : position + size]))
            position += size
        return self._kind.of_blocks(blocks)

    def estimate_size(self, value: SumsOfSlices) -> int:
        """Roughly: Beam asks for it at every step, and would encode to find out."""
        return sum(block.nbytes for block in value.blocks)

    def is_deterministic(self) -> bool:
        """Nothing relies on it."""
        return False

    def to_type_hint(self) -> type:
        """The type that this coder is registered for."""
        return self._kind


def _from_bytes(kind: type[SumsOfSlices], encoded: bytes) -> SumsOfSlices:
    """The mapping that was pickled."""
    return SumsOfSlicesCoder(kind).decode(encoded)


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
    shard, num_groups = 0, _NUM_GROUPS
    if len(sums) < _FEW:
        # As many keys in all.
        num_shards = _NUM_GROUPS if len(sums) < _VERY_FEW else _NUM_SHARDS
        shard, num_groups = random.randrange(num_shards), _NUM_GROUPS // num_shards
    places: dict[GroupKey, list[tuple[SliceKey, int]]] = {}
    in_columns: list[Any] = []
    others: dict[GroupKey, dict[SliceKey, Any]] = {}
    for (name, key), value in sums.items():
        group = (name, _group_of(key, num_groups), shard)
        if stands_in_columns(value):
            places.setdefault(group, []).append((key, len(in_columns)))
            in_columns.append(value)
        else:
            others.setdefault(group, {})[key] = value
    whole = SumColumns.of(kind.kind, in_columns) if in_columns else None
    for group in sorted(places.keys() | others.keys()):
        # Numbers of large slices would take all others' place with them.
        blocks = list(kind(others.get(group, {})).blocks)
        if group in places:
            assert whole is not None
            keys, numbers = zip(*places[group], strict=True)
            blocks.append(Block(list(keys), whole.take(np.array(numbers))))
        yield group, kind.of_blocks(blocks)


def _group_of(key: SliceKey, num_groups: int) -> int:
    """The same in every process."""
    return zlib.crc32(SliceKeyCoder().encode(key)) % num_groups


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
        )
