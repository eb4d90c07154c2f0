"""What labels and other truth values of an input mean: numbers, words, or two values, one positive.

Which of these an input has is settled once, from its first records, before anything is read:
a file whose later part has other labels must not change what the earlier ones mean.
"""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.read import columns as read_columns
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import quote

#: Pairs of numbers whose greater one is positive by custom.
_CODES = ({"-1", "1"}, {"1", "2"})
_TRUE = ("true", "t", "yes", "y")
_FALSE = ("false", "f", "no", "n")
#: Truth values in words, in lower case.
TRUTH = {word.encode(): float(word in _TRUE) for word in (*_TRUE, *_FALSE)}
#: Values named in an error.
_NUM_SHOWN = 5
_MAX_DISTINCT = 100


@dataclasses.dataclass(frozen=True)
class TwoLabels:
    """Labels that are two values other than 0 and 1.

    Attributes:
      positive: The positive one, as `label_name` writes it.
      negative: The other; None where no record has it.
    """

    positive: str
    negative: str | None


def label_name(value: object) -> str | None:
    """One name for all spellings of a label; None where there is none (empty, NaN)."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    if isinstance(value, str):
        text = value.strip()
        try:
            value = float(text.replace("_", "x"))
        except ValueError:
            return text.casefold() or None
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, (int, float)):
        return None
    # Adding zero makes -0.0 the same as 0.0.
    return None if value != value else f"{float(value) + 0.0:.15g}"


def is_number_or_truth(value: bytes) -> bool:
    """Whether text is what a label may be without a word of explanation."""
    if value.strip().lower() in TRUTH:
        return True
    try:
        float(value)
    except ValueError:
        return False
    return True


def read_labels(
    column: pa.Array, rule: TwoLabels | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels as numbers.

    Args:
      column: One value a record.
      rule: From `settle_labels`; None: numbers from 0 to 1 and truth values.

    Returns:
      float64 (rows,): the labels, NaN where there is none; where there is something that
      is no number or truth value; where there is none of the two values of the rule.
    """
    if rule is None:
        values, wrong = read_columns.numbers(column, TRUTH)
        return values.to_numpy(zero_copy_only=False), wrong, np.zeros(len(column), bool)
    numbers = {rule.positive: 1.0, rule.negative: 0.0}
    names, codes = _named(column)
    of_name = np.array([*(np.nan if n is None else numbers.get(n, -1.0) for n in names), np.nan])
    values = of_name[codes]
    return values, np.zeros(len(column), bool), values < 0


def _named(column: pa.Array) -> tuple[list[str | None], np.ndarray]:
    """The distinct labels of a column, and each record's place among them; -1: none."""
    encoded = column.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return [label_name(value) for value in _values(encoded.dictionary)], codes


def _values(distinct: pa.Array) -> list[object]:
    kind = distinct.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        distinct = distinct.cast(pa.large_binary())  # It may be no valid UTF-8.
    elif pa.types.is_decimal(kind):
        distinct = distinct.cast(pa.float64(), safe=False)
    return list(distinct.to_pylist())


class _Seen:
    """Distinct labels in the order in which they were met, with a spelling of each."""

    def __init__(self) -> None:
        self.spelled: dict[str, object] = {}
        self._counts: collections.Counter[str] = collections.Counter()

    def add(self, column: pa.Array) -> None:
        if pa.types.is_float16(column.type):
            column = column.cast(pa.float32())  # Arrow counts no others.
        if not (read_columns.is_text_or_bytes(column.type) or read_columns.is_number(column.type)):
            return
        counted = column.value_counts()
        for value, count in zip(
            _values(counted.field(0)), counted.field(1).to_pylist(), strict=True
        ):
            name = label_name(value)
            if name is not None and (name in self.spelled or len(self.spelled) < _MAX_DISTINCT):
                self.spelled.setdefault(name, value)
                self._counts[name] += count

    def is_one_of_two(self, name: str) -> bool:
        """Whether a label that is off the scale is held by too many records for a slip."""
        return self._counts[name] > max(1, sum(self._counts.values()) // 20)

    @property
    def numbers(self) -> dict[str, float]:
        """Those that are numbers or truth values."""
        numbers = {}
        for name in self.spelled:
            if name.encode() in TRUTH:
                numbers[name] = TRUTH[name.encode()]
            elif is_number_or_truth(name.encode()):
                numbers[name] = float(name)
        return numbers

    def say_enough(self, is_named: bool) -> bool:
        """Whether further records can change nothing.

        One value alone says little: data sorted by label starts with many of one kind.
        """
        if is_named:
            return len(self.spelled) > 1
        numbers = self.numbers.values()
        if not numbers and self.spelled:
            return True
        is_plain = all(0 <= number <= 1 for number in numbers)
        return len(numbers) > 2 or (is_plain and any(number < 1 for number in numbers))

    def shown(self) -> str:
        """The first of them for a sentence."""
        shown = [
            quote(v.decode("utf-8", "replace") if isinstance(v, bytes) else v)
            for v in list(self.spelled.values())[:_NUM_SHOWN]
        ]
        if len(self.spelled) > _NUM_SHOWN:
            return ", ".join(shown) + ", ..."
        return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def settle_labels(
    columns: Iterable[pa.Array], positive: str, feature: str, source: str
) -> tuple[TwoLabels | None, str]:
    """What the labels of an input mean, from as many records as it takes.

    Args:
      columns: Its labels, batch by batch.
      positive: `DataSpec.positive_label`.
      feature: The label's column.
      source: The input's first file, for errors.

    Returns:
      The rule, None for numbers from 0 to 1 and truth values; and a sentence that says what
      was found, "" where it is plain.

    Raises:
      InputError: The labels are words, or more or other values than `positive` fits.
    """
    seen = _Seen()
    name = label_name(positive)
    for column in columns:
        seen.add(column)
        if seen.say_enough(bool(name)):
            break
    if not seen.spelled:
        return None, ""
    start = f"{source}: data.label_feature {feature!r} holds {seen.shown()}"
    if name:
        return _by_positive(seen, name, positive, start), ""
    numbers = seen.numbers
    if not numbers:
        raise InputError(
            f"{start}, neither numbers from 0 to 1 nor truth values; name the positive one of "
            "two values by data.positive_label (--positive_label VALUE)"
        )
    off_scale = [each for each, number in numbers.items() if not 0 <= number <= 1]
    if len(numbers) != 2 or not any(map(seen.is_one_of_two, off_scale)):
        return None, ""
    if set(numbers) in _CODES:
        low, high = sorted(numbers, key=lambda each: numbers[each])
        return TwoLabels(high, low), f"{start}: {high} is read as positive, {low} as negative"
    raise InputError(
        f"{start}, and labels are numbers from 0 to 1; name the positive one by "
        "data.positive_label (--positive_label VALUE)"
    )


def _by_positive(seen: _Seen, name: str, positive: str, start: str) -> TwoLabels:
    others = [each for each in seen.spelled if each != name]
    if name not in seen.spelled:
        raise InputError(
            f"{start}, and data.positive_label is {quote(positive)}; name one of these"
        )
    if len(others) > 1:
        raise InputError(
            f"{start}: data.positive_label needs labels of two values; map the others to one of "
            "two, or leave their records out (--filter)"
        )
    return TwoLabels(name, others[0] if others else None)


def booleans(array: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Truth values, 0 and 1, "true" and "false".

    Returns:
      The truth values, null where missing; and where there is something else.
    """
    kind = array.type
    if pa.types.is_boolean(kind):
        return array, read_columns.none_of(array)
    if read_columns.is_text_or_bytes(kind):
        text, invalid = read_columns.strings(array)
        lowered = pc.utf8_lower(pc.utf8_trim_whitespace(text))
        true = pc.is_in(lowered, pa.array(["true", "1", "yes"]))
        false = pc.is_in(lowered, pa.array(["false", "0", "no"]))
        empty = pc.equal(lowered, "").fill_null(True)
        known = pc.or_(true, false).to_numpy(zero_copy_only=False)
        wrong = ~known & ~empty.to_numpy(zero_copy_only=False)
        return pa.array(true.to_numpy(zero_copy_only=False), mask=~known), wrong | invalid
    values, wrong = read_columns.numbers(array)
    data = values.to_numpy(zero_copy_only=False)
    missing = read_columns.is_null(values)
    wrong |= ~missing & (data != 0) & (data != 1)
    return pa.array(data == 1, mask=missing | wrong), wrong
