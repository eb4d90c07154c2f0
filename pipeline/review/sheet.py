"""The sheet for reviewers: a CSV file that spreadsheets open, and what comes back in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fairflip.pipeline.review.sample import SampledPair
from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import InputError, printable

COLUMNS = ("key", "original", "counterfactual", "valid", "same_decision", "note")
_YES, _NO = {"yes", "y", "1", "true"}, {"no", "n", "0", "false"}
#: A spreadsheet takes a cell that begins with one of these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Answer:
    """What one reviewer says of one pair; None: nothing.

    Attributes:
        valid: Both texts are sound, and only the identity reference (or the other word) differs.
        same_decision: The decision should be the same for both.
    """

    valid: bool | None
    same_decision: bool | None

    @property
    def counts(self) -> bool | None:
        """Valid and of the same decision; None where that is open."""
        if self.valid is False or self.valid is None:
            return self.valid
        return self.same_decision


@dataclass(frozen=True)
class Answers:
    """The answers of one reviewer by the pairs' keys."""

    reviewer: str
    by_key: dict[str, Answer]


def as_csv(pairs: Sequence[SampledPair]) -> str:
    """The empty sheet, RFC 4180. What a spreadsheet would run stands behind an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for pair in pairs:
        writer.writerow([pair.key, _inert(pair.original), _inert(pair.counterfactual), "", "", ""])
    return buffer.getvalue()


def _inert(text: str) -> str:
    return "'" + text if text.startswith(_FORMULA) else text


def read_answers(path: str, keys: Iterable[str]) -> Answers:
    """The answers in a sheet that came back.

    Args:
        path: A CSV file with the columns key, valid and same_decision; others are ignored but
            `reviewer`, whose first value names the reviewer. Else the file's name does.
        keys: Of the sample.

    Raises:
        InputError: A column is missing, a key is not of this sample or stands there twice, or
            an answer is neither yes nor no.
    """
    text = filesystem.read_bytes(path).decode("utf-8-sig", errors="replace")
    rows = csv.DictReader(io.StringIO(text), delimiter=_delimiter(text))
    header = [name.strip() for name in rows.fieldnames or ()]
    rows.fieldnames = header
    if missing := [name for name in ("key", "valid", "same_decision") if name not in header]:
        raise InputError(f"{path!r} has no column {missing[0]!r}; it has {', '.join(header) or 0}")
    known, by_key, reviewer = set(keys), {}, ""
    for number, row in enumerate(rows, start=2):
        key = (row["key"] or "").strip().lstrip("'")
        if not key and not any(row.values()):
            continue
        if key not in known:
            raise InputError(
                f"{path!r}, line {number}: no pair of this sample has the key {printable(key)!r}; "
                "answers belong to the run, model, threshold, size and seed of their sheet"
            )
        if key in by_key:
            raise InputError(f"{path!r}, line {number}: the key {key!r} stands there twice")
        valid = _yes_or_no(row["valid"], "valid", path, number)
        same = _yes_or_no(row["same_decision"], "same_decision", path, number)
        by_key[key] = Answer(valid, same)
        reviewer = reviewer or (row.get("reviewer") or "").strip()
    name = reviewer or path.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return Answers(printable(name), by_key)


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _yes_or_no(value: str | None, column: str, path: str, number: int) -> bool | None:
    word = (value or "").strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    if word in {"", "?", "unsure"}:
        return None
    raise InputError(
        f"{path!r}, line {number}: {column} is {printable(word)!r}; write yes or no, "
        "or leave it empty"
    )
