"""The flipped pairs as data of the page, which its scripts filter, sort and show.

A pair is a list, and both of its texts are one: what they share stands there once. So a pair
costs its texts and some hundred bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from fairflip.view.page import near_duplicates
from fairflip.view.page.flipped_pairs import FlippedPair, FlippedPairs, PairScores
from fairflip.view.words import numbers
from fairflip.view.words.report_index import ReportIndex

#: How the parts of a text begin, by what became of them.
_MARKS = {"same": "=", "removed": "-", "added": "+"}
_NUM_LETTERS = 10


def of_page(flips: FlippedPairs, index: ReportIndex) -> dict[str, Any]:
    """What the scripts read: names once, then a list for each pair.

    The entries of a pair: anchor, ID, terms, replacement, from which group to which, positions
    of its slices, position of the first pair that says nearly the same, parts of the text with
    a mark each, and for each model its two scores or null; of classes also both classes and the
    distance of their scores.
    """
    leaders = near_duplicates.groups([_original(pair) for pair in flips.shown])
    return {
        "models": [numbers.directed(name) for name in index.models],
        "baseline": index.models.index(index.baseline) if index.baseline else 0,
        "slices": [numbers.directed(name) for name in index.slices],
        "thresholds": index.thresholds,
        "flipped": flips.num_flipped,
        "pairs": [
            _entry(pair, leader, index.models)
            for pair, leader in zip(flips.shown, leaders, strict=True)
        ],
    }


def anchor(pair: FlippedPair) -> str:
    """The name under which a pair is found in the page, the same each time it is made."""
    content = "\0".join([pair.example_id, *(kind + text for kind, text in pair.changes)])
    content += "\0".join([pair.term, pair.replacement])
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
    ]


def _scores(scores: PairScores) -> list[Any]:
    """Both scores; of classes also both classes, and how far all of their scores move."""
    if not scores.original_class:
        return [scores.original, scores.counterfactual]
    classes = map(numbers.directed, (scores.original_class, scores.counterfactual_class))
    return [scores.original, scores.counterfactual, *classes, scores.distance]


def _names(terms: str) -> list[str]:
    return [numbers.directed(part) for part in re.split(r"\s*,\s*", terms.strip()) if part]
