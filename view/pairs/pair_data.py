"""The flipped pairs as data of the page, which its scripts filter, sort and show.

A pair is a list, and both of its texts are one: what they share stands there once. So a pair
costs its texts and some hundred bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from fairflip.protos import report_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.view.pairs import cells, near_duplicates, parts, scored_rows, totals
from fairflip.view.pairs.flipped_pairs import (
    IDENTITY,
    FlippedPair,
    FlippedPairs,
    PairScores,
    select_flipped,
)
from fairflip.view.pairs.labels import label_columns
from fairflip.view.words import numbers
from fairflip.view.words.report_index import ReportIndex

#: How the parts of a text begin, by what became of them.
_MARKS = {"same": "=", "removed": "-", "added": "+", cells.CELL: "#", cells.PICTURE: "@"}
_NUM_LETTERS = 10


def choose(
    batches: Iterable[pa.RecordBatch],
    report: report_pb2.RunReport,
    indexes: Sequence[ReportIndex],
    config: PipelineConfig,
    *,
    max_pairs: int,
    text_feature: str,
    id_feature: str,
    others_from: scored_rows.Source,
) -> FlippedPairs:
    """The pairs that a page holds: `select_flipped` by all that its numbers lead to.

    Args:
      batches: scored pairs with their controls.
      report: of all outputs.
      indexes: of each output of the run, that which the page is about first.
      config: the run's own.
      max_pairs: how many at most.
      text_feature: column with the original's text.
      id_feature: column with the original's ID.
      others_from: where the batches are from.
    """
    first = indexes[0]
    return select_flipped(
        batches,
        [model for each in indexes for model in each.models],
        first.thresholds[0],
        max_pairs=max_pairs,
        text_feature=text_feature,
        id_feature=id_feature,
        slices=slices_of(indexes),
        other_thresholds=first.thresholds[1:],
        matched=totals.matched_thresholds(indexes),
        outputs=[each.models for each in indexes],
        others_from=others_from,
        cells=cells.features_of(first.report),
        parts=parts.parts_of(report, config),
        labels=label_columns(report, config),
        top_k={model.name: model.slices[0].top_k for model in report.models if model.slices},
    )


def of_page(
    flips: FlippedPairs, indexes: Sequence[ReportIndex], pair_parts: Sequence[parts.Part] = ()
) -> dict[str, Any]:
    """What the scripts read: names once, then a list for each pair.

    Args:
      flips: the pairs.
      indexes: of each output of the run, that which the page is about first.
      pair_parts: of the pairs, in the order in which they say of which they are.

    Returns:
      Models with their outputs and their baselines, slices and after them parts, with what the
      parts are called, thresholds, whether pairs are records of a table, and whether there are
      images among them, how many there are of
      every choice that the report counts (`totals`), and the pairs. The entries of a pair:
      anchor, ID, terms, replacement, from which group to which, positions of its slices,
      position of the first pair that says nearly the same, parts of the text with a mark each,
      for each model its two scores or null (of classes also both classes, the distance of
      their scores, and whether the greatest ones change), the kind of edit, and the label for
      all models, or for each, where there is one.
    """
    leaders = list(range(len(flips.shown)))
    is_table = any(cells.is_record(pair.changes) for pair in flips.shown)
    if not is_table:  # the records of a table share their columns, and are no copies
        leaders = near_duplicates.groups([_original(pair) for pair in flips.shown])
    models = [(index, name) for index in indexes for name in index.models]
    names = [name for _, name in models]
    slices = [*slices_of(indexes), *(part.name for part in pair_parts)]
    return {
        "models": [numbers.directed(name) for name in names],
        "outputs": [numbers.directed(index.output) for index, _ in models],
        "baselines": [names.index(index.baseline or name) for index, name in models],
        "slices": [numbers.directed(name) for name in slices],
        "titles": {part.name: part.title for part in pair_parts},
        "thresholds": indexes[0].thresholds,
        "flipped": flips.num_flipped,
        "table": is_table,
        "images": any(kind == cells.PICTURE for p in flips.shown for kind, _ in p.changes),
        "totals": [totals.of_model(index, name, slices) for index, name in models],
        "pairs": [
            _entry(pair, leader, names) for pair, leader in zip(flips.shown, leaders, strict=True)
        ],
    }


def slices_of(indexes: Sequence[ReportIndex]) -> list[str]:
    """The slices of all outputs, those of the first in its order."""
    return list(dict.fromkeys(name for index in indexes for name in index.slices))


def anchor(pair: FlippedPair) -> str:
    """The name under which a pair is found in the page, the same each time it is made."""
    content = "\0".join([pair.example_id, *(kind + text for kind, text in pair.changes)])
    content += "\0".join([pair.term, pair.replacement])
    if pair.edit != IDENTITY:
        content += "\0" + pair.edit
    digest = hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()
    return f"pair-{digest[:_NUM_LETTERS]}"


def way(pair: FlippedPair) -> str:
    """From which group to which, as the table of directions has it; "" where that is unknown."""
    if not pair.group and not pair.replacement_group:
        return ""
    return f"{pair.group or 'no group'} → {pair.replacement_group or 'removed'}"


def _original(pair: FlippedPair) -> str:
    return "".join(text for kind, text in pair.changes if kind != "added")


def _entry(pair: FlippedPair, leader: int, models: Sequence[str]) -> list[Any]:
    scores = [pair.scores.get(model) for model in models]
    return [
        anchor(pair),
        numbers.directed(pair.example_id),
        _names(pair.term),
        numbers.directed(pair.replacement),
        numbers.directed(way(pair)),
        list(pair.slices),
        leader,
        [_MARKS[kind] + numbers.directed(text) for kind, text in pair.changes],
        [one and _scores(one) for one in scores],
        pair.edit,
        *_labels([one.label if one else "" for one in scores]),
    ]


def _scores(scores: PairScores) -> list[Any]:
    """Both scores; of classes also both classes, and how far all of their scores move."""
    if not scores.original_class:
        return [scores.original, scores.counterfactual]
    classes = map(numbers.directed, (scores.original_class, scores.counterfactual_class))
    changes = (scores.distance, int(scores.top_changes))
    return [scores.original, scores.counterfactual, *classes, *changes]


def _labels(labels: Sequence[str]) -> list[Any]:
    """One where it is that of all models; nothing where there is none."""
    if not any(labels):
        return []
    shown = [numbers.directed(label) for label in labels]
    return [shown[0] if len(set(shown)) == 1 else shown]


def _names(terms: str) -> list[str]:
    return [numbers.directed(part) for part in re.split(r"\s*,\s*", terms.strip()) if part]
