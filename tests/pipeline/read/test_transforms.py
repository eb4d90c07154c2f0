"""Reading in a pipeline gives what reading without one gives."""

from __future__ import annotations

import json

import apache_beam as beam
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.metrics import MetricsFilter
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that

from fairflip.pipeline.read import formats
from fairflip.pipeline.read.transforms import (
    BATCHES,
    REJECTS,
    ReadBatches,
    RecordLayout,
    check_inputs,
    read_file,
    read_table,
)
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.records.rejects import RejectedRecordCoder
from fairflip.pipeline.storage.record_batch_coder import RecordBatchCoder
from fairflip.protos.errors import InputError

LAYOUT = RecordLayout(id="id", texts=("text",), label="label", slices=("g",))


def rows(num, seed=0):
    rng = np.random.default_rng(seed)
    return [
        {
            "id": f"{seed}-{i}",
            "text": "" if i % 10 == 3 else f"text {i}",
            "label": None if i % 10 == 7 else float(rng.random()),
            "g": ["a", "b"][: rng.integers(0, 3)],
            "split": "test" if i % 4 else "train",
        }
        for i in range(num)
    ]


@pytest.fixture
def shards(tmp_path):
    pq.write_table(pa.Table.from_pylist(rows(103, 1)), tmp_path / "a.parquet", row_group_size=20)
    pq.write_table(pa.Table.from_pylist(rows(50, 2)), tmp_path / "b.parquet")
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows(40, 3)))
    pd.DataFrame(rows(40, 4)).to_csv(tmp_path / "d.csv.gz", index=False)
    return [str(tmp_path / name) for name in ("*.parquet", "c.jsonl", "d.csv.gz")]


def keys(batches):
    return sorted(value for batch in batches for value in batch.column("id").to_pylist())


def counters(result):
    actual = result.metrics().query(MetricsFilter().with_namespace("fairflip"))["counters"]
    totals: dict[str, int] = {}
    for counter in actual:
        name = counter.key.metric.name
        totals[name] = totals.get(name, 0) + counter.committed
    return totals


def test_small_row_groups_are_read_together_and_large_ones_alone(tmp_path, monkeypatch):
    path = str(tmp_path / "a.parquet")
    pq.write_table(pa.Table.from_pylist(rows(103, 1)), path, row_group_size=20)
    whole, _ = read_table([path], LAYOUT)
    for name, most in (("_ROWS_OF_PART", (1, 20, 59, 60, 103)), ("_BYTES_OF_PART", (1, 4000))):
        for number in most:
            with monkeypatch.context() as patched:
                patched.setattr(formats, name, number)
                parts = list(formats.row_groups_together(path))
            assert [group for part in parts for group in part] == list(range(6))
            if name == "_ROWS_OF_PART":
                assert len(parts) == {1: 6, 20: 6, 59: 3, 60: 2, 103: 1}[number]
            batches = [
                read.batch for part in parts for read in read_file(path, LAYOUT, row_groups=part)
            ]
            assert pa.Table.from_batches(batches).equals(whole)


@pytest.mark.parametrize("num_workers", [1, 2])
def test_a_pipeline_reads_what_the_plain_functions_read(shards, num_workers):
    table, rejected = read_table(shards, LAYOUT)
    assert table.num_rows + len(rejected) == 233
    assert len(rejected) == 46

    def check_batches(batches):
        assert keys(batches) == sorted(table["id"].to_pylist())
        assert {batch.schema for batch in batches} == {table.schema}
        assert max(batch.num_rows for batch in batches) <= 16
        together = pa.Table.from_batches(batches).sort_by("id")
        assert together.equals(table.sort_by("id"))

    def check_rejects(records):
        def key(record):
            return (record.source, record.record, record.reason)

        assert sorted(map(key, records)) == sorted(map(key, rejected))

    options = PipelineOptions(direct_num_workers=num_workers, direct_running_mode="multi_threading")
    pipeline = beam.Pipeline(FnApiRunner(), options)
    read = pipeline | ReadBatches(check_inputs(shards, LAYOUT), batch_size=16)
    assert_that(read[BATCHES], check_batches, label="GoodRecords")
    assert_that(read[REJECTS], check_rejects, label="RejectedRecords")
    result = pipeline.run()
    result.wait_until_finish()
    totals = counters(result)
    # Good records and rejects add up to what was read.
    assert totals["examples_read"] == 233
    assert totals["rejects"] == 46
    assert totals["rejects_read_empty_text"] == 23
    assert totals["examples_filtered"] == 0


def test_a_corrupt_shard_fails_the_pipeline_with_our_sentence(shards, tmp_path):
    good = check_inputs(shards, LAYOUT)
    (tmp_path / "b.parquet").write_bytes(b"PAR1 was cut off")
    pipeline = beam.Pipeline(FnApiRunner())
    pipeline | ReadBatches(good)
    with pytest.raises(InputError, match=r"b\.parquet: cannot be read"):
        pipeline.run().wait_until_finish()


def test_batches_survive_the_journey_between_workers():
    table = pa.Table.from_pylist(rows(100)).select(["id", "text", "label", "g"])
    batch = table.to_batches()[0]
    coder = RecordBatchCoder()
    for part in (batch, batch.slice(90, 5), batch.slice(0, 0)):
        back = coder.decode(coder.encode(part))
        assert back.equals(part)
    # A slice takes its own rows along, not the whole batch's.
    assert len(coder.encode(batch.slice(90, 5))) < len(coder.encode(batch)) / 2
    assert isinstance(beam.coders.registry.get_coder(pa.RecordBatch), RecordBatchCoder)


def test_rejects_survive_the_journey_between_workers():
    record = RejectedRecord(
        "read", "empty_text", "a.csv", "7", "why", {"text": "ü", "n": [1, None]}
    )
    coder = RejectedRecordCoder()
    assert coder.decode(coder.encode(record)) == record
    hostile = RejectedRecord("read", "x", "a", "b", "c", {"t": b"\xff\x00", "long": "y" * 10_000})
    back = coder.decode(coder.encode(hostile))
    assert back.content["t"] == "\\xff\x00"
    assert len(back.content["long"]) == 2000
    assert isinstance(beam.coders.registry.get_coder(RejectedRecord), RejectedRecordCoder)
