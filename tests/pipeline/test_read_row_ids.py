"""Records without an ID of their own are named by file and position; term columns are lists."""

from __future__ import annotations

import pytest

from fairflip.pipeline.read_files import read_table
from fairflip.pipeline.read_layout import ROW_ID, RecordLayout
from fairflip.protos.config_pb2 import DataSpec
from fairflip.protos.errors import InputError


@pytest.fixture
def csv_file(tmp_path):
    path = tmp_path / "comments.csv"
    path.write_text(
        "comment_text,toxicity,gender\n\"one, two\",1,\"['female', 'male']\"\n,0,[]\nthree,0,[]\n"
    )
    return path


def test_rows_are_named_by_file_and_position(csv_file):
    layout = RecordLayout.from_data_spec(DataSpec(id_feature=ROW_ID), slices=["gender"])
    table, rejects = read_table([str(csv_file)], layout)
    assert table[ROW_ID].to_pylist() == ["comments.csv:1", "comments.csv:3"]
    assert table["gender"].to_pylist() == [["female", "male"], []]
    assert [r.reason for r in rejects] == ["empty_text"]


def test_without_it_the_id_column_is_demanded(csv_file):
    with pytest.raises(InputError, match="example_id"):
        read_table([str(csv_file)], RecordLayout.from_data_spec(DataSpec()))


def test_terms_of_pairs_may_be_one_or_several(tmp_path):
    path = tmp_path / "pairs.jsonl"
    path.write_text(
        '{"example_id": "a", "comment_text": "he and she", '
        '"counterfactual.comment_text": "and", "term": ["he", "she"], "group": "both"}\n'
    )
    layout = RecordLayout.from_data_spec(DataSpec(), "pairs", ["counterfactual_term"])
    table, rejects = read_table([str(path)], layout)
    assert not rejects
    assert table["term"].to_pylist() == [["he", "she"]]
    assert table["group"].to_pylist() == [["both"]]
