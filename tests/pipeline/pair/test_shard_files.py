"""A local run brings records together through files: no text passes through the runner's memory."""

from __future__ import annotations

import itertools
import os
import stat

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner, execution
from apache_beam.testing.util import assert_that

from fairflip.pipeline.beam.options import beam_options
from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.evaluate import jobs
from fairflip.pipeline.evaluate.inputs import check_evaluation_inputs
from fairflip.pipeline.pair import shard_files, shards
from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import PairColumns, shard_of
from fairflip.pipeline.pair.shard_files import ShardFile, content_of, shard_folder
from fairflip.pipeline.pair.transforms import AdmitPairs
from fairflip.protos.config_pb2 import DataSpec, PipelineConfig

NUM_PAIRS = 200
SHORT, LONG = 20, 5_000


TABLE = pa.table({"text": ["first", "second", None]})


def table_at(part: bytes) -> pa.Table:
    return pa.ipc.open_stream(content_of(part)).read_all()


def test_what_is_written_is_read_again(tmp_path):
    file, other = ShardFile(str(tmp_path)), ShardFile(str(tmp_path))
    tables = [TABLE, TABLE.slice(0, 0), TABLE.slice(1, 1)]
    parts = [file.append(table) for table in tables]
    elsewhere = other.append(TABLE.slice(2), pa.ipc.IpcWriteOptions(compression="lz4"))
    file.close(), other.close()
    assert [table_at(part) for part in parts] == tables
    assert table_at(elsewhere) == TABLE.slice(2)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("num_shards", [2, 256])
def test_records_are_cut_up_in_memory_that_does_not_grow_with_them(
    num_shards, tmp_path, monkeypatch
):
    monkeypatch.setattr(shards, "BYTES_PER_SHARD_AND_SPLIT", 100)
    batch = pa.record_batch({"id": [str(i) for i in range(40)], "text": ["x" * 50] * 40})
    split = shards._Split("id", "pairs", num_shards, str(tmp_path))
    split.start_bundle()
    parts = [part for _ in range(3) for part in split.process(batch)]
    num_before = len(parts)
    parts += [one.value for one in split.finish_bundle()]
    # Of 256 shards more is gathered than is here.
    assert (num_before > 0, num_before == len(parts)) == (num_shards == 2, num_shards == 2)
    by_shard: dict[int, list[str]] = {}
    for shard, part in parts:
        by_shard.setdefault(shard, []).extend(table_at(part)["id"].to_pylist())
    assert sorted(itertools.chain(*by_shard.values())) == sorted(batch["id"].to_pylist() * 3)
    for shard, ids in by_shard.items():
        # One after the other, in the order of the file.
        own = [i for i in batch["id"].to_pylist() if i in set(ids)]
        assert ids == own * 3
        assert set(shard_of(pa.array(ids), num_shards)) == {shard}


def test_a_stream_is_its_own_content():
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, pa.schema([("a", pa.int8())])):
        pass
    content = stream.getvalue().to_pybytes()
    assert content_of(content) is content


def test_a_bundle_without_records_leaves_no_file(tmp_path):
    ShardFile(str(tmp_path)).close()
    assert not list(tmp_path.iterdir())


def test_a_file_that_was_cut_short_is_told_of(tmp_path):
    file = ShardFile(str(tmp_path))
    part = file.append(TABLE)
    file.close()
    path = next(tmp_path.iterdir())
    path.write_bytes(b"con")
    with pytest.raises(OSError, match="before its time"):
        content_of(part)


def test_the_folder_is_its_owners_and_goes_with_the_job(tmp_path):
    with shard_folder(beam_options([]), str(tmp_path)) as folder:
        assert os.path.isabs(folder)
        assert folder.startswith(str(tmp_path))
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
        ShardFile(folder).append(TABLE)
    assert not os.path.exists(folder)
    with shard_folder(beam_options([]), "gs://bucket/out") as folder:
        assert os.path.isdir(folder)
    assert not os.path.exists(folder)


def test_the_folder_goes_with_a_job_that_breaks_too(tmp_path):
    class Broken(Exception):
        pass

    def run_and_break():
        with shard_folder(beam_options([]), str(tmp_path)) as folder:
            ShardFile(folder).append(TABLE)
            raise Broken

    with pytest.raises(Broken):
        run_and_break()
    assert not list((tmp_path / "details" / "work").iterdir())


def test_workers_that_share_no_disk_get_no_folder(tmp_path):
    options = PipelineOptions(["--runner=PortableRunner", "--job_endpoint=localhost:1"])
    with shard_folder(options, str(tmp_path)) as folder:
        assert folder == ""


def test_a_next_run_removes_what_a_killed_one_left(tmp_path):
    from fairflip.pipeline.storage.run_folder import clear_leftovers

    with shard_folder(beam_options([]), str(tmp_path)) as folder:
        ShardFile(folder).append(TABLE)
        clear_leftovers(str(tmp_path))
        assert not os.path.exists(folder)


def pairs_table(length: int) -> pa.Table:
    """Pairs whose texts no compression makes much shorter, of about `length` characters."""
    rng = np.random.default_rng(length)
    texts = [rng.bytes(length // 2).hex() for _ in range(NUM_PAIRS)]
    scores = rng.random((2, NUM_PAIRS))
    return pa.table(
        {
            "example_id": [f"id-{i // 2:04d}" for i in range(NUM_PAIRS)],
            "comment_text": [texts[i - i % 2] for i in range(NUM_PAIRS)],
            "counterfactual.comment_text": [f"{text} so" for text in texts],
            "score": [scores[0, i - i % 2] for i in range(NUM_PAIRS)],
            "counterfactual.score": scores[1],
        }
    )


def written_inputs(folder, kind: str, length: int) -> PipelineConfig:
    """A configuration that evaluates such pairs: ready-made or to be joined."""
    config, pairs = PipelineConfig(), pairs_table(length)
    config.models.add(name="m", score_feature="score")
    data = config.data
    changed = {"counterfactual.comment_text": "comment_text", "counterfactual.score": "score"}
    originals = pairs.take(pa.array(range(0, NUM_PAIRS, 2))).drop_columns(list(changed))
    tables = {
        "pairs": {"pairs": pairs},
        "joined": {
            "examples": originals,
            "counterfactuals": pairs.select(["example_id", *changed]).rename_columns(
                ["example_id", *changed.values()]
            ),
        },
    }[kind]
    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        pq.write_table(table, path, row_group_size=50)
        getattr(data, name).append(str(path))
    return with_defaults(config)


def evaluated(folder, kind: str, length: int, monkeypatch) -> tuple[int, pa.Table]:
    """What a whole evaluation hands to the runner to keep, in bytes; and the pairs that it wrote."""
    folder.mkdir()
    config = written_inputs(folder, kind, length)
    out, remaining = folder / "out", []
    with monkeypatch.context() as patched:
        for buffer in (execution.GroupingBuffer, execution.ListBuffer):

            def append(self, data, _append=buffer.append):
                remaining.append(len(data))
                return _append(self, data)

            patched.setattr(buffer, "append", append)
        config.output.output_dir = str(out)
        jobs.submit_files(config, check_evaluation_inputs(config), beam_options([]))
    assert not [name for _, names, _ in os.walk(out) for name in names if "shards" in name]
    return sum(remaining), pq.read_table(out / "pairs").sort_by(
        [("example_id", "ascending"), ("counterfactual_index", "ascending")]
    )


@pytest.mark.system
@pytest.mark.parametrize("kind", ["pairs", "joined"])
def test_the_runner_keeps_no_texts(kind, tmp_path, monkeypatch):
    remaining, pairs = evaluated(tmp_path / "with", kind, LONG, monkeypatch)
    assert pairs.num_rows == NUM_PAIRS
    # Statistics pass through it, so that it was measured; an eighth of the texts does not.
    assert 10_000 < remaining < NUM_PAIRS * LONG // 4
    # And so it is these files that keep the texts out of it.
    monkeypatch.setattr(shard_files, "is_local", lambda options: False)
    without, same_pairs = evaluated(tmp_path / "without", kind, LONG, monkeypatch)
    assert without - remaining > NUM_PAIRS * LONG // 2
    assert same_pairs.equals(pairs)


@pytest.mark.parametrize("workers", [1, 2])
def test_pairs_from_files_are_those_of_the_plain_function(workers, tmp_path):
    table = pairs_table(SHORT)
    expected = admit_tables(table, PairColumns.of(DataSpec()))
    flags = [f"--direct_num_workers={workers}"]
    flags += ["--direct_running_mode=multi_threading"] if workers > 1 else []

    def check(batches):
        actual = pa.Table.from_batches(batches)
        assert actual.sort_by(
            [("example_id", "ascending"), ("counterfactual_index", "ascending")]
        ).equals(expected.pairs)

    with beam.Pipeline(runner=FnApiRunner(), options=PipelineOptions(flags)) as pipeline:
        admitted = (
            pipeline
            | beam.Create(table.to_batches(max_chunksize=30))
            | AdmitPairs(DataSpec(), shard_folder=str(tmp_path))
        )
        assert_that(admitted["pairs"], check)
    assert expected.pairs.num_rows == NUM_PAIRS
    assert list(tmp_path.iterdir())
