"""Scored pairs are read as they lie, and controls get the slices of their pairs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fairflip.view.pairs import scored_rows


def test_a_file_of_scored_pairs_is_not_read_ahead(tmp_path):
    path = tmp_path / "scored.parquet"
    texts = np.random.default_rng(0).integers(0, 1 << 60, 100_000).astype("U100")
    texts = np.char.add(texts, "_" * 80).tolist()
    pq.write_table(pa.table({"comment_text": texts}), path, row_group_size=5_000)
    held, actual = [], 0
    before = pa.total_allocated_bytes()
    for batch in scored_rows.scored_batches(str(path)):
        held.append(pa.total_allocated_bytes() - before)
        actual += batch.num_rows
    assert actual == len(texts)
    assert max(held) < sum(map(len, texts)) / 4
