"""The data's columns keep their meaning, whatever they are called."""

from __future__ import annotations

import datetime
import decimal
import uuid

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.pair.admit import admit_tables
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.read.files import check_inputs, read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos import columns
from fairflip.protos.config_pb2 import DataSpec
from fairflip.protos.errors import InputError
from support.record_files import write

NAMES = ["counterfactual_id", "term", "replacement", "group", "category", "span", "validity"]
PAIRS = [
    {"example_id": f"e{n}", "comment_text": "she", "counterfactual.comment_text": "he"}
    for n in range(4)
]


def layout_of(slices=(), **mapped) -> RecordLayout:
    data = DataSpec()
    for name, column in mapped.items():
        data.pair_columns.add(name=name, column=column)
    return RecordLayout.from_data_spec(data, "pairs", slices)


def read(path, slices=(), **mapped):
    return read_table([str(path)], layout_of(slices, **mapped))[0]


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet", "tfrecord"])
@pytest.mark.parametrize("name", NAMES)
def test_a_slicing_feature_is_the_datas_own_column(tmp_path, file_format, name):
    rows = [{**row, name: f"v{n % 2}"} for n, row in enumerate(PAIRS)]
    table = read(write(tmp_path, f"x.{file_format}", rows), [name])
    assert table[f"original.{name}"].to_pylist() == [["v0"], ["v1"], ["v0"], ["v1"]]
    assert columns.slicing(name) == f"original.{name}"
    pairs = admit_tables(table, PairColumns()).pairs
    assert pairs[f"original.{name}"].to_pylist() == [["v0"], ["v1"], ["v0"], ["v1"]]
    assert name not in pairs.column_names or not any(pairs[name].to_pylist())


def test_in_files_that_fairflip_wrote_its_columns_are_its_own(tmp_path):
    rows = [{**row, "group": ["male", "female"], "original.group": ["x"]} for row in PAIRS]
    table = pa.Table.from_pylist(rows).replace_schema_metadata({columns.PAIRS_MARK: b"1"})
    pq.write_table(table, tmp_path / "x.parquet")
    actual = read(tmp_path / "x.parquet", ["group", "counterfactual_group"])
    assert actual["group"].to_pylist() == [["male", "female"]] * 4
    assert actual["original.group"].to_pylist() == [["x"]] * 4
    pq.write_table(table.drop_columns(["original.group"]), tmp_path / "x.parquet")
    with pytest.raises(InputError, match=r"no column 'group' of the data's own.*counterfactual_g"):
        read(tmp_path / "x.parquet", ["group"])


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet", "tfrecord"])
@pytest.mark.parametrize("name", ["term", "replacement", "group", "category"])
def test_columns_of_another_type_are_not_taken_for_ours(tmp_path, file_format, name):
    rows = [{**row, name: n} for n, row in enumerate(PAIRS)]
    path = write(tmp_path, f"x.{file_format}", rows)
    with pytest.raises(InputError, match=rf"the column '{name}' does not hold text.*{name}=COLUMN"):
        read(path)
    table = read(path, **{name: ""})
    assert name not in table.column_names
    rows = [{**row, "changed": "he"} for row in rows]
    table = read(write(tmp_path, f"y.{file_format}", rows), **{name: "changed"})
    assert table[name].to_pylist() == [["he"]] * 4


def test_truth_values_of_another_meaning_are_refused(tmp_path):
    rows = [{**row, "flip_is_legitimate": "mostly"} for row in PAIRS]
    with pytest.raises(InputError, match=r"does not hold truth values.*--pair_column flip_is_leg"):
        read(write(tmp_path, "x.csv", rows))


def test_columns_of_the_documented_types_are_ours(tmp_path):
    rows = [
        {**row, "term": "she", "group": ["female"], "flip_is_legitimate": True} for row in PAIRS
    ]
    table = read(write(tmp_path, "x.jsonl", rows), ["counterfactual_group"])
    assert table["group"].to_pylist() == [["female"]] * 4
    assert table["flip_is_legitimate"].to_pylist() == [True] * 4
    assert check_inputs([str(tmp_path / "x.jsonl")], layout_of()).layout.sources == ()


def test_days_times_and_decimals_slice(tmp_path):
    values = {
        "day": ([datetime.datetime(2020, 1, n + 1) for n in range(4)], "2020-01-02"),
        "date": ([datetime.date(2020, 1, n + 1) for n in range(4)], "2020-01-02"),
        "moment": ([datetime.datetime(2020, 1, n + 1, 8, 30) for n in range(4)], "2020-01-02 08:30:00"),
        "price": ([decimal.Decimal("1.50") + n for n in range(4)], "2.5"),
    }  # fmt: skip
    table = pa.Table.from_pylist(PAIRS)
    for name, (column, _) in values.items():
        table = table.append_column(name, pa.array(column))
    pq.write_table(table, tmp_path / "x.parquet")
    actual = read(tmp_path / "x.parquet", list(values))
    for name, (_, second) in values.items():
        assert actual[name].to_pylist()[1] == [second]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(16)])
def test_ids_of_sixteen_bytes_are_their_digits(tmp_path, kind):
    ids = [uuid.UUID(int=(0xC3 << 120) + n).bytes for n in range(4)]
    table = pa.Table.from_pylist(PAIRS).set_column(0, "example_id", pa.array(ids, kind))
    pq.write_table(table, tmp_path / "x.parquet")
    actual = read(tmp_path / "x.parquet")
    assert actual["example_id"].to_pylist() == ["0x" + each.hex() for each in ids]


@pytest.mark.parametrize(
    "name",
    [
        *("data_tfrecord-00000-of-00001.gz", "data_tfrecord-00000-of-00001"),
        *("a.tfrecord-00000-of-00004", "x_parquet-00000-of-00002", "x_csv-00000-of-00002.gz"),
    ],
)
def test_sharded_names_tell_their_format(name):
    from fairflip.pipeline.read.formats import format_of

    assert format_of(name) in name


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet", "tfrecord"])
def test_the_second_text_may_stand_in_a_column_of_any_name(tmp_path, file_format):
    rows = [{"example_id": f"e{n}", "worse": f"she {n}", "better": f"he {n}"} for n in range(3)]
    path = write(tmp_path, f"x.{file_format}", rows)
    data = DataSpec(text_feature="worse", counterfactual_feature="better")
    actual = read_table([str(path)], RecordLayout.from_data_spec(data, "pairs"))[0]
    assert actual["worse"].to_pylist() == ["she 0", "she 1", "she 2"]
    assert actual["counterfactual.worse"].to_pylist() == ["he 0", "he 1", "he 2"]
    assert "better" not in actual.column_names
    actual = read_table([str(path)], RecordLayout.from_data_spec(data, "counterfactuals"))[0]
    assert actual["worse"].to_pylist() == ["he 0", "he 1", "he 2"]
    data.counterfactual_feature = ""
    with pytest.raises(InputError, match=r"counterfactual\.worse.*--counterfactual_feature"):
        read_table([str(path)], RecordLayout.from_data_spec(data, "pairs"))
