"""What the first records of a file tell of each column: may it be a text, an ID, a label."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.read import columns as read_columns
from fairflip.pipeline.read.formats import SAMPLE_RECORDS, read_raw
from fairflip.pipeline.read.layout import ROW_ID, RecordLayout

_ID_NAME = re.compile(
    r"(?:^|[_\-. ])(?:ids?|uuid|guid|key|nr|no|index|idx|rowid|row|number|unnamed: 0)$"
    r"|(?-i:[a-z]I[dD])$",
    re.IGNORECASE,
)
_LABEL_NAME = re.compile(
    r"(?:^|[_\-. ])(?:labels?|target|class|y|gold|toxic|toxicity|hate|hateful|offensive|abusive"
    r"|abuse|sexist|racist|spam|insult|obscene|threat|harmful|approved|flagged|is[_\-. ]?[a-z]+)$",
    re.IGNORECASE,
)
_WIDE = re.compile("[\u2e80-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
#: Of the values, as many are distinct in a column of IDs; some IDs may be there twice.
_DISTINCT = 0.9
_MOST_LABELS = 20


@dataclasses.dataclass(frozen=True)
class Profile:
    """A column, by its first records.

    Attributes:
        name: Its name.
        values: Those that are not missing or blank, as text.
        numbers: The same as numbers; None where any is none.
        num_records: With those where it is missing.
    """

    name: str
    values: tuple[str, ...]
    numbers: tuple[float, ...] | None
    num_records: int

    @property
    def num_distinct(self) -> int:
        """How many values differ."""
        return len(set(self.values))

    @property
    def is_text(self) -> bool:
        """Whether most values are several words, and not the same few ones again and again."""
        if self.numbers is not None or not self.values:
            return False
        phrases = sum(_is_phrase(value) for value in self.values)
        return 2 * phrases > len(self.values) and 10 * self.num_distinct > len(self.values)

    @property
    def is_id(self) -> bool:
        """Whether it is named like an ID, and nearly every record has one of its own."""
        is_whole = self.numbers is None or all(number.is_integer() for number in self.numbers)
        enough = _DISTINCT * self.num_records
        is_named = not self.name.strip() or bool(_ID_NAME.search(self.name))
        return is_named and is_whole and len(self.values) >= enough and self.num_distinct >= enough

    @property
    def names_a_label(self) -> bool:
        """Whether the name is one that labels often have."""
        return bool(_LABEL_NAME.search(self.name))

    @property
    def is_label(self) -> bool:
        """Whether values may be labels: shares from 0 to 1, two numbers, or a few words."""
        if self.num_distinct < 2:
            return False
        if self.numbers is not None:
            return self.num_distinct == 2 or all(0 <= number <= 1 for number in self.numbers)
        return self.num_distinct <= _MOST_LABELS and not self.is_text

    @property
    def is_zero_or_one(self) -> bool:
        """Whether values are 0 and 1, or truth values, and nothing else."""
        if self.numbers is not None:
            return set(self.numbers) == {0.0, 1.0}
        return {value.lower() for value in self.values} == {"true", "false"}


def _is_phrase(value: str) -> bool:
    return len(value.split()) >= 3 or len(_WIDE.findall(value)) >= 6


def profiles_of(
    path: str, file_format: str, layout: RecordLayout, names: Sequence[str]
) -> list[Profile]:
    """The profile of each named column, by the file's first records."""
    everything = dataclasses.replace(layout, id=ROW_ID, texts=(), label=None, strings=tuple(names))
    raw = next(read_raw(path, file_format, everything, SAMPLE_RECORDS), None)
    if raw is None:
        return []
    batch = read_columns.without_views(raw.batch)
    return [
        _profile(name, batch.column(name), batch.num_rows)
        for name in names
        if name in batch.schema.names
    ]


def _profile(name: str, column: pa.Array, num_records: int) -> Profile:
    values, several = read_columns.single(column)
    if several.any():  # A list in a record is neither of the three.
        return Profile(name, (), None, num_records)
    if read_columns.is_text_or_bytes(values.type):
        texts = read_columns.strings(values)[0]
        texts = pc.utf8_trim_whitespace(texts)
    elif read_columns.is_number(values.type):
        texts = values.cast(pa.string())
    else:
        return Profile(name, (), None, num_records)
    filled = tuple(text for text in texts.to_pylist() if text)
    return Profile(name, filled, _numbers(filled), num_records)


def _numbers(values: Sequence[str]) -> tuple[float, ...] | None:
    try:
        return tuple(map(float, values))
    except ValueError:
        return None
