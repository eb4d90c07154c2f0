"""A row group that is larger than memory is read by stretches."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fairflip.pipeline.read.formats import read_raw
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.config_pb2 import DataSpec

ROWS, CHARACTERS = 60_000, 500


def test_a_row_group_is_not_held_whole(tmp_path):
    letters = np.random.default_rng(0).integers(97, 123, (ROWS, CHARACTERS), np.uint8)
    texts = pa.array(letters.view(f"S{CHARACTERS}").ravel(), pa.binary()).cast(pa.string())
    ids = pa.array([str(i) for i in range(ROWS)])
    path = str(tmp_path / "one.parquet")
    pq.write_table(
        pa.table({"example_id": ids, "comment_text": texts}),
        path,
        row_group_size=ROWS,
        use_dictionary=False,
    )
    del letters, texts
    layout = RecordLayout.from_data_spec(DataSpec(label_feature="example_id"), "examples")
    before, most, number = pa.total_allocated_bytes(), 0, 0
    for batch in read_raw(path, "parquet", layout, 1_000):
        most = max(most, pa.total_allocated_bytes() - before)
        number += batch.batch.num_rows
        del batch
    assert number == ROWS
    assert most < ROWS * CHARACTERS / 3
