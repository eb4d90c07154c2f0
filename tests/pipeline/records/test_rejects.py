"""Rejects are counted, and written sorted, however many blocks they come in."""

from __future__ import annotations

import json

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that

from fairflip.pipeline.records import sorted_lines
from fairflip.pipeline.records.rejected_record import RejectedRecord
from fairflip.pipeline.records.rejects import CountRejects, RejectsInBlocks, WriteRejects


def rejects():
    return [
        RejectedRecord("read", "empty_text", f"{i % 3}.csv", str(i), "why", {"text": "secret"})
        for i in range(20)
    ] + [RejectedRecord("score", "score_missing", "", "x", "why")]


@pytest.mark.parametrize("in_files", [False, True])
@pytest.mark.parametrize("most_characters", [0, 300, 1 << 20])
@pytest.mark.parametrize("num_shards", [1, 3])
@pytest.mark.parametrize("no_text", [False, True])
def test_rejects_are_written_and_counted(
    tmp_path, monkeypatch, num_shards, no_text, most_characters, in_files
):
    monkeypatch.setattr(sorted_lines, "MOST_CHARACTERS", most_characters)
    blocks_in = tmp_path / "blocks"
    blocks_in.mkdir()
    pipeline = beam.Pipeline(FnApiRunner())
    records = [
        pipeline
        | f"Make{part}" >> beam.Create(rejects()[part::2]).with_output_types(RejectedRecord)
        for part in range(2)
    ]
    blocks = tuple(records) | RejectsInBlocks(
        no_text, num_shards, str(blocks_in) if in_files else ""
    )
    blocks | WriteRejects(str(tmp_path), num_shards)

    def check_counts(actual):
        assert sorted(actual) == [(("read", "empty_text"), 20), (("score", "score_missing"), 1)]

    assert_that(blocks | CountRejects(), check_counts, label="Counts")
    pipeline.run().wait_until_finish()
    folder = tmp_path / "rejects"
    lines = [line for path in folder.iterdir() for line in path.read_text().splitlines()]
    assert sorted(lines) == sorted(record.to_json(no_text) for record in rejects())
    assert {json.loads(line)["record"] for line in lines} == {*map(str, range(20)), "x"}
    assert ("secret" in "".join(lines)) != no_text
    read = sorted(path.name for path in folder.glob("read-*"))
    assert len(read) == num_shards
    assert read[0] == f"read-00000-of-0000{num_shards}.jsonl"
    for path in folder.iterdir():
        assert path.read_text().splitlines() == sorted(path.read_text().splitlines())
    num_files = len(list(blocks_in.iterdir()))
    assert num_files >= (20 if most_characters == 0 else 2) if in_files else num_files == 0
