"""Parquet written by attempts that break off or run twice: every row once, or an error.

A runner gives a bundle again to another worker when one is lost, and may run both; what
the first left behind must not count. The attempts are made here one call at a time.
"""

from __future__ import annotations

import pathlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from apache_beam.io.filesystems import FileSystems

from fairflip.pipeline.storage import write_parquet

BUNDLES = [
    [
        pa.RecordBatch.from_pydict({"id": [f"{bundle}-{batch}-{row}" for row in range(5)]})
        for batch in range(1 + bundle)
    ]
    for bundle in range(3)
]


class Broken(RuntimeError):
    """The worker is lost here."""


@pytest.fixture
def prefix(tmp_path) -> str:
    return str(tmp_path / "out" / "pairs")


def attempt(prefix: str, batches, *, is_lost: bool = False) -> list[tuple[str, str, int]]:
    """One try of a worker at a bundle: the paths that it hands on."""
    worker = write_parquet._WriteShard(prefix, (), ())
    worker.start_bundle()
    for batch in batches:
        worker.process(batch)
    return [] if is_lost else [handed.value for handed in worker.finish_bundle()]


def finals(prefix: str) -> list[str]:
    folder = pathlib.Path(prefix).parent
    return sorted(path.name for path in folder.glob("pairs-*")) if folder.is_dir() else []


def everything(prefix: str) -> list[str]:
    folder = pathlib.Path(prefix).parent
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def rows(prefix: str) -> list[str]:
    folder = pathlib.Path(prefix).parent
    return sorted(
        value for name in finals(prefix) for value in pq.read_table(folder / name)["id"].to_pylist()
    )


def wanted(bundles) -> list[str]:
    return sorted(
        value for bundle in bundles for batch in bundle for value in batch["id"].to_pylist()
    )


def names(count: int) -> list[str]:
    return [f"pairs-{shard:05d}-of-{count:05d}.parquet" for shard in range(count)]


def test_what_an_attempt_left_that_does_not_count_is_neither_read_nor_kept(prefix):
    written = []
    for bundle in BUNDLES:
        attempt(prefix, bundle, is_lost=True)  # lost with its file half written
        attempt(prefix, bundle)  # whole, but another attempt's output was taken
        written += attempt(prefix, bundle)
        assert finals(prefix) == [], "a final name stands for all rows"
    assert len(set(written)) == len(BUNDLES)
    made = write_parquet._name_shards(b"", prefix, written)
    assert [pathlib.Path(path).name for path in made] == names(3) == finals(prefix)
    assert rows(prefix) == wanted(BUNDLES)
    assert everything(prefix) == names(3)


@pytest.mark.parametrize("files_before", [0, 2, 3, 5])
@pytest.mark.parametrize("call", ["delete", "rename", "after some were renamed", "_remove"])
def test_naming_that_breaks_off_is_finished_by_the_next_attempt(
    prefix, monkeypatch, files_before, call
):
    if files_before:
        old = [attempt(prefix, [pa.RecordBatch.from_pydict({"id": ["old"]})])[0]]
        old += [attempt(prefix, BUNDLES[0])[0] for _ in range(files_before - 1)]
        write_parquet._name_shards(b"", prefix, old)
        assert finals(prefix) == names(files_before)
    written = [path for bundle in BUNDLES for path in attempt(prefix, bundle)]
    rename = FileSystems.rename

    def broken(*_):
        raise Broken

    def one_then_broken(sources, targets):
        rename(sources[:1], targets[:1])
        raise Broken

    with monkeypatch.context() as patched:
        if call == "_remove":
            patched.setattr(write_parquet, "_remove_other_shards", broken)
        elif call == "after some were renamed":
            patched.setattr(FileSystems, "rename", one_then_broken)
        else:
            patched.setattr(FileSystems, call, broken)
        if call != "delete" or files_before:  # without older files there is none to delete
            with pytest.raises(Broken):
                write_parquet._name_shards(b"", prefix, written)
    made = write_parquet._name_shards(b"", prefix, written)
    assert [pathlib.Path(path).name for path in made] == names(3)
    assert rows(prefix) == wanted(BUNDLES)
    assert everything(prefix) == names(3)
    # A runner may ask again after all is done.
    assert write_parquet._name_shards(b"", prefix, written) == made
    assert rows(prefix) == wanted(BUNDLES)


def test_a_file_that_is_gone_is_an_error_and_nothing_is_named(prefix):
    written = [path for bundle in BUNDLES for path in attempt(prefix, bundle)]
    FileSystems.delete([written[1][0]])
    with pytest.raises(OSError, match="is gone before it was renamed"):
        write_parquet._name_shards(b"", prefix, written)
    assert finals(prefix) == []


def test_a_bundle_without_rows_leaves_no_file(prefix):
    empty = pa.RecordBatch.from_pydict({"id": pa.array([], pa.null())})
    assert attempt(prefix, [empty, empty]) == []
    assert attempt(prefix, []) == []
    written = attempt(prefix, [empty, *BUNDLES[0]])
    write_parquet._name_shards(b"", prefix, written)
    assert rows(prefix) == wanted(BUNDLES[:1])
