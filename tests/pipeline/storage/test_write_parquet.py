"""Results appear whole or not at all, once, under their names."""

from __future__ import annotations

import contextlib
import json
import os

import apache_beam as beam
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.io.filesystems import FileSystems
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.write_parquet import WriteParquet

BATCHES = [
    pa.RecordBatch.from_pydict({"id": [f"{i}-{j}" for j in range(10)], "text": ["x"] * 10})
    for i in range(7)
]


def write_pipeline(prefix, batches, drop=()):
    pipeline = beam.Pipeline(FnApiRunner())
    created = pipeline | beam.Create(batches).with_output_types(pa.RecordBatch)
    created | WriteParquet(str(prefix), drop)
    pipeline.run().wait_until_finish()


def test_batches_are_written_once_and_columns_left_out(tmp_path):
    prefix = tmp_path / "pairs" / "pairs"
    for _ in range(2):
        write_pipeline(prefix, BATCHES, drop=["text", "nothing"])
        names = sorted(os.listdir(prefix.parent))
        assert names == ["pairs-00000-of-00001.parquet"]
        table = pq.read_table(prefix.parent / names[0])
        assert table.schema.names == ["id"]
        assert sorted(table["id"].to_pylist()) == sorted(
            value for batch in BATCHES for value in batch.column("id").to_pylist()
        )
    # Small batches become one row group.
    assert pq.ParquetFile(prefix.parent / names[0]).num_row_groups == 1


def test_shards_of_a_larger_earlier_run_do_not_stay(tmp_path):
    prefix = tmp_path / "pairs"
    for index in range(3):
        (tmp_path / f"pairs-0000{index}-of-00003.parquet").write_bytes(b"old")
    (tmp_path / "pairs-audit.json").write_bytes(b"{}")
    write_pipeline(prefix, BATCHES)
    assert sorted(os.listdir(tmp_path)) == ["pairs-00000-of-00001.parquet", "pairs-audit.json"]


def test_nothing_to_write_writes_nothing_and_clears_what_was(tmp_path):
    (tmp_path / "pairs-00000-of-00001.parquet").write_bytes(b"old")
    write_pipeline(tmp_path / "pairs", [])
    assert list(tmp_path.rglob("*.parquet")) == []


def test_batches_of_another_schema_are_refused(tmp_path):
    other = pa.RecordBatch.from_pydict({"id": ["x"]})
    with pytest.raises(Exception, match="give all batches one schema"):
        write_pipeline(tmp_path / "pairs", [BATCHES[0], other])
    assert list(tmp_path.glob("*.parquet")) == []


def test_text_and_json_replace_what_was_there(tmp_path):
    path = str(tmp_path / "new" / "report.json")
    filesystem.write_json(path, {"b": 1, "a": "ü"})
    filesystem.write_json(path, {"b": 2, "a": "ü"})
    with open(path, encoding="utf-8") as file:
        text = file.read()
    assert list(json.loads(text).items()) == [("b", 2), ("a", "ü")]
    assert "ü" in text
    assert os.listdir(tmp_path / "new") == ["report.json"]


class DiskFull(OSError):
    pass


def test_a_write_that_fails_leaves_the_old_file_and_no_debris(tmp_path):
    path = str(tmp_path / "report.html")
    filesystem.write_text(path, "old")
    with contextlib.suppress(DiskFull), filesystem.create_atomically(path) as file:
        file.write(b"half of the new")
        raise DiskFull
    assert os.listdir(tmp_path) == ["report.html"]
    with open(path, encoding="utf-8") as file:
        assert file.read() == "old"


def test_files_are_readable_by_others_as_the_umask_says(tmp_path):
    path = tmp_path / "report.html"
    before = os.umask(0o022)
    try:
        filesystem.write_text(str(path), "x")
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644


class MemoryFiles:
    """The calls of Beam's FileSystems that `filesystem` makes, over a dict."""

    def __init__(self):
        self.files: dict[str, bytes] = {}
        self.is_full = False

    def split(self, path):
        return tuple(path.rsplit("/", 1))

    def join(self, *parts):
        return "/".join(parts)

    def create(self, path):
        import io

        outer = self

        class File(io.BytesIO):
            def close(self):
                if not self.closed:
                    if outer.is_full:
                        outer.files[path] = b""
                        super().close()
                        raise DiskFull
                    outer.files[path] = self.getvalue()
                super().close()

        return File()

    def exists(self, path):
        return path in self.files

    def delete(self, paths):
        for path in paths:
            del self.files[path]

    def rename(self, sources, targets):
        for source, target in zip(sources, targets, strict=True):
            # Hadoop's rename refuses an existing target.
            assert target not in self.files
            self.files[target] = self.files.pop(source)


def test_remote_files_are_renamed_into_place(monkeypatch):
    files = MemoryFiles()
    monkeypatch.setattr(filesystem, "beam_filesystems", lambda: files)
    filesystem.write_text("mem://out/report.html", "one")
    filesystem.write_text("mem://out/report.html", "two")
    assert files.files == {"mem://out/report.html": b"two"}
    files.is_full = True
    with pytest.raises(DiskFull):
        filesystem.write_text("mem://out/report.html", "three")
    assert files.files == {"mem://out/report.html": b"two"}


def test_the_prefix_may_lie_on_any_beam_filesystem():
    # What is not local is asked of Beam, which knows Cloud Storage by its scheme.
    assert filesystem.join("gs://bucket/out/", "pairs", "pairs") == "gs://bucket/out/pairs/pairs"
    assert FileSystems.get_scheme("gs://bucket/out") == "gs"
    assert not filesystem.is_local("gs://bucket/out")


def test_values_that_nearly_all_differ_have_no_dictionary(tmp_path):
    number = 2_000
    batch = pa.RecordBatch.from_pydict(
        {
            "id": [f"id{i}" for i in range(number)],
            "label": [float(i % 2) for i in range(number)],
            "score": [i / number for i in range(number)],
            "group": [f"group{i % 3}" for i in range(number)],
            "groups": [[f"group{i % 3}"] for i in range(number)],
            "kinds": [{"of": [i % 3]} for i in range(number)],
        }
    )
    write_pipeline(tmp_path / "pairs", [batch])
    file = pq.ParquetFile(tmp_path / "pairs-00000-of-00001.parquet")
    columns = [file.metadata.row_group(0).column(i) for i in range(6)]
    assert [column.has_dictionary_page for column in columns] == [
        False,
        True,
        False,
        True,
        True,
        True,
    ]
    assert [column.is_stats_set for column in columns] == [False, True, True, True, True, True]
    assert file.read().equals(pa.Table.from_batches([batch]))
