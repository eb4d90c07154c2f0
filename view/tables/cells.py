"""What a table is made of: cells, and how estimates stand in them."""

from __future__ import annotations

from dataclasses import dataclass

from fairflip.view.words import numbers
from fairflip.view.words.numbers import Estimate


@dataclass(frozen=True)
class Cell:
    """What stands in a cell.

    Attributes:
      text: the number or name itself; sorting reads this.
      note: smaller, below it, in lines: interval, counts.
      tone: "better", "worse" or "" (colour is never the only sign of it).
    """

    text: str
    note: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Table:
    """Rows under a caption. The first cell of each row names the row.

    Attributes:
      groups: (title, number of columns) above the header; may be empty.
      rows_are: what a row is of, "slice", "term" or "way", where its numbers lead to pairs.
      flips: for each column whose numbers are flips "any", "negative_to_positive" or
        "positive_to_negative", else "".
      models: for each column the model that it is of; "" where a row says it, or none is.
      threshold: of the flips.
    """

    name: str
    caption: str
    groups: tuple[tuple[str, int], ...]
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    rows_are: str = ""
    flips: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    threshold: str = ""


NOTHING = Cell(numbers.MISSING)


def rate_cell(rate: Estimate) -> Cell:
    """A rate in percent over its interval."""
    return Cell(numbers.percent(rate.value), numbers.percent_interval(rate))


def decimal_cell(value: Estimate) -> Cell:
    """A number over its interval."""
    return Cell(numbers.decimal(value.value), decimal_interval(value))


def decimal_interval(value: Estimate) -> str:
    """An interval as text; empty where there is none."""
    if not value.has_interval:
        return ""
    return f"{numbers.decimal(value.lower)}–{numbers.decimal(value.upper)}"
