"""Every format and every kind of bad record, read without Beam."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline.read.files import batches_from_table, check_inputs, read_file, read_table
from fairflip.pipeline.read.formats import read_raw
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError, InputError
from support.record_files import write

LAYOUT = RecordLayout(id="id", texts=("text",), label="label", slices=("gender",), weight="w")

#: Six good records, as each format can hold them.
ROWS = [
    {"id": "a", "text": "one, two", "label": 0.0, "gender": ["female"], "w": 1.0},
    {"id": "b", "text": "line\nbreak", "label": 1.0, "gender": ["male", "female"], "w": 2.0},
    {"id": "c", "text": 'say "hi"', "label": 0.5, "gender": [], "w": 0.5},
    {"id": "d", "text": "größer ünd", "label": 0.75, "gender": ["male"], "w": 0.0},
    {"id": "e", "text": " spaced ", "label": 0.25, "gender": [], "w": 1.5},
    {"id": "f", "text": "日本語", "label": 1.0, "gender": ["transgender"], "w": 3.0},
]


FORMATS = [
    "x.parquet",
    "x.csv",
    "x.jsonl",
    "x.tfrecord",
    "x.csv.gz",
    "x.jsonl.gz",
    "x.tfrecord.gz",
    "x.csv.bz2",
    "x.tfrecord-00000-of-00001",
]


def read_all(path, layout=LAYOUT, batch_size=1024, **kwargs):
    table, rejects = read_table([str(path)], layout, batch_size=batch_size, **kwargs)
    return table, rejects


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_every_format_gives_the_same_table(tmp_path, name, batch_size):
    table, rejects = read_all(write(tmp_path, name, ROWS), batch_size=batch_size)
    assert rejects == []
    assert table.schema == pa.schema(
        {
            "id": pa.string(),
            "text": pa.string(),
            "label": pa.float64(),
            "w": pa.float64(),
            "gender": pa.list_(pa.string()),
        }
    )
    for name in ("id", "text", "gender", "w"):
        assert table[name].to_pylist() == [row[name] for row in ROWS]
    # Positive strictly above the threshold of 0.5.
    assert table["label"].to_pylist() == [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]


@pytest.mark.parametrize("name", ["x.parquet", "x.csv", "x.jsonl", "x.tfrecord"])
def test_label_threshold_filters_and_whole_numbers_as_ids(tmp_path, name):
    rows = [
        {"id": i, "text": f"t{i}", "label": i / 10, "gender": ["x"], "w": 1.0, "split": s}
        for i, s in enumerate(["train", "test"] * 5)
    ]
    layout = RecordLayout(
        id="id", texts=("text",), label="label", label_threshold=0.3, filters=(("split", "test"),)
    )
    path = write(tmp_path, name, rows)
    parts = list(read_file(str(path), check_inputs([str(path)], layout).layout))
    assert sum(part.num_filtered for part in parts) == 5
    assert sum(part.num_records for part in parts) == 5
    table = pa.Table.from_batches([part.batch for part in parts])
    assert table["id"].to_pylist() == ["1", "3", "5", "7", "9"]
    # Also in tf.Example, which holds 0.3 as a float32 above the float64 0.3.
    assert table["label"].to_pylist() == [0.0, 0.0, 1.0, 1.0, 1.0]


def test_csv_dialects(tmp_path):
    layout = RecordLayout(id="id", texts=("text",), label=None, slices=("g",))
    path = tmp_path / "x.csv"
    path.write_bytes(
        b'\xef\xbb\xbfid,text,g\r\n007,x,"[\'a\', \'b\']"\r\n8,NA,[]\r\n9,null,"[""c""]"\r\n10,y,plain\r\n11,z,\r\n'
    )
    table, rejects = read_all(path, layout)
    assert rejects == []
    assert table["id"].to_pylist() == ["007", "8", "9", "10", "11"]
    # "NA" and "null" are texts like any other.
    assert table["text"].to_pylist() == ["x", "NA", "null", "y", "z"]
    assert table["g"].to_pylist() == [["a", "b"], [], ["c"], ["plain"], []]
    path = tmp_path / "x.tsv"
    path.write_bytes(b"id\ttext\tg\na\tone, two\tb\n")
    assert read_all(path, layout)[0]["text"].to_pylist() == ["one, two"]


@pytest.mark.parametrize("name", ["x.parquet", "x.csv", "x.jsonl", "x.tfrecord"])
def test_a_missing_column_names_file_column_and_the_nearest(tmp_path, name):
    path = write(tmp_path, name, ROWS)
    layout = RecordLayout(id="id", texts=("txt",), label=None)
    with pytest.raises(InputError) as caught:
        check_inputs([str(path)], layout)
    text = str(caught.value)
    assert name in text
    assert "'txt'" in text
    assert "did you mean 'text'?" in text
    assert "gender, id, label, text, w" in text


def test_a_later_shard_without_a_column_stops_the_run(tmp_path):
    write(tmp_path, "a.parquet", ROWS)
    write(tmp_path, "b.parquet", [{k: v for k, v in row.items() if k != "w"} for row in ROWS])
    with pytest.raises(InputError, match=r"b\.parquet: no column 'w'"):
        read_all(tmp_path / "*.parquet")


def test_shards_of_different_types_and_formats_give_one_schema(tmp_path):
    layout = RecordLayout(
        kind="pairs", id="id", texts=("text",), label="label", slices=("g",), strings=("term",)
    )
    write(tmp_path, "a.parquet", [{"id": 1, "text": "x", "label": 1, "g": "f", "term": "she"}])
    write(tmp_path, "b.parquet", [{"id": "2", "text": "x", "label": 0.1, "g": ["f", "f"]}])
    write(tmp_path, "c.csv", [{"id": 3, "text": "x", "label": 1, "g": "", "term": "he"}])
    write(tmp_path, "d.tfrecord", [{"id": 4, "text": "x", "label": 1, "g": None, "term": None}])
    table, rejects = read_table(
        [str(tmp_path / "*.parquet"), str(tmp_path / "c.csv"), str(tmp_path / "d.tfrecord")],
        layout,
    )
    assert rejects == []
    assert table["id"].to_pylist() == ["1", "2", "3", "4"]
    assert table["g"].to_pylist() == [["f"], ["f"], [], []]
    assert table["term"].to_pylist() == ["she", None, "he", None]
    assert table["label"].to_pylist() == [1.0, 0.0, 1.0, 1.0]


def test_labels_may_be_absent_only_under_the_default_name(tmp_path):
    path = str(write(tmp_path, "x.parquet", [{"example_id": 1, "comment_text": "x"}]))
    layout = RecordLayout.from_data_spec(config_pb2.DataSpec())
    table, _ = read_table([path], layout)
    assert table.schema.names == ["example_id", "comment_text"]
    named = RecordLayout.from_data_spec(config_pb2.DataSpec(label_feature="toxic"))
    with pytest.raises(InputError, match="'toxic'"):
        read_table([path], named)
    training = RecordLayout.from_data_spec(config_pb2.DataSpec(), label_is_required=True)
    with pytest.raises(InputError, match="'toxicity'"):
        read_table([path], training)


def test_indicator_columns_fold_into_one_feature(tmp_path):
    rule = config_pb2.IndicatorColumns(feature="gender", columns=["male", "female"], threshold=0.5)
    data = config_pb2.DataSpec(indicator_columns=[rule])
    layout = RecordLayout.from_data_spec(data, slices=["gender"])
    path = write(
        tmp_path,
        "x.csv",
        [
            {"example_id": 1, "comment_text": "x", "male": 0.5, "female": 0.49},
            {"example_id": 2, "comment_text": "x", "male": 1.0, "female": 1.0},
            {"example_id": 3, "comment_text": "x", "male": None, "female": 0.0},
        ],
    )
    table, rejects = read_table([str(path)], layout)
    assert rejects == []
    assert table["gender"].to_pylist() == [["male"], ["male", "female"], []]


def test_layout_of_each_kind():
    data = config_pb2.DataSpec(input_features=["comment_text", "length"], weight_feature="w")
    slices = ["gender,race", "counterfactual_group", "gender"]
    examples = RecordLayout.from_data_spec(data, "examples", slices, ["s"])
    assert examples.required == (
        *("example_id", "comment_text", "length", "toxicity", "w", "gender", "race", "s"),
    )
    pairs = RecordLayout.from_data_spec(data, "pairs", slices, ["s"])
    assert set(pairs.required) - set(examples.required) == {
        *("counterfactual.comment_text", "counterfactual.s", "group"),
    }
    both = RecordLayout.from_data_spec(data, "counterfactuals", slices, ["s"])
    assert both.required == ("example_id", "comment_text", "s", "group")
    with pytest.raises(ConfigurationError, match="empty feature"):
        RecordLayout.from_data_spec(data, slices=["gender,"])


def test_numpy_numbers_of_a_frame():
    table = pd.DataFrame(
        {"id": [1.0, np.nan, 3.0], "text": ["a", "b", None], "label": np.array([1, 0, 1])}
    )
    layout = RecordLayout(id="id", texts=("text",), label="label")
    batches, rejects = batches_from_table(table, layout)
    assert batches[0].column("id").to_pylist() == ["1"]
    assert [r.reason for r in rejects] == ["missing_id", "missing_text"]


def test_missing_and_empty_inputs_are_said(tmp_path):
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "what.dat").write_bytes(b"x")
    write(tmp_path, "none.parquet", ROWS[:1])
    for patterns, message in (
        ([str(tmp_path / "nothing.csv")], "does not exist"),
        ([str(tmp_path / "*.nothing")], "matches no file"),
        ([str(tmp_path / "empty.jsonl")], "is empty"),
        (["nowhere://bucket/x.csv"], "cannot be listed"),
    ):
        with pytest.raises(InputError, match=message) as caught:
            check_inputs(patterns, LAYOUT, field="data.examples")
        assert "data.examples" in str(caught.value)
    with pytest.raises(ConfigurationError, match=r"--format \(data\.format\)"):
        check_inputs([str(tmp_path / "what.dat")], LAYOUT)
    with pytest.raises(ConfigurationError, match="'xml'"):
        check_inputs([str(tmp_path / "what.dat")], LAYOUT, "xml")


@pytest.mark.system
def test_checking_is_quick_and_imports_neither_beam_nor_tensorflow(tmp_path):
    path = write(tmp_path, "x.tfrecord", ROWS)
    code = (
        "import sys, time\n"
        "from fairflip.pipeline.read.files import check_inputs\n"
        "from fairflip.pipeline.read.layout import RecordLayout\n"
        "from fairflip.protos.errors import InputError\n"
        "try:\n"
        f"    check_inputs([{str(path)!r}], RecordLayout(texts=('missing',)))\n"
        "except InputError:\n"
        "    print('tensorflow' in sys.modules, 'apache_beam' in sys.modules, time.process_time())\n"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert time.monotonic() - started < 60
    tensorflow, beam, seconds = done.stdout.split()
    assert (tensorflow, beam) == ("False", "False")
    assert float(seconds) < 3


def test_real_data_is_read_whole(real_data):
    layout = RecordLayout(
        id="id",
        texts=("comment_text",),
        label="label",
        slices=("gender", "religion"),
        filters=(("split", "test"),),
    )
    path = str(real_data / "davidson_tweets.parquet")
    table, rejects = read_table([path], layout)
    expected = pq.read_table(path).to_pandas().query("split == 'test'")
    assert table.num_rows + len(rejects) == len(expected)
    assert table["label"].to_numpy().sum() == expected["label"].sum()
    assert [list(x) for x in expected["gender"]] == table["gender"].to_pylist()


def test_csv_lines_that_are_neither_utf8_nor_complete_are_not_lost(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b"id,text\na,x\nb,\xff\xfe\nc,\xff,y\n\xc3\nd,x\xc3\n\xe2\x82,x\ne,y\n")
    layout = RecordLayout(id="id", texts=("text",), label=None)
    table, rejects = read_all(path, layout)
    assert table["id"].to_pylist() == ["a", "e"]
    assert [(r.record, r.reason) for r in rejects] == [
        ("record 3", "wrong_number_of_fields"),
        ("record 4", "wrong_number_of_fields"),
        ("b", "invalid_utf8"),
        ("d", "invalid_utf8"),
        ("record 6", "invalid_utf8"),
    ]


@pytest.mark.parametrize("kind", ["list", "struct", "plain"])
def test_parquet_columns_of_any_kind_with_bytes_that_are_no_text(tmp_path, kind):
    """Parquet does not check that its strings are UTF-8; found by fuzzing."""
    values = pa.array([b"a", b"\x80", b"a"])
    broken = pa.Array.from_buffers(pa.string(), 3, values.buffers())
    column = {
        "list": lambda: pa.ListArray.from_arrays(pa.array([0, 1, 2, 3], pa.int32()), broken),
        "struct": lambda: pa.StructArray.from_arrays([broken], ["x"]),
        "plain": lambda: broken,
    }[kind]()
    table = pa.table({"id": ["1", "2", "3"], "text": ["x", "x", "x"], "g": column})
    path = tmp_path / "x.parquet"
    pq.write_table(table, path)
    layout = RecordLayout(id="id", texts=("text",), label=None, slices=("g",))
    good, rejects = read_table([str(path)], layout)
    assert good.num_rows + len(rejects) == 3
    assert {r.reason for r in rejects} == ({"wrong_type"} if kind == "struct" else {"invalid_utf8"})
    assert "2" in {r.record for r in rejects}
    for record in rejects:
        assert json.loads(record.to_json())["content"]["id"] == record.record


def test_a_row_group_is_not_held_whole(tmp_path):
    rows, characters = 60_000, 500
    letters = np.random.default_rng(0).integers(97, 123, (rows, characters), np.uint8)
    texts = pa.array(letters.view(f"S{characters}").ravel(), pa.binary()).cast(pa.string())
    ids = pa.array([str(i) for i in range(rows)])
    path = str(tmp_path / "one.parquet")
    pq.write_table(
        pa.table({"example_id": ids, "comment_text": texts}),
        path,
        row_group_size=rows,
        use_dictionary=False,
    )
    del letters, texts
    data = config_pb2.DataSpec(label_feature="example_id")
    layout = RecordLayout.from_data_spec(data, "examples")
    before, most, number = pa.total_allocated_bytes(), 0, 0
    for batch in read_raw(path, "parquet", layout, 1_000):
        most = max(most, pa.total_allocated_bytes() - before)
        number += batch.batch.num_rows
        del batch
    assert number == rows
    assert most < rows * characters / 3
