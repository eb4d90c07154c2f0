"""Which pairs of a batch flip, at the first threshold or elsewhere, and how far scores move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from fairflip.metrics.flips import decisions
from fairflip.protos import columns
from fairflip.view.outputs import class_pairs

#: No flip, a flip at another threshold, one at the first.
NONE, ELSEWHERE, AT_FIRST = 0, 1, 2


class Flips(NamedTuple):
    """Of the pairs of one batch, for each output of its models.

    Attributes:
      models: those whose columns are there.
      flips: [outputs, pairs] `NONE`, `ELSEWHERE` or `AT_FIRST`: what any model of it does.
      moves: [outputs, pairs] how far its models' scores move at most.
    """

    models: list[str]
    flips: np.ndarray
    moves: np.ndarray


class Thresholds(NamedTuple):
    """Where decisions are taken.

    Attributes:
      first: where verdicts are given.
      others: of all models.
      matched: of one model alone, by its name.
    """

    first: float
    others: Sequence[float] = ()
    matched: Mapping[str, Sequence[float]] = {}


def flips_of(
    batch: pa.RecordBatch, outputs: Sequence[Sequence[str]], thresholds: Thresholds
) -> Flips:
    """Reads the scores, and of models that decide by argmax the classes, of a batch.

    Args:
      batch: scored pairs.
      outputs: names of the models of each.
      thresholds: where they decide.
    """
    there = set(batch.schema.names)
    flips = np.zeros((len(outputs), batch.num_rows), dtype=np.int8)
    moves = np.zeros((len(outputs), batch.num_rows))
    models = []
    for number, output in enumerate(outputs):
        for model in output:
            if {columns.score(model), columns.counterfactual_score(model)} <= there:
                before = _float64(batch, columns.score(model))
                after = _float64(batch, columns.counterfactual_score(model))
                others = [*thresholds.others, *thresholds.matched.get(model, ())]
                flip = np.where(_passes_any(before, after, others), ELSEWHERE, NONE)
                flip[decisions.flips(before, after, thresholds.first)] = AT_FIRST
                move = decisions.gaps(before, after)
            elif set(class_pairs.columns_of(model)) <= there:
                flip = np.where(class_pairs.changes(batch, model), AT_FIRST, NONE)
                move = class_pairs.distances(batch, model)
            else:
                continue
            models.append(model)
            flips[number] = np.maximum(flips[number], flip)
            moves[number] = np.fmax(moves[number], move)
    return Flips(models, flips, moves)


def _passes_any(before: np.ndarray, after: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """[pairs] bool: whether a score passes any threshold; many are looked at in one go."""
    known = np.unique([one for one in thresholds if one == one])
    # A score at a threshold is negative, so that it lies below it.
    places = [np.searchsorted(known, side, side="left") for side in (before, after)]
    return (places[0] != places[1]) & ~np.isnan(before) & ~np.isnan(after)


def _float64(batch: pa.RecordBatch, name: str) -> np.ndarray:
    column = batch.column(batch.schema.get_field_index(name))
    return column.cast(pa.float64()).to_numpy(zero_copy_only=False)
