"""Random originals and counterfactuals to join."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa


def random_data(seed: int, num_originals: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Originals and counterfactuals with duplicates, orphans, empties, one to many."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(0, int(num_originals * 0.9), num_originals)
    originals = pd.DataFrame(
        {
            "id": ids,
            "text": [f"text {i} {rng.integers(0, 3)}" for i in ids],
            "label": rng.integers(0, 2, num_originals),
        }
    )
    targets = rng.integers(0, int(num_originals * 1.2), num_originals * 2)
    counterfactuals = pd.DataFrame(
        {"id": targets, "text": [f"text {i} {rng.integers(0, 6)}" for i in targets]}
    )
    return originals, counterfactuals


def as_table(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)
