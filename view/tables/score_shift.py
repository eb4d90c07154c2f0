"""How scores move from original to counterfactual, over all scored pairs.

Read batch by batch, so that a run of any size is drawn in constant memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from fairflip.protos import columns

NUM_CELLS = 40


@dataclass
class ScoreShift:
    """Counts of pairs by score of the original and of the counterfactual.

    Attributes:
      edges: shape [NUM_CELLS + 1], borders of the cells over [0, 1].
      histograms: by model, shape [NUM_CELLS, NUM_CELLS]: original first.
    """

    edges: np.ndarray = field(default_factory=lambda: np.linspace(0.0, 1.0, NUM_CELLS + 1))
    histograms: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, batch: pa.RecordBatch, models: Sequence[str]) -> None:
        """Counts the pairs of one scored batch; scores beyond [0, 1] go to the last cells."""
        for model in models:
            before = scores(batch, columns.score(model))
            after = scores(batch, columns.counterfactual_score(model))
            if before is None or after is None:
                continue
            is_number = np.isfinite(before) & np.isfinite(after)
            cells = [
                np.clip((values[is_number] * NUM_CELLS).astype(np.int64), 0, NUM_CELLS - 1)
                for values in (before, after)
            ]
            counts = np.bincount(cells[0] * NUM_CELLS + cells[1], minlength=NUM_CELLS**2)
            counts = counts.reshape(NUM_CELLS, NUM_CELLS)
            self.histograms[model] = self.histograms.get(model, 0) + counts


def scores(batch: pa.RecordBatch, name: str) -> np.ndarray | None:
    """A column of scores as float64, shape [rows]; None where it is not there."""
    position = batch.schema.get_field_index(name)
    if position < 0:
        return None
    column = batch.column(position).cast(pa.float64())
    return column.to_numpy(zero_copy_only=False)
