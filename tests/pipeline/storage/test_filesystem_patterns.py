"""One pattern names the same files wherever it is asked: to check, read, size and fingerprint."""

from __future__ import annotations

import json

import pytest

from fairflip.pipeline.config.settings import problems_of, with_defaults
from fairflip.pipeline.pair.shards import num_bytes_of
from fairflip.pipeline.run.provenance import fingerprint_data
from fairflip.pipeline.storage import filesystem
from fairflip.pipeline.storage.local_files import match_local
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError

NAMES = ("a.jsonl", "x/b.jsonl", "x/y/c.jsonl", "[1].jsonl")


@pytest.fixture
def folder(tmp_path):
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"example_id": name, "comment_text": "t"}) + "\n")
    return tmp_path


def passes_the_check(pattern: str) -> bool:
    config = with_defaults(PipelineConfig(data={"examples": [pattern]}))
    return not [p for p in problems_of(config, "generate") if p.startswith("data.examples")]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("**/*.jsonl", NAMES),
        ("*.jsonl", ("a.jsonl", "[1].jsonl")),
        ("*/*.jsonl", ("x/b.jsonl",)),
        ("x/**", ("x/b.jsonl", "x/y/c.jsonl")),
        ("[1].jsonl", ("[1].jsonl",)),
        ("x/*.csv", ()),
        ("x/[1].jsonl", ()),
        ("y*", ()),
    ],
)
def test_checked_read_sized_and_fingerprinted_are_the_same_files(folder, pattern, names):
    pattern = str(folder / pattern)
    expected = sorted(str(folder / name) for name in names)
    assert match_local(pattern) == expected
    assert sorted(fingerprint_data([pattern])) == expected
    assert num_bytes_of([pattern]) == sum((folder / name).stat().st_size for name in names)
    assert passes_the_check(pattern) == bool(expected)
    if expected:
        assert [entry.path for entry in filesystem.match([pattern])] == expected
    else:
        with pytest.raises(InputError, match="matches no file"):
            filesystem.match([pattern])
