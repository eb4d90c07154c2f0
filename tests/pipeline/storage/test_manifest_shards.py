"""A file that somebody put beside a run's shards is not read as the run's."""

from __future__ import annotations

import pathlib

import pytest

from fairflip.pipeline.storage.manifest import shard_names, shard_paths, write_manifest


@pytest.fixture
def run(tmp_path) -> pathlib.Path:
    folder = tmp_path / "scored_pairs"
    folder.mkdir()
    (tmp_path / "run_report.json").write_text("{}")
    for name in ("scored-pairs-00000-of-00002.parquet", "scored-pairs-00001-of-00002.parquet"):
        (folder / name).write_bytes(b"own")
    return tmp_path


OWN = [f"scored_pairs/scored-pairs-0000{i}-of-00002.parquet" for i in range(2)]


@pytest.mark.parametrize(
    "foreign", ["a.parquet", "scored-pairs-00007-of-00008.parquet", "zz-00000-of-00001.parquet"]
)
def test_of_a_finished_run_only_what_the_manifest_lists(run, foreign):
    write_manifest(str(run), ["run_report.json", *OWN], "1")
    (run / "scored_pairs" / foreign).write_bytes(b"foreign")
    assert shard_names(str(run), "scored_pairs") == OWN
    assert shard_paths(str(run), "scored_pairs") == [str(run / name) for name in OWN]


@pytest.mark.parametrize(
    "foreign", ["a.parquet", "SCORED-00000-of-00001.parquet", "x-1-of-2.parquet"]
)
def test_of_a_run_under_way_only_names_that_its_writer_gives(run, foreign):
    (run / "scored_pairs" / foreign).write_bytes(b"foreign")
    assert shard_names(str(run), "scored_pairs") == OWN


def test_a_folder_that_is_not_there_has_none(tmp_path):
    assert shard_names(str(tmp_path), "scored_pairs") == []
