"""Columns that a file need not have, and that its first records lack."""

from __future__ import annotations

import pytest

from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos import config_pb2
from fairflip.protos.errors import InputError
from support.record_files import write


def pair_rows(start: int, stop: int, **more) -> list[dict]:
    return [
        {
            "example_id": f"x{i}",
            "comment_text": f"she {i}",
            "counterfactual.comment_text": f"he {i}",
            **more,
        }
        for i in range(start, stop)
    ]


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.tfrecord"])
def test_optional_columns_after_the_first_records_are_read(tmp_path, name):
    late = {"flip_is_legitimate": 1, "term": ["she"], "counterfactual_id": "c"}
    path = write(tmp_path, name, pair_rows(0, 1200) + pair_rows(1200, 2500, **late))
    layout = RecordLayout.from_data_spec(config_pb2.DataSpec(), "pairs")
    table, rejects = read_table([str(path)], layout)
    assert not rejects
    assert table["flip_is_legitimate"].to_pylist() == [None] * 1200 + [True] * 1300
    assert table["term"].to_pylist() == [[]] * 1200 + [["she"]] * 1300
    assert table["counterfactual_id"].to_pylist() == [None] * 1200 + ["c"] * 1300
    assert table["group"].to_pylist() == [[]] * 2500


@pytest.mark.parametrize("names", ["a.jsonl b.jsonl", "a.tfrecord b.tfrecord", "a.csv b.jsonl"])
def test_an_optional_column_of_a_later_file_without_a_schema_is_read(tmp_path, names):
    paths = [
        str(write(tmp_path, name, pair_rows(i, i + 1, **more)))
        for i, (name, more) in enumerate(zip(names.split(), ({}, {"term": "she"}), strict=True))
    ]
    layout = RecordLayout.from_data_spec(config_pb2.DataSpec(), "pairs")
    table, _ = read_table(paths, layout)
    assert table["term"].to_pylist() == [[], ["she"]]


@pytest.mark.parametrize("extension", ["parquet", "csv"])
def test_an_optional_column_that_the_first_file_lacks_stops_the_run(tmp_path, extension):
    write(tmp_path, f"a.{extension}", pair_rows(0, 1))
    write(tmp_path, f"b.{extension}", pair_rows(1, 2, flip_is_legitimate=1))
    layout = RecordLayout.from_data_spec(config_pb2.DataSpec(), "pairs")
    with pytest.raises(InputError, match=rf"b\.{extension}: has the column 'flip_is_legitimate'"):
        read_table([str(tmp_path / f"*.{extension}")], layout)


@pytest.mark.parametrize("extension", ["jsonl", "tfrecord"])
def test_a_label_that_the_first_records_lack_stops_the_run(tmp_path, extension):
    rows = pair_rows(0, 1200) + pair_rows(1200, 1300, toxicity=1)
    path = str(write(tmp_path, f"x.{extension}", rows))
    with pytest.raises(InputError, match="'toxicity'"):
        read_table([path], RecordLayout.from_data_spec(config_pb2.DataSpec()))
    table, _ = read_table([str(write(tmp_path, f"y.{extension}", rows[:1200]))], RecordLayout())
    assert "toxicity" not in table.column_names
