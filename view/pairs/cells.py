"""A pair of records of a table: which cells changed, from what to what, and the other cells.

A record is told as a text is, in parts: a part "cell" names a column, and what follows it is the
cell, the same on both sides or removed and added. An image is a part "picture": small pictures of
both sides and the area that changed, as `picture_text` joins them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairflip.metrics.images.changes import picture_of
from fairflip.protos import columns, report_pb2
from fairflip.protos.errors import InputError
from fairflip.protos.forms.json_form import config_from_json

CELL, PICTURE = "cell", "picture"
MISSING = "missing"
#: A longer cell is cut: a column of words may hold anything.
_MAX_CELL = 200

Changes = tuple[tuple[str, str], ...]


def features_of(report: report_pb2.RunReport) -> tuple[str, ...]:
    """The columns that models of a run on a table read; () of a run on texts."""
    try:
        data = config_from_json(report.provenance.config or "{}").data
    except InputError:  # of another version
        return ()
    return tuple(data.input_features) if data.without_text else ()


def columns_of(features: Sequence[str]) -> list[str]:
    """The columns of scored pairs that hold both sides of these cells."""
    return [*features, *map(columns.counterfactual, features)]


def mark_cells(row: Mapping[str, Any], features: Sequence[str]) -> Changes:
    """Both records as one, the cells that changed first.

    >>> mark_cells({"age": 34.0, "sex": "f", "counterfactual.sex": "m"}, ["age", "sex"])
    (('cell', 'sex'), ('removed', 'f'), ('added', 'm'), ('cell', 'age'), ('same', '34'))
    """
    changed: list[tuple[str, str]] = []
    same: list[tuple[str, str]] = []
    for name in features:
        if name not in row:
            continue
        before = row[name]
        after = row.get(columns.counterfactual(name), before)
        if isinstance(before, bytes):
            shown = [(CELL, name), picture_part(before, after)]
            if before == after:
                same += shown
            else:
                changed += shown
        elif before == after:
            same += [(CELL, name), ("same", text_of(before))]
        else:
            changed += [(CELL, name), ("removed", text_of(before)), ("added", text_of(after))]
    return (*changed, *same)


def picture_part(original: bytes, counterfactual: bytes | None) -> tuple[str, str]:
    """Both sides of an image as one part; where one cannot be read, a word that says so.

    The text of a part "picture" is a data URI, and of an image that changed a space, another
    one, a space, and the changed area: left, top, width and height in percent.
    """
    picture = picture_of(original, None if counterfactual == original else counterfactual)
    if picture is None:
        return "same", "an image that cannot be shown"
    area = ",".join(f"{share:g}" for share in picture.area)
    return PICTURE, " ".join(filter(None, [picture.before, picture.after, area]))


def text_of(value: Any) -> str:
    """A cell as people write it: 34 and not 34.0."""
    if value is None:
        return MISSING
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _MAX_CELL else f"{text[:_MAX_CELL]}…"


def is_record(changes: Changes) -> bool:
    """Whether what is told is a record of a table, and no text."""
    return bool(changes) and changes[0][0] == CELL


def sides_of(changes: Changes) -> dict[str, str]:
    """Cells by their columns in a scored-pair file; of the counterfactual those that changed."""
    sides: dict[str, str] = {}
    name = ""
    for kind, text in changes:
        if kind == CELL:
            name = text
        elif kind == PICTURE:
            sides[name], *others = text.split(" ")
            sides.update({columns.counterfactual(name): other for other in others[:1]})
        else:
            sides[columns.counterfactual(name) if kind == "added" else name] = text
    return sides
