"""IDs on the two sides of a join: the pairs are those of a recount by the one rule of IDs.

The recount is plain Python over single values, and knows no table: what each value is as an ID,
which original keeps it, which counterfactuals stay.
"""

from __future__ import annotations

import collections
import decimal

import pyarrow as pa

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.join import join_tables
from fairflip.protos.config_pb2 import DataSpec
from fairflip.protos.errors import UserError
from support.fuzz.byte_choices import Bytes
from support.fuzz.pair_account import check_sums
from support.fuzz.read_account import refused

_NAMES = PairColumns.of(DataSpec(id_feature="id", text_feature="t", label_feature="l"))

# One ID in many spellings, of which some are one by the rule and the others are not: case,
# Unicode form, space, digits, bytes.
_TEXT = (
    *("a", "A", " a", "a ", "é", "e\u0301", "É", "ﬁ", "fi", "7", "7.0", "07", "+7", "7e0", "٧"),
    *("-0", "0", "0xff", "0xFF", "9007199254740993", "9007199254740992", "nan", "None", "\0", "\x1b"),
    *("", " ", "\t\n", "\u00a0", "\u200b", "a\u200b", "b'7'", "𝟕", "a" * 300, None),
)  # fmt: skip
_BYTES = (
    *(text.encode() for text in _TEXT if text is not None),
    *(b"\xff", b"\xff\x00", b"\xc3", "é".encode("latin-1"), None),
)
_WHOLE = (0, 7, -7, 1, 255, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), None)
_FLOATS = (0.0, -0.0, 7.0, -7.0, 1.0, 7.5, 2.0**53, 2.0**54, 1e300, 5e-324, None,
           float("nan"), float("inf"), float("-inf"))  # fmt: skip
_DECIMALS = tuple(None if d is None else decimal.Decimal(d) for d in ("7.00", "7.50", "0", None))
#: What IDs a column may hold, and its type.
_KINDS = (
    (_TEXT, pa.string()),
    (_TEXT, pa.large_string()),
    (_TEXT, pa.dictionary(pa.int32(), pa.string())),
    (_BYTES, pa.binary()),
    (_BYTES, pa.large_binary()),
    ((b"7", b"a", b"\xff", b" ", None), pa.binary(1)),
    (_WHOLE, pa.int64()),
    (tuple(n for n in _WHOLE if n is None or 0 <= n < 2**31), pa.uint32()),
    (_FLOATS, pa.float64()),
    (_DECIMALS, pa.decimal128(5, 2)),
    ((None,), pa.null()),
)
_WORDS = ("x", "y", "X", "é", "e\u0301", "x ", "z" * 40)


def ids(data: bytes) -> None:
    """Joins originals and counterfactuals whose IDs are of any types and spellings."""
    choose = Bytes(data)
    own_kind, other_kind = choose.pick(_KINDS), choose.pick(_KINDS)
    is_named = choose.number(2)  # whether counterfactuals have an ID of their own
    own: list[tuple] = [
        (choose.pick(own_kind[0]), choose.pick(_WORDS)) for _ in range(choose.number(12))
    ]
    others: list[tuple] = []
    while not choose.is_used_up and len(others) < 40:
        text = choose.pick((*_WORDS, None))
        others.append((choose.pick(other_kind[0]), text, choose.pick(("1", "2", "", None))))
    if not is_named:
        others = [(*row[:2], None) for row in others]
    originals = _table(own, own_kind[1], ("id", "t"))
    names = ("id", "t", "counterfactual_id") if is_named else ("id", "t")
    counterfactuals = _table(others, other_kind[1], names)
    # The order of records is of no account.
    for turn in (slice(None), slice(None, None, -1)):
        order = [pa.array(range(n)[turn], pa.int64()) for n in (len(own), len(others))]
        joined = refusal = None
        try:
            joined = join_tables(originals.take(order[0]), counterfactuals.take(order[1]), _NAMES)
        except UserError as error:
            refusal = error
        # A column in which something is there, and nothing an ID, is refused.
        assert (refusal is not None) == (_is_of_no_use(own) or _is_of_no_use(others)), refusal
        if joined is None:
            refused(refusal)
            return
        check_sums(joined)
        remaining, pairs = recount(own, others)
        # A join that meets no counterfactual has no columns of them.
        rows = joined.pairs.to_pylist()
        actual = ((row["id"], row["t"], row["counterfactual.t"]) for row in rows)
        assert collections.Counter(actual) == pairs
        left = joined.unmatched_originals.select(["id", "t"]).to_pylist()
        paired = {name for name, _, _ in pairs}
        assert {row["id"]: row["t"] for row in left} == {
            name: text for name, text in remaining.items() if name not in paired
        }
        reasons = collections.Counter(record.reason for record in joined.rejects)
        num_none = sum(_id_of(row[0]) is None for row in [*own, *others])
        num_stray = sum(
            _id_of(row[0]) not in remaining for row in others if _id_of(row[0]) is not None
        )
        assert reasons["missing_id"] == num_none
        assert reasons["no_original"] == num_stray
        assert reasons["duplicate_id"] == len(own) - sum(
            _id_of(row[0]) is None for row in own
        ) - len(remaining)


def recount(
    own: list[tuple], others: list[tuple]
) -> tuple[dict[str, str], collections.Counter[tuple[str, str, str]]]:
    """The originals that keep their IDs, with their texts, and the pairs.

    Args:
        own: (ID, text) of originals.
        others: (ID, text, ID of its own or None) of counterfactuals.
    """
    remaining: dict[str, str] = {}
    for value, text in own:
        name = _id_of(value)
        if name is not None:
            remaining[name] = min(remaining.get(name, text), text, key=str.encode)
    # Of each original, and each name or else each text, the smallest text; a null is the last.
    smallest: dict[tuple, str | None] = {}
    for value, text, name in others:
        original = _id_of(value)
        if original not in remaining:
            continue
        key = (original, "text", text) if name is None else (original, "name", name)
        texts = [t for t in (smallest.get(key), text) if t is not None]
        smallest[key] = min(texts, key=str.encode, default=None)
    pairs = collections.Counter(
        (key[0], remaining[key[0]], text)
        for key, text in smallest.items()
        if text is not None and text != remaining[key[0]]
    )
    return remaining, pairs


def _id_of(value: object) -> str | None:
    """One value as an ID, by the page's words; None where it is none."""
    if isinstance(value, float | decimal.Decimal):
        if not abs(value) <= 2**53 or value != int(value):
            return None
        value = int(value)
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            return "0x" + value.hex()
    return None if value is None or not str(value).strip() else str(value)


def _is_of_no_use(rows: list[tuple]) -> bool:
    """Whether a column has something in it, and not one ID."""
    values = [row[0] for row in rows]
    is_something = any(
        isinstance(v, float | decimal.Decimal) and v == v and _id_of(v) is None for v in values
    )
    return is_something and all(_id_of(v) is None for v in values)


def _table(rows: list[tuple], kind: pa.DataType, names: tuple[str, ...]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * 3
    arrays = {}
    for name, values in zip(names, columns, strict=False):
        arrays[name] = pa.array(values, kind if name == "id" else pa.string(), from_pandas=False)
    return pa.table(arrays)
