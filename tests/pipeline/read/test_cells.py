"""Cells of tables: what is a number, what is missing, what is neither."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.read.cells import Cell, read_cell, settled_cells
from fairflip.pipeline.read.files import check_inputs, read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos import config_pb2
from support.record_files import write

VECTOR_DATA = config_pb2.DataSpec(id_feature="id", without_text=True, input_features=["v", "age"])
VECTORS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.5]]
IDS = ["a", "b", "c"]
DOUBLES = pa.list_(pa.float64())


def reasons(faults):
    return [(np.flatnonzero(mask).tolist(), reason) for mask, reason, _ in faults if mask.any()]


def test_the_first_records_say_what_is_a_number():
    batch = pa.RecordBatch.from_pydict(
        {"a": ["1", "", "2.5"], "b": ["1", "x", ""], "c": [True, None, False], "d": [None] * 3,
         "counterfactual.b": ["1", "2", "3"]}
    )  # fmt: skip
    cells = [Cell(name) for name in ("a", "b", "c", "d", "counterfactual.b", "gone")]
    kinds = {cell.name: cell.is_number for cell in settled_cells(cells, batch)}
    # Both sides of a pair are of one kind.
    assert kinds == {"a": True, "b": False, "c": True, "d": False, "counterfactual.b": False,
                     "gone": False}  # fmt: skip
    given = settled_cells([Cell("a", is_number=False)], batch)
    assert given == (Cell("a", is_number=False),)


def test_numbers_are_float64_and_what_is_none_is_a_reject():
    values, faults = read_cell(pa.array(["1", "", "x", "2.5"]), Cell("a", True), True)
    assert values.to_pylist() == [1.0, None, None, 2.5]
    assert reasons(faults) == [([2], "not_a_number")]
    values, faults = read_cell(pa.array([1.0, float("nan")]), Cell("a", True), False)
    assert (values.to_pylist(), reasons(faults)) == ([1.0, None], [])
    _, faults = read_cell(pa.array([(1 << 53) + 1, 3]), Cell("a", True), False)
    assert reasons(faults) == [([0], "inexact_number")]
    _, faults = read_cell(pa.array([[1.0, 2.0], [3.0]]), Cell("a", True), False)
    assert reasons(faults) == [([0], "several_values")]


def test_an_empty_text_is_missing_in_a_text_file_alone():
    column = pa.array(["f", "", None])
    assert read_cell(column, Cell("a", False), True)[0].to_pylist() == ["f", None, None]
    assert read_cell(column, Cell("a", False), False)[0].to_pylist() == ["f", "", None]
    assert read_cell(pa.array([7, 8]), Cell("a", False), False)[0].to_pylist() == ["7", "8"]
    _, faults = read_cell(pa.array([b"f", b"\xff"]), Cell("a", False), False)
    assert reasons(faults) == [([1], "invalid_utf8")]


def test_a_table_is_read_with_its_types_in_every_format(tmp_path):
    (tmp_path / "t.csv").write_text("id,gender,age\nx,f,30\ny,,\nz,m,old\n", encoding="utf-8")
    (tmp_path / "t.jsonl").write_text(
        '{"id": "x", "gender": "f", "age": 30}\n{"id": "y", "gender": null, "age": null}\n'
        '{"id": "z", "gender": "m", "age": "old"}\n', encoding="utf-8"
    )  # fmt: skip
    data = config_pb2.DataSpec(id_feature="id", without_text=True, input_features=["gender", "age"])
    layout = RecordLayout.from_data_spec(data)
    # In a CSV file all is text, and "old" is among the first records.
    table, rejects = read_table([str(tmp_path / "t.csv")], layout)
    assert table["age"].to_pylist() == ["30", None, "old"]
    assert (table["gender"].to_pylist(), rejects) == (["f", None, "m"], [])
    # In JSON Lines the first record says that ages are numbers.
    table, rejects = read_table([str(tmp_path / "t.jsonl")], layout)
    assert (table["age"].to_pylist(), table["gender"].to_pylist()) == ([30.0, None], ["f", None])
    assert [reject.reason for reject in rejects] == ["not_a_number"]
    typed = pa.table({"id": ["x", "y"], "gender": ["f", None], "age": pa.array([30, None])})
    pq.write_table(typed, tmp_path / "t.parquet")
    table, _ = read_table([str(tmp_path / "t.parquet")], layout)
    assert table["age"].to_pylist() == [30.0, None]


def test_a_later_record_that_is_no_number_is_left_out_by_name(tmp_path):
    rows = [f"r{n},f,{n % 90}" for n in range(2_000)]
    rows[1_500] = "r1500,f,unknown"
    (tmp_path / "t.csv").write_text("\n".join(["id,gender,age", *rows]) + "\n", encoding="utf-8")
    data = config_pb2.DataSpec(id_feature="id", without_text=True, input_features=["gender", "age"])
    table, [reject] = read_table([str(tmp_path / "t.csv")], RecordLayout.from_data_spec(data))
    assert (table.num_rows, reject.record, reject.reason) == (1_999, "r1500", "not_a_number")
    assert "'age' is no number" in reject.detail


def test_pairs_of_a_table_may_change_some_of_its_columns(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("id,gender,age,counterfactual.gender\nx,f,30,m\n", encoding="utf-8")
    data = config_pb2.DataSpec(id_feature="id", without_text=True, input_features=["gender", "age"])
    checked = check_inputs([str(path)], RecordLayout.from_data_spec(data, "pairs"))
    assert [cell.name for cell in checked.layout.cells] == [
        "gender",
        "age",
        "counterfactual.gender",
    ]


def read_vectors(path, kind="examples"):
    return read_table([str(path)], RecordLayout.from_data_spec(VECTOR_DATA, kind))


def tensors() -> pa.Array:
    return pa.FixedShapeTensorArray.from_numpy_ndarray(np.array(VECTORS).reshape(3, 3))


@pytest.mark.parametrize(
    "column",
    [
        pa.array(VECTORS),
        pa.array(VECTORS, pa.list_(pa.float32())),
        pa.array(VECTORS, pa.list_(pa.float64(), 3)),
        pa.array(VECTORS, pa.large_list(pa.float64())),
        tensors(),
    ],
    ids=["list", "float32", "fixed size", "large", "tensor"],
)
def test_vectors_of_parquet_are_lists_of_float64(tmp_path, column):
    pq.write_table(pa.table({"id": IDS, "v": column, "age": [1, 2, 3]}), tmp_path / "t.parquet")
    table, rejects = read_vectors(tmp_path / "t.parquet")
    assert rejects == []
    assert table["v"].type == DOUBLES
    assert table["v"].to_pylist() == VECTORS
    assert table["age"].to_pylist() == [1.0, 2.0, 3.0]


def test_vectors_of_tfrecord_and_numbers_of_length_one(tmp_path):
    records = [{"id": id, "v": v, "age": 7.0} for id, v in zip(IDS, VECTORS, strict=True)]
    write(tmp_path, "t.tfrecord", records)
    table, rejects = read_vectors(tmp_path / "t.tfrecord")
    assert (table["v"].to_pylist(), rejects) == (VECTORS, [])
    assert table["age"].to_pylist() == [7.0, 7.0, 7.0]


def test_another_length_is_a_reject_that_says_what_is_there_and_what_is_expected(tmp_path):
    column = pa.array([[1.0, 2.0, 3.0], [4.0, 5.0], None, []], DOUBLES)
    rows = {"id": ["a", "b", "c", "d"], "v": column, "age": [1, 2, 3, 4]}
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    table, rejects = read_vectors(tmp_path / "t.parquet")
    assert table["v"].to_pylist() == [[1.0, 2.0, 3.0]]
    actual = {reject.record: (reject.reason, reject.detail) for reject in rejects}
    assert actual["b"] == (
        "wrong_length",
        "'v' holds 2 numbers, expected are 3, as in the input's first record",
    )
    assert actual["c"][0] == actual["d"][0] == "missing_input"
    assert all(reject.source.endswith("t.parquet") for reject in rejects)


def test_words_in_a_vector_are_of_the_wrong_type(tmp_path):
    rows = {"id": IDS, "v": [["x", "y"]] * 3, "age": [1, 2, 3]}
    pq.write_table(pa.table(rows), tmp_path / "t.parquet")
    table, rejects = read_vectors(tmp_path / "t.parquet")
    assert table.num_rows == 0
    assert {reject.reason for reject in rejects} == {"wrong_type"}


def test_the_changed_vector_of_a_pair_is_as_long_as_the_original(tmp_path):
    changed = pa.array([[0.0, 2.0, 3.0], [1.0], [7.0, 8.0, 0.0]])
    rows = {"id": IDS, "v": VECTORS, "counterfactual.v": changed, "age": [1, 2, 3]}
    pq.write_table(pa.table(rows), tmp_path / "p.parquet")
    table, [reject] = read_vectors(tmp_path / "p.parquet", "pairs")
    assert table["counterfactual.v"].to_pylist() == [[0.0, 2.0, 3.0], [7.0, 8.0, 0.0]]
    assert (reject.record, reject.reason) == ("b", "wrong_length")
    assert "1 numbers, expected are 3" in reject.detail
