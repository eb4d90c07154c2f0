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


def test_images_of_some_rows_are_read_from_where_they_lie(tmp_path):
    rng = np.random.default_rng(0)
    images = [rng.bytes(200) for _ in range(60)]
    rows = {
        "id": [f"p{n // 2}" for n in range(60)],
        "counterfactual_index": pa.array([n % 2 for n in range(60)], pa.int32()),
        "image": images,
        "counterfactual.image": images[::-1],
        "score.m": rng.random(60),
    }
    written = pa.table(rows)
    pq.write_table(written.slice(0, 40), tmp_path / "a.parquet", row_group_size=7)
    pq.write_table(written.slice(40), tmp_path / "b.parquet")
    names = scored_rows.image_names(str(tmp_path), ["image", "score.m", "counterfactual.image"])
    assert names == ["image", "counterfactual.image"]
    without = scored_rows.scored_batches(str(tmp_path), without=names)
    assert pa.Table.from_batches(without).equals(written.drop_columns(names))
    wanted = [59, 3, 2, 41]
    chosen = written.take(pa.array(wanted)).drop_columns(names)
    actual = dict(scored_rows.images_of(str(tmp_path), "id", chosen, names))
    assert actual == {
        place: {"image": images[row], "counterfactual.image": images[59 - row]}
        for place, row in enumerate(wanted)
    }
    assert scored_rows.image_names(written, names) == scored_rows.image_names(None, names) == []
    assert list(scored_rows.images_of(written, "id", chosen, names)) == []
