"""A run in a directory on another filesystem."""

from __future__ import annotations

import os

import pytest

from fairflip._version import __version__
from fairflip.pipeline.run.state import open_run
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.manifest import verify_manifest
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError


def test_a_remote_directory(monkeypatch, tmp_path):
    """On an object store: the same, but the lock stays behind a killed process and says so."""
    stored = tmp_path / "store"

    def local(path: str) -> str:
        return path.replace("mem:/", str(stored))

    class Store:
        exists = staticmethod(lambda path: os.path.exists(local(path)))

        @staticmethod
        def delete(paths):
            for path in paths:
                os.remove(local(path))

    monkeypatch.setattr(filesystem, "beam_filesystems", lambda: Store)
    real_create, real_open, real_match = (
        filesystem.create_atomically,
        filesystem.open_raw,
        filesystem.match,
    )
    monkeypatch.setattr(filesystem, "create_atomically", lambda path: real_create(local(path)))
    monkeypatch.setattr(filesystem, "open_raw", lambda path: real_open(local(path)))
    monkeypatch.setattr(filesystem, "match", lambda paths: real_match([local(p) for p in paths]))
    config = PipelineConfig(output={"output_dir": "mem://bucket/out"})
    with open_run(config, "run") as state:
        assert (stored / "bucket/out/details/state/lock").exists()
        with (
            pytest.raises(InputError, match="if that process is gone, delete 'mem://bucket/out/"),
            open_run(config, "run"),
        ):
            raise AssertionError("not reached")

        def pair():
            with filesystem.create_atomically("mem://bucket/out/run_report.json") as file:
                file.write(b"{}")
            return ["run_report.json"]

        assert state.run_step("pair", pair)
        state.finish()
    assert not (stored / "bucket/out/details/state/lock").exists()
    assert verify_manifest("mem://bucket/out", __version__) == []
    with open_run(config, "run") as state:
        assert not state.run_step("pair", pair)
    config.seed, config.output.overwrite = 1, True
    with open_run(config, "run") as state:
        assert not state.is_complete()
        assert state.run_step("pair", pair)
