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
      query: (name, value) of the choice of pairs that the number leads to, where neither its
        row nor its column says it.
    """

    text: str
    note: str = ""
    tone: str = ""
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows under a caption. The first cell of each row names the row.

    Attributes:
      groups: (title, number of columns) above the header; may be empty.
      rows_are: what a row is of, "slice", "term", "way", "model" or "output", where its numbers
        lead to pairs.
      leads_to: for each column the pairs that its numbers are of, a name in `LEADS`, else "".
      models: for each column the model that it is of; "" where a row says it, or none is.
      model: of all columns, where there is only one.
      threshold: of the flips; `MATCHED` where each model has its own.
      slice: of all rows, where they are not slices themselves.
    """

    name: str
    caption: str
    groups: tuple[tuple[str, int], ...]
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    rows_are: str = ""
    leads_to: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    model: str = ""
    threshold: str = ""
    slice: str = ""


#: Pairs that a number may be of: whether they flip or not, or those that flip (in a direction);
#: of controls, of swaps within one group, of pairs and controls together; those that flip at the
#: matched threshold; those that one of two models flips; those whose original a model calls
#: positive, rightly or not; those of which the greatest scores change. Of rejects: none.
LEADS = (
    *("pairs", "flips", "negative_to_positive", "positive_to_negative"),
    *("controls", "control_flips", "same_group_flips", "all_flips"),
    *("matched_flips", "changed", "changed_negative_to_positive", "changed_positive_to_negative"),
    *("matched_changed", "control_changed", "all_changed"),
    *("called_positive", "false_positives", "false_negatives", "right", "top_changes", "rejects"),
)
MATCHED = "matched"
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
