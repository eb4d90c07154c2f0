"""Workers hash what they write, and the launcher does not read it again."""

from __future__ import annotations

import json
import shutil

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.pipeline.storage import filesystem, fingerprints, manifest
from fairflip.pipeline.storage.write_parquet import WriteParquet

FOLDER = "details/scored_examples"


@pytest.fixture(scope="module")
def run_as_written(tmp_path_factory):
    """A run's directory with shards of three bundles in a folder."""
    run = tmp_path_factory.mktemp("run")
    batches = [pa.record_batch({"id": [f"{i}-{j}" for j in range(40_000)]}) for i in range(3)]
    pipeline = beam.Pipeline(FnApiRunner())
    parts = [
        pipeline | f"Create{i}" >> beam.Create([batch]).with_output_types(pa.RecordBatch)
        for i, batch in enumerate(batches)
    ]
    prefix = f"{run}/{FOLDER}/scored-examples"
    parts | beam.Flatten() | WriteParquet(prefix, of_run=(str(run), FOLDER))
    pipeline.run().wait_until_finish()
    (run / "run_report.json").write_text("{}")
    return run


@pytest.fixture
def written(tmp_path, run_as_written):
    """A copy of it, with all times, that a test may change; the names of its shards."""
    run = shutil.copytree(run_as_written, tmp_path / "run")
    names = sorted(path.name for path in (run / FOLDER).glob("*.parquet"))
    assert len(names) >= 1
    return run, [f"{FOLDER}/{name}" for name in names]


def opened(monkeypatch):
    """The files that are read from now on."""
    paths, open_raw = [], filesystem.open_raw
    monkeypatch.setattr(filesystem, "open_raw", lambda path: paths.append(path) or open_raw(path))
    return paths


def test_a_manifest_has_the_hashes_of_the_files_and_reads_none(written, monkeypatch):
    run, names = written
    expected = {name: manifest.fingerprint_file(str(run), name) for name in names}
    paths = opened(monkeypatch)
    manifest.write_manifest(str(run), ["run_report.json", *names], "1")
    assert not [path for path in paths if path.endswith(".parquet")]
    entries = json.loads((run / manifest.MANIFEST).read_text())["files"]
    assert {name: entries[name] for name in names} == expected
    assert manifest.verify_manifest(str(run)) == []


def test_a_file_changed_since_is_told(written):
    run, names = written
    path = run / names[0]
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    manifest.write_manifest(str(run), ["run_report.json", *names], "1")
    assert any(names[0] in problem for problem in manifest.verify_manifest(str(run)))


@pytest.mark.parametrize(
    "damage",
    [
        lambda run, names: (run / names[0]).write_bytes(b"of another size"),
        lambda run, names: (run / fingerprints.FOLDER / "details__scored_examples.json").unlink(),
        lambda run, names: (run / fingerprints.FOLDER / "details__scored_examples.json").write_text(
            '{"a": 1}'
        ),
    ],
)
def test_what_is_not_told_is_read(written, monkeypatch, damage):
    run, names = written
    damage(run, names)
    paths = opened(monkeypatch)
    manifest.write_manifest(str(run), ["run_report.json", *names], "1")
    assert [path for path in paths if path.endswith(names[0])]
    assert manifest.verify_manifest(str(run)) == []
