"""Which pairs belong to which slices, for a whole batch at once.

A slice is named as TFMA names it, so that a slice of a report and a slice of a
TFMA result are the same text: "Overall", "gender:female", and for a cross of
features "gender_X_race:female_X_black" with the features in alphabetical order.
A pair belongs to every value of a multi-valued feature, and to no slice of a
feature for which its list is empty or its value null.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.slice_names import slice_name


@dataclasses.dataclass(frozen=True, order=True)
class SliceKey:
    """One slice: the features' values that its members share.

    Attributes:
        features: (feature, value) pairs in alphabetical order of the features;
            empty for the slice of everything.
    """

    features: tuple[tuple[str, str], ...] = ()

    def __hash__(self) -> int:
        """That of the features, without a tuple around them."""
        return hash(self.features)

    @property
    def name(self) -> str:
        """The slice as TFMA writes it, such as "gender:female"."""
        if not self.features:
            return "Overall"
        names, values = zip(*self.features, strict=True)
        return slice_name(names, values)

    def to_tfma(self) -> tuple[tuple[str, str], ...]:
        """The slice as TFMA's `SliceKeyType`."""
        return self.features


OVERALL = SliceKey()

# Longer lists, and more combinations of values, are sorted.
_SHORT_LIST, _FEW_COMBINATIONS = 16, 1 << 16
# Rows of each of so few values are found one value after the other.
_FEW_VALUES = 8


def parse_slices(slices: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Reads slice settings: "gender" or, for a cross, "gender,race".

    Args:
        slices: Settings, each one feature or several separated by commas.

    Returns:
        The features of each setting in alphabetical order, without repeats.

    Raises:
        ConfigurationError: A setting is empty or names a feature twice.
    """
    parsed: list[tuple[str, ...]] = []
    for setting in slices:
        features = tuple(sorted(part.strip() for part in setting.split(",")))
        if not all(features) or len(set(features)) != len(features):
            raise ConfigurationError(
                f"evaluation.slices: {setting!r} must name one feature, or several different "
                "ones separated by commas"
            )
        if features not in parsed:
            parsed.append(features)
    return tuple(parsed)


def is_pair_slice(features: Sequence[str]) -> bool:
    """Whether a slice depends on what was changed and not on the original alone."""
    return any(feature in columns.PAIR_SLICES for feature in features)


def slice_columns(slices: Iterable[Sequence[str]]) -> list[str]:
    """The columns that the slices read, in alphabetical order."""
    return sorted({columns.slicing(feature) for features in slices for feature in features})


@dataclasses.dataclass(frozen=True)
class Membership:
    """The rows of one batch that belong to one slice, in ascending order."""

    key: SliceKey
    rows: np.ndarray


@dataclasses.dataclass(frozen=True)
class FeatureValues:
    """Values of one feature: value `codes[i]` holds for row `rows[i]`.

    Rows ascend, and no (row, code) occurs twice.
    """

    rows: np.ndarray
    codes: np.ndarray
    values: list[tuple[tuple[str, str], ...]]


def memberships(
    batch: pa.RecordBatch | pa.Table, slices: Sequence[Sequence[str]]
) -> list[Membership]:
    """Finds every slice that has members in a batch.

    Args:
        batch: N rows with a column for each slicing feature: strings, numbers,
            or lists of these.
        slices: Feature names of each slice; the empty tuple is Overall, which
            is always included.

    Returns:
        The slices with at least one row, Overall first, the others sorted.

    Raises:
        InputError: A slicing column is missing or of an unusable type.
    """
    return memberships_and_values(batch, slices)[0]


def memberships_and_values(
    batch: pa.RecordBatch | pa.Table, slices: Sequence[Sequence[str]]
) -> tuple[list[Membership], dict[str, FeatureValues]]:
    """The same, and the values of every feature that the slices ask for, by its name."""
    of_all = [Membership(OVERALL, np.arange(batch.num_rows, dtype=np.int64))]
    singles: dict[str, FeatureValues] = {}
    others: list[Membership] = []
    for features in slices:
        if not features:
            continue
        crossed: FeatureValues | None = None
        for feature in features:
            if feature not in singles:
                singles[feature] = _feature_values(batch, feature)
            single = singles[feature]
            crossed = single if crossed is None else _cross(crossed, single, batch.num_rows)
        assert crossed is not None
        others.extend(_split(crossed))
    others.sort(key=lambda member: member.key.features)
    return of_all + others, singles


def _feature_values(batch: pa.RecordBatch | pa.Table, feature: str) -> FeatureValues:
    name = columns.slicing(feature)
    position = batch.schema.get_field_index(name)
    if position < 0:
        raise InputError(
            f"slicing feature {feature!r}: column {name!r} is not in the data; "
            "add the column or remove the slice"
        )
    column = batch.column(position)
    if isinstance(column, pa.ChunkedArray):
        if pa.types.is_string(column.type):
            # Its values once, and not the texts of all rows once more.
            column = column.dictionary_encode()
        column = column.combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # no rows
            column = pa.array([], type=column.type)
    if pa.types.is_null(column.type):
        empty = np.empty(0, dtype=np.int64)
        return FeatureValues(empty, empty, [])
    is_list = pa.types.is_list(column.type) or pa.types.is_large_list(column.type)
    if is_list:
        rows = pc.list_parent_indices(column).to_numpy(zero_copy_only=False).astype(np.int64)
        flat = pc.list_flatten(column)
    else:
        rows = np.arange(len(column), dtype=np.int64)
        flat = column
    if not pa.types.is_dictionary(flat.type):
        flat = _as_text(flat, feature).dictionary_encode()
    if flat.null_count:
        is_given = pc.is_valid(flat)
        rows = rows[is_given.to_numpy(zero_copy_only=False)]
        flat = flat.filter(is_given)
    codes = flat.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    texts = _as_text(flat.dictionary, feature).to_pylist()
    if is_list and len(rows):
        # A value given twice in one list is one membership.
        first = _first_in_row(rows, codes)
        rows, codes = rows[first], codes[first]
    return FeatureValues(rows, codes, [((feature, text),) for text in texts])


def _first_in_row(rows: np.ndarray, codes: np.ndarray) -> np.ndarray | slice:
    """Where a (row, code) stands for the first time; rows ascend."""
    is_new = np.ones(len(rows), bool)
    is_new[1:] = rows[1:] != rows[:-1]
    # Lists are short, so that each value is compared with those before it in its list.
    longest = int(np.diff(np.flatnonzero(np.append(is_new, True))).max())
    if longest > _SHORT_LIST:
        return np.sort(np.unique(rows * (int(codes.max()) + 1) + codes, return_index=True)[1])
    again = np.zeros(len(rows), bool)
    for back in range(1, longest):
        again[back:] |= (codes[back:] == codes[:-back]) & (rows[back:] == rows[:-back])
    return ~again if again.any() else slice(None)


def _as_text(values: pa.Array, feature: str) -> pa.Array:
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return values
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        try:
            return values.cast(pa.string())
        except pa.ArrowInvalid as error:
            raise InputError(
                f"slicing feature {feature!r} holds bytes that are not UTF-8; store it as text"
            ) from error
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind):
        return values.cast(pa.string())
    raise InputError(
        f"slicing feature {feature!r} is of type {kind}; it must hold text, integers, "
        "booleans or lists of these"
    )


def _cross(left: FeatureValues, right: FeatureValues, num_rows: int) -> FeatureValues:
    """All combinations of the two features' values within each row."""
    counts = np.bincount(right.rows, minlength=num_rows)
    starts = np.cumsum(counts) - counts
    repeats = counts[left.rows]
    rows = np.repeat(left.rows, repeats)
    first = np.cumsum(repeats) - repeats
    within = np.arange(len(rows), dtype=np.int64) - np.repeat(first, repeats)
    partner = np.repeat(starts[left.rows], repeats) + within
    joint = np.repeat(left.codes, repeats) * max(len(right.values), 1) + right.codes[partner]
    size = max(len(left.values), 1) * max(len(right.values), 1)
    if size <= _FEW_COMBINATIONS:
        present = np.flatnonzero(np.bincount(joint, minlength=size))
        number = np.zeros(size, np.int64)
        number[present] = np.arange(len(present))
        codes = number[joint]
    else:
        present, codes = np.unique(joint, return_inverse=True)
    pairs = np.stack(np.divmod(present, max(len(right.values), 1)), axis=-1)
    values = [tuple(sorted(left.values[a] + right.values[b])) for a, b in pairs.tolist()]
    return FeatureValues(rows, codes.reshape(-1), values)


def _split(feature: FeatureValues) -> list[Membership]:
    if len(feature.values) <= _FEW_VALUES:
        codes = feature.codes.astype(np.uint8)
        rows_of_values = [
            feature.rows[np.flatnonzero(codes == code)] for code in range(len(feature.values))
        ]
        return [
            Membership(SliceKey(value), rows)
            for value, rows in zip(feature.values, rows_of_values, strict=True)
            if len(rows)
        ]
    # Stable sorts of 16-bit integers take linear time.
    is_narrow = len(feature.values) <= 1 << 16
    order = np.argsort(
        feature.codes.astype(np.uint16) if is_narrow else feature.codes, kind="stable"
    )
    counts = np.bincount(feature.codes, minlength=len(feature.values))
    ends, rows = np.cumsum(counts), feature.rows[order]
    return [
        Membership(SliceKey(value), rows[end - count : end])
        for value, count, end in zip(feature.values, counts, ends, strict=True)
        if count
    ]
