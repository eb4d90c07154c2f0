"""The audit of a pair set: what was matched, what was left out, and its fingerprint.

Flip rates compare only on one frozen pair set, so each run says which one it was:
``pair_set_sha256`` is the same for the same pairs in any order, cut into any
batches, on any number of workers.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import itertools
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns, report_pb2

_MODULUS = 1 << 256
#: Longer values that are no text are compared by their digests.
_LONGEST_BYTES = 256
#: Lengths of values below this are written down once.
_MOST_WRITTEN_SIZES = 4_096


@dataclasses.dataclass(frozen=True)
class PairingAudit:
    """Counts over a pair set. Mergeable from `zero` with ``+``, in any order.

    Two sums always hold::

        num_records_read    = num_records_admitted + num_duplicate_ids + num_rejected_originals
        num_counterfactuals = num_pairs + num_unmatched_counterfactuals + num_identical_pairs
                              + num_duplicate_counterfactual_ids + num_rejected_counterfactuals

    A record of originals is one original. Of ready-made pairs, several records may
    hold one original with its several counterfactuals.
    """

    num_records_read: int = 0  # records seen on the side of the originals
    num_records_admitted: int = 0  # those of them that were used
    num_originals: int = 0  # admitted, with a counterfactual or without
    num_counterfactuals: int = 0  # counterfactuals seen or made
    num_pairs: int = 0
    num_unmatched_originals: int = 0
    num_unmatched_counterfactuals: int = 0
    num_duplicate_ids: int = 0
    num_duplicate_counterfactual_ids: int = 0
    num_identical_pairs: int = 0
    num_differing_beyond_attribute: int = 0  # among the pairs
    num_legitimate_flip_pairs: int = 0  # among the pairs
    num_zero_weight_pairs: int = 0  # among the pairs
    num_copied_originals: int = 0  # with a pair, and the text of another
    num_rejected_originals: int = 0  # for any other reason
    num_rejected_counterfactuals: int = 0
    hash_sum: int = 0  # sum of the pairs' SHA-256, modulo 2 ** 256
    num_control_pairs: int = 0  # beside the pairs, and in none of the counts of pairs
    control_hash_sum: int = 0  # sum of the controls' SHA-256, modulo 2 ** 256
    num_examined_pairs: int = 0  # among the pairs: those written elsewhere, with texts
    num_doubtful_pairs: int = 0  # among them
    num_examined_words: int = 0  # of their originals
    num_changed_words: int = 0  # among these: those that the counterfactual lacks
    num_by_doubt: tuple[int, ...] = (0,) * len(columns.DOUBT_MEANINGS)  # pairs, in the order there

    @classmethod
    def zero(cls) -> PairingAudit:
        """The audit of nothing."""
        return cls()

    def __add__(self, other: PairingAudit) -> PairingAudit:
        """The audit of both pair sets together."""
        total = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in dataclasses.fields(self)
        }
        total["num_by_doubt"] = tuple(
            map(sum, zip(self.num_by_doubt, other.num_by_doubt, strict=True))
        )
        total["hash_sum"] %= _MODULUS
        total["control_hash_sum"] %= _MODULUS
        return PairingAudit(**total)

    @classmethod
    def sum(cls, audits: Iterable[PairingAudit]) -> PairingAudit:
        """The audit of all the pair sets; accepts an iterator."""
        total = cls.zero()
        for audit in audits:
            total += audit
        return total

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON can hold them."""
        return dict(vars(self))

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> PairingAudit:
        """The audit that `to_dict` took apart."""
        return cls(**{**fields, "num_by_doubt": tuple(fields["num_by_doubt"])})

    @property
    def pair_set_sha256(self) -> str:
        """The fingerprint of the pair set, as 64 hexadecimal digits.

        The SHA-256 of each pair (its example ID, the inputs on both sides and
        whether a flip is legitimate; see `pair_rows`) are added up modulo
        2 ** 256, and the sum is hashed with the number of pairs. It detects any
        change made by accident; it is no proof against a forger.
        """
        content = f"fairflip pair set 1\n{self.num_pairs}\n{self.hash_sum:064x}\n"
        return hashlib.sha256(content.encode("ascii")).hexdigest()

    @property
    def control_set_sha256(self) -> str:
        """The fingerprint of the controls, apart from that of the pairs; "" without any.

        As `pair_set_sha256`, of ID and both texts.
        """
        if not self.num_control_pairs:
            return ""
        content = (
            f"fairflip control set 1\n{self.num_control_pairs}\n{self.control_hash_sum:064x}\n"
        )
        return hashlib.sha256(content.encode("ascii")).hexdigest()

    def to_proto(self) -> report_pb2.Pairing:
        """The audit as the run report has it."""
        counts = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name in report_pb2.Pairing.DESCRIPTOR.fields_by_name
        }
        named = [
            report_pb2.PairDoubt(doubt=doubt, num_pairs=number)
            for doubt, number in zip(columns.DOUBT_MEANINGS, self.num_by_doubt, strict=True)
            if number
        ]
        named.sort(key=lambda one: -one.num_pairs)
        return report_pb2.Pairing(
            pair_set_sha256=self.pair_set_sha256,
            control_set_sha256=self.control_set_sha256,
            doubts=named,
            **counts,
        )


def num_zero_weights(pairs: pa.Table | pa.RecordBatch, weight_feature: str) -> int:
    """How many pairs have the weight 0, and so move no rate; 0 without weights."""
    if weight_feature not in pairs.schema.names:
        return 0
    weights = pairs.column(weight_feature)
    if not (pa.types.is_integer(weights.type) or pa.types.is_floating(weights.type)):
        return 0
    return pc.sum(pc.equal(weights, 0)).as_py() or 0


def contiguous(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as one array, which is its only chunk where there is one: Arrow would copy it."""
    if not isinstance(column, pa.ChunkedArray):
        return column
    if column.num_chunks == 1:
        return column.chunk(0)
    column = column.combine_chunks()
    # More than one chunk can hold.
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def canonical(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """A column as strings that are equal exactly where the values are; nulls stay.

    A string and the same text in bytes are equal, and so are an integer and the
    string of its digits: CSV and Parquet of one data set make one pair set.
    """
    column = contiguous(column)
    kind = column.type
    if pa.types.is_dictionary(kind):
        return canonical(column.dictionary_decode())
    if pa.types.is_string(kind):
        return column
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        try:
            return column.cast(pa.string())
        except pa.ArrowInvalid:
            # One by one: they may be images, of which no copies are to lie about.
            values = (value.as_py() for value in column)
            return pa.array([v and _text_of(v) for v in values], pa.string())
    if pa.types.is_list(kind) and pa.types.is_string(kind.value_type):
        return _lists_of_strings(column)
    if pa.types.is_nested(kind):
        values = (None if v is None else json.dumps(v, default=str) for v in column.to_pylist())
        return pa.array(list(values), pa.string())
    return column.cast(pa.string())


def _text_of(value: bytes) -> str:
    """Bytes as text; of long ones that are none, such as an image, a digest."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        if len(value) > _LONGEST_BYTES:
            return f"sha256:{hashlib.sha256(value).hexdigest()}"
        return value.decode("utf-8", "backslashreplace")


def _lists_of_strings(column: pa.ListArray) -> pa.Array:
    """Each list as JSON; groups repeat, so that only distinct members are written out."""
    encoded = pc.dictionary_encode(column.values)
    texts = pa.array([json.dumps(value) for value in encoded.dictionary.to_pylist()], pa.string())
    members = pc.fill_null(texts.take(encoded.indices), "null")
    joined = pc.binary_join(pa.ListArray.from_arrays(column.offsets, members), ", ")
    lists = pc.binary_join_element_wise("[", joined, "]", "")
    return pc.if_else(column.is_null(), pa.scalar(None, pa.string()), lists)


def row_strings(columns: list[pa.Array], constant: str | None = None) -> pa.Array:
    """One string per row that two rows share exactly when all their columns agree.

    Args:
        columns: arrays of one length, as from `canonical`.
        constant: what every row has in one column more, behind all others; None: no such column.

    Returns:
        Strings: for each column its length in bytes, a colon and the value, or
        ``n`` for a null.
    """
    pairs = [(_sizes(column), column) for column in columns]
    last = [] if constant is None else [f"{len(constant.encode())}:{constant}"]
    if not any(column.null_count for column in columns):  # All in one go.
        return pc.binary_join_element_wise(*itertools.chain.from_iterable(pairs), *last, "")
    fields = [
        pc.fill_null(pc.binary_join_element_wise(size, column, ""), "n") for size, column in pairs
    ]
    return pc.binary_join_element_wise(*fields, *last, "")


@functools.cache
def _written_sizes() -> pa.Array:
    return pa.array([f"{size}:" for size in range(_MOST_WRITTEN_SIZES)])


def _sizes(column: pa.Array) -> pa.Array:
    """The length of each value and a colon; null of a null."""
    sizes = pc.binary_length(column)
    if (pc.max(sizes).as_py() or 0) < _MOST_WRITTEN_SIZES:
        # To look a number up takes a third of the time of writing it.
        return _written_sizes().take(sizes)
    return pc.binary_join_element_wise(sizes.cast(pa.string()), ":", "")


def pair_rows(pairs: pa.Table, id_feature: str, inputs: Sequence[str]) -> pa.Array:
    """One string per pair that two pairs share exactly when the pair set takes them for one.

    The fingerprint of a pair set is over these: the ID, the compared inputs on both sides and
    whether a flip is legitimate. A column more changes no fingerprint.
    """
    compared = [
        canonical(pairs[name])
        for name in (id_feature, *inputs, *(columns.counterfactual(each) for each in inputs))
    ]
    if columns.FLIP_IS_LEGITIMATE not in pairs.column_names:
        return row_strings(compared, "false")
    return row_strings([*compared, canonical(legitimate_flips(pairs))])


def legitimate_flips(pairs: pa.Table) -> pa.Array:
    """Whether each pair is marked: another answer to its counterfactual is right."""
    if columns.FLIP_IS_LEGITIMATE not in pairs.column_names:
        return pa.array(np.zeros(pairs.num_rows, dtype=bool))
    column = pairs[columns.FLIP_IS_LEGITIMATE].combine_chunks()
    if not pa.types.is_boolean(column.type):
        column = pc.is_in(
            pc.utf8_lower(canonical(column)), value_set=pa.array(["1", "1.0", "true", "yes"])
        )
    return pc.fill_null(column, False)


def multiset_hash(rows: pa.Array) -> int:
    """The sum of the rows' SHA-256 modulo 2 ** 256: whatever their order."""
    if not len(rows):
        return 0
    sha256 = hashlib.sha256
    texts = rows.cast(pa.binary()).to_numpy(zero_copy_only=False).tolist()
    digests = b"".join([sha256(text).digest() for text in texts])
    limbs = np.frombuffer(digests, ">u4").reshape(-1, 8).astype(np.uint64).sum(axis=0)
    return sum(int(limb) << (32 * (7 - i)) for i, limb in enumerate(limbs)) % _MODULUS
