"""The join in shards and in Beam gives what the plain function gives."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from apache_beam.options.pipeline_options import DirectOptions, PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that

from fairflip.metrics.images.decoding import encode_png
from fairflip.pipeline.pair import shards
from fairflip.pipeline.pair.columns import PairColumns, checked_ids, shard_of
from fairflip.pipeline.pair.join import join_tables
from fairflip.pipeline.pair.shards import (
    ROWS_PER_BATCH,
    in_batches,
    num_shards_for,
    num_shards_of,
    to_stream,
)
from fairflip.pipeline.pair.transforms import AdmitPairs, JoinPairs
from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.protos import config_pb2
from support.join_tables import as_table, random_data

NAMES = PairColumns(id="id", text="text", label="label")


DATA = config_pb2.DataSpec(id_feature="id", text_feature="text", label_feature="label")


@pytest.mark.parametrize("num_shards", [1, 3, 16])
def test_sharded_joins_give_the_same_audit(num_shards):
    originals, counterfactuals = map(as_table, random_data(1))
    whole = join_tables(originals, counterfactuals, NAMES)
    parts = []
    owner = [shard_of(checked_ids(t["id"], "id"), num_shards) for t in (originals, counterfactuals)]
    for shard in range(num_shards):
        sides = [
            table.filter(pa.array(shards == shard))
            for table, shards in zip((originals, counterfactuals), owner, strict=True)
        ]
        parts.append(join_tables(*sides, NAMES).audit)
    assert PairingAudit.sum(parts) == whole.audit


def test_shards_and_batches():
    assert num_shards_for(0) == num_shards_for(1 << 30) == 16
    assert num_shards_for((1 << 30) + 1) == 256
    assert num_shards_for(0, in_files=True) == num_shards_for(1 << 25, in_files=True) == 16
    assert num_shards_for((1 << 25) + 1, in_files=True) == 32
    for num_bytes in (1 << 29, 1 << 30, 1 << 34):
        assert num_shards_for(num_bytes, in_files=True) == 256
    assert num_shards_for(1 << 36) == num_shards_for(1 << 36, in_files=True) == 1024
    ids = [str(i // 3) for i in range(5 * ROWS_PER_BATCH)]
    batches = list(in_batches(pa.table({"id": ids}), "id"))
    assert sum(batch.num_rows for batch in batches) == len(ids)
    seen: set[str] = set()
    for batch in batches:
        here = set(batch.column("id").to_pylist())
        assert not here & seen
        seen |= here
    whole = pa.table({"number": np.random.default_rng(0).random(1000)})
    part = to_stream(whole.slice(0, 10))
    assert part.size < to_stream(whole).size / 10
    assert pa.ipc.open_stream(part).read_all().equals(whole.slice(0, 10))


def test_batches_of_short_rows_hold_more_of_them():
    ids = [str(i // 3) for i in range(40_000)]
    for size, fewest, most in ((1, 16_384, 16_386), (600, 4_096, 4_098), (150, 10_000, 14_000)):
        table = pa.table({"id": ids, "text": ["x" * size] * len(ids)})
        batches = list(in_batches(table, "id"))
        assert fewest <= batches[0].num_rows <= most
        assert pa.Table.from_batches(batches).equals(table.combine_chunks())
        firsts = [batch.column("id")[0].as_py() for batch in batches]
        lasts = [batch.column("id")[-1].as_py() for batch in batches]
        assert not set(firsts[1:]) & set(lasts[:-1])
    one = pa.table({"id": ["same"] * 20_000})
    assert [batch.num_rows for batch in in_batches(one, "id", 7)] == [20_000]
    assert [batch.num_rows for batch in in_batches(one.slice(0, 0), "id")] in ([], [0])


def test_batches_of_images_hold_few_pixels_and_few_bytes(monkeypatch):
    small, noise = (
        np.zeros((64, 64, 3), np.uint8),
        np.random.default_rng(0).integers(0, 256, (64, 64, 3)),
    )
    for pixels, by_pixels, by_bytes in ((small, 7, 40), (noise.astype(np.uint8), 40, 7)):
        image = encode_png(pixels)
        table = pa.table(
            {"id": list(map(str, range(40))), "image": pa.array([image] * 40, pa.binary())}
        )
        monkeypatch.setattr(shards, "PIXEL_BYTES_PER_BATCH", by_pixels * 4 * 64 * 64)
        monkeypatch.setattr(shards, "IMAGE_BYTES_PER_BATCH", by_bytes * table.nbytes // 40 + 40)
        assert [batch.num_rows for batch in in_batches(table, "id")] == [7, 7, 7, 7, 7, 5]


def test_shards_of_images_are_small_and_many_of_them(tmp_path):
    data = config_pb2.DataSpec(image_features=["image"])
    file = tmp_path / "pairs.parquet"
    for size, number in ((1 << 20, 16), (100 << 20, 32), (1 << 30, 256), (1 << 40, 4096)):
        with open(file, "wb") as hollow:
            hollow.truncate(size)
        assert num_shards_of(data, [str(file)], in_files=True) == number


def collected(batches: list[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(batches).sort_by(
        [("id", "ascending"), ("counterfactual_index", "ascending")]
    )


@pytest.mark.parametrize("workers", [1, 3])
def test_beam_join_equals_the_plain_function(workers):
    originals, counterfactuals = random_data(11)
    expected = join_tables(as_table(originals), as_table(counterfactuals), NAMES)
    options = PipelineOptions()
    options.view_as(DirectOptions).direct_num_workers = workers
    options.view_as(DirectOptions).direct_running_mode = (
        "multi_threading" if workers > 1 else "in_memory"
    )

    def check_pairs(batches):
        assert collected(batches).equals(expected.pairs)
        for batch in batches:
            assert batch.num_rows

    def check_unmatched(batches):
        table = pa.Table.from_batches(batches).sort_by("id")
        assert table.equals(expected.unmatched_originals)

    def check_rejects(rejects):
        assert sorted(map(str, rejects)) == sorted(map(str, expected.rejects))

    def check_audit(audits):
        assert audits == [expected.audit]

    with beam.Pipeline(runner=FnApiRunner(), options=options) as pipeline:
        outputs = {
            "originals": pipeline | "Originals" >> beam.Create(_batches(originals)),
            "counterfactuals": pipeline | "Others" >> beam.Create(_batches(counterfactuals)),
        } | JoinPairs(DATA, num_shards=5)
        for name, check in (
            ("pairs", check_pairs),
            ("unmatched_originals", check_unmatched),
            ("rejects", check_rejects),
            ("audit", check_audit),
        ):
            assert_that(outputs[name], check, label=f"Check{name.title()}")


def _batches(frame: pd.DataFrame) -> list[pa.RecordBatch]:
    """Small batches, each with buffers of its own."""
    return [
        pa.RecordBatch.from_pandas(frame.iloc[start : start + 50], preserve_index=False)
        for start in range(0, len(frame), 50)
    ]


def test_beam_admits_pairs_and_counts_nothing_for_nothing():
    originals, counterfactuals = random_data(11, 60)
    expected = join_tables(as_table(originals), as_table(counterfactuals), NAMES)

    def check_audit(audits):
        assert [audit.pair_set_sha256 for audit in audits] == [expected.audit.pair_set_sha256]

    def check_empty(audits):
        assert audits == [PairingAudit.zero()]

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        admitted = (
            pipeline
            | "Pairs" >> beam.Create(expected.pairs.to_batches(max_chunksize=20))
            | "Admit" >> AdmitPairs(DATA)
        )
        assert_that(admitted["audit"], check_audit, label="CheckAudit")
        nothing = pipeline | "Nothing" >> beam.Create([]) | "AdmitNothing" >> AdmitPairs(DATA)
        assert_that(nothing["audit"], check_empty, label="CheckEmpty")


def test_types_that_do_not_go_together_are_named():
    batches = [
        pa.RecordBatch.from_pydict({"id": ["1"], "text": ["a"], "n": [1]}),
        pa.RecordBatch.from_pydict({"id": ["2"], "text": ["a"], "n": ["one"]}),
    ]
    with (
        pytest.raises(Exception, match="column 'n' has the types int64 and string"),
        beam.Pipeline(runner=FnApiRunner()) as pipeline,
    ):
        pipeline | beam.Create(batches) | AdmitPairs(DATA)
