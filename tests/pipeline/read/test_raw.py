"""Records without an ID of their own are named by file and position; term columns are lists."""

from __future__ import annotations

import json

import pytest

from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import ROW_ID, RecordLayout
from fairflip.pipeline.read.raw import file_name, row_root
from fairflip.pipeline.run.training import read_examples
from fairflip.protos.config_pb2 import DataSpec, PipelineConfig
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


# --- files of one name ----------------------------------------------------------------


def write_month(folder, month: str, number: int = 3) -> str:
    path = folder / month / "part-0.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"comment_text": f"she {month} {i}", "toxicity": i % 2} for i in range(number)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def test_files_of_one_name_are_told_apart_by_their_folders(tmp_path):
    for folder in (tmp_path, tmp_path / "elsewhere"):
        for month in ("month=01", "month=02/eu", "month=02/us"):
            write_month(folder, month)
        patterns = [str(folder / "month=*/part-0.jsonl"), str(folder / "month=*/*/part-0.jsonl")]
        table, rejects = read_table(patterns, RecordLayout(id=ROW_ID))
        assert not rejects
        assert table[ROW_ID].to_pylist() == [
            f"{name}/part-0.jsonl:{row}"
            for name in ("month=01", "month=02/eu", "month=02/us")
            for row in (1, 2, 3)
        ]


def test_two_spellings_of_a_path_are_one_file(tmp_path, monkeypatch):
    write_month(tmp_path, "a")
    monkeypatch.chdir(tmp_path)
    table, rejects = read_table(["a/part-0.jsonl", "./a/*.jsonl"], RecordLayout(id=ROW_ID))
    assert table[ROW_ID].to_pylist() == [f"part-0.jsonl:{row}" for row in (1, 2, 3)]
    assert not rejects


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["x/a.csv"], ["a.csv"]),
        (["x/a.csv", "y/b.csv"], ["a.csv", "b.csv"]),
        (["x/a.csv", "y/a.csv"], ["x/a.csv", "y/a.csv"]),
        (["d/x/a.csv", "d/x1/a.csv"], ["x/a.csv", "x1/a.csv"]),
        (["gs://b/d/x/a.csv", "gs://b/d/a.csv"], ["x/a.csv", "a.csv"]),
        (["/a.csv", "a.csv"], ["/a.csv", "a.csv"]),
        (["d\\x\\a.csv", "d\\y\\a.csv"], ["x/a.csv", "y/a.csv"]),
    ],
)
def test_names_of_files(paths, names):
    assert [file_name(path, row_root(paths)) for path in paths] == names


def test_training_and_validation_share_no_name(tmp_path):
    config = PipelineConfig(data={"id_feature": ROW_ID})
    config.data.train_examples[:] = [write_month(tmp_path, "train")]
    config.data.validation_examples[:] = [write_month(tmp_path, "validation")]
    train, validation, _ = read_examples(with_defaults(config))
    assert train[ROW_ID].to_pylist() == [f"train/part-0.jsonl:{i}" for i in (1, 2, 3)]
    assert validation[ROW_ID].to_pylist() == [f"validation/part-0.jsonl:{i}" for i in (1, 2, 3)]
