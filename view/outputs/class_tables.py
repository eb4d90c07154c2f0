"""From which class to which pairs go, as a table whose cells have a count and a shade."""

from __future__ import annotations

from dataclasses import dataclass

from fairflip.protos import report_pb2
from fairflip.view.words import numbers
from fairflip.view.words.report_index import OVERALL, ReportIndex

#: Steps of shade.
NUM_SHADES = 5
#: More classes than this are no longer read as a table.
_MAX_CLASSES = 30


@dataclass(frozen=True)
class TransitionCell:
    """Pairs from one class to another.

    Attributes:
      count: how many.
      shade: 0 for none, to `NUM_SHADES` for the most of any change; 0 where the class stays.
      note: the share of the originals of the class, in words.
      is_change: whether the two classes differ.
    """

    count: int
    shade: int
    note: str
    is_change: bool


@dataclass(frozen=True)
class TransitionTable:
    """One model's changes over all pairs.

    Attributes:
      model: its name.
      classes: the classes that occur, in the model's order.
      rows: for each class of the original, a cell for each class of the counterfactual.
      num_left_out: classes that are not shown.
    """

    model: str
    classes: tuple[str, ...]
    rows: tuple[tuple[TransitionCell, ...], ...]
    num_left_out: int = 0


def transition_tables(index: ReportIndex) -> list[TransitionTable]:
    """A table for each model that decides by argmax."""
    parts = (index.slice(model, OVERALL) for model in index.models)
    return [
        _table(model, part)
        for model, part in zip(index.models, parts, strict=True)
        if part is not None and part.class_counts
    ]


def _table(model: str, part: report_pb2.SliceReport) -> TransitionTable:
    changes = {(one.from_class, one.to_class): one.count for one in part.transitions}
    there = [one for one in part.class_counts if one.original_count + one.counterfactual_count]
    shown = there
    if len(there) > _MAX_CLASSES:
        most = sorted(there, key=lambda one: -one.original_count)[:_MAX_CLASSES]
        shown = [one for one in there if one in most]
    largest = max(changes.values(), default=0)
    rows = []
    for source in shown:
        gone = sum(count for (start, _), count in changes.items() if start == source.name)
        cells = []
        for target in shown:
            is_change = source.name != target.name
            count = changes.get((source.name, target.name), 0)
            count = count if is_change else source.original_count - gone
            share = count / source.original_count if source.original_count else float("nan")
            shade = -(-NUM_SHADES * count // largest) if is_change and largest else 0
            cells.append(TransitionCell(count, shade, numbers.percent(share), is_change))
        rows.append(tuple(cells))
    return TransitionTable(
        model, tuple(one.name for one in shown), tuple(rows), len(there) - len(shown)
    )
