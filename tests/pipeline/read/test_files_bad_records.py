"""A bad record leaves with its reason and the rest goes on; a file that nobody can read stops the run."""

from __future__ import annotations

import gzip
import json

import pandas as pd
import pyarrow as pa
import pytest

from fairflip.pipeline.read.files import batches_from_table, read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.errors import InputError
from support.record_files import frame_records, to_examples, write

LAYOUT = RecordLayout(id="id", texts=("text",), label="label", slices=("gender",), weight="w")


def read_all(path, layout=LAYOUT, batch_size=1024, **kwargs):
    table, rejects = read_table([str(path)], layout, batch_size=batch_size, **kwargs)
    return table, rejects


GOOD = {"id": "ok", "text": "fine", "label": 1.0, "gender": ["female"], "w": 1.0}


#: kind: (what to change in a good record, the reason, formats that can hold it)
BAD = {
    "null id": ({"id": None}, "missing_id", {"parquet", "jsonl", "tfrecord"}),
    "empty id": ({"id": ""}, "empty_id", {"parquet", "csv", "jsonl", "tfrecord"}),
    "blank id": ({"id": "  "}, "empty_id", {"parquet", "csv", "jsonl", "tfrecord"}),
    "null text": ({"text": None}, "missing_text", {"parquet", "jsonl", "tfrecord"}),
    "empty text": ({"text": ""}, "empty_text", {"parquet", "csv", "jsonl", "tfrecord"}),
    "blank text": ({"text": " \n\t"}, "empty_text", {"parquet", "csv", "jsonl", "tfrecord"}),
    "long text": ({"text": "x" * 200}, "text_too_long", {"parquet", "csv", "jsonl", "tfrecord"}),
    "null label": ({"label": None}, "missing_label", {"parquet", "csv", "jsonl", "tfrecord"}),
    "NaN label": (
        {"label": float("nan")},
        "missing_label",
        {"parquet", "csv", "jsonl", "tfrecord"},
    ),
    "infinite label": (
        {"label": float("inf")},
        "label_out_of_range",
        {"parquet", "csv", "jsonl", "tfrecord"},
    ),
    "negative label": (
        {"label": -1.0},
        "label_out_of_range",
        {"parquet", "csv", "jsonl", "tfrecord"},
    ),
    "class label": ({"label": 3.0}, "label_out_of_range", {"parquet", "csv", "jsonl", "tfrecord"}),
    "word label": ({"label": "toxic"}, "label_not_numeric", {"csv", "jsonl", "tfrecord"}),
    "negative weight": ({"w": -0.5}, "bad_weight", {"parquet", "csv", "jsonl", "tfrecord"}),
    "NaN weight": ({"w": float("nan")}, "bad_weight", {"parquet", "csv", "jsonl", "tfrecord"}),
    "null weight": ({"w": None}, "bad_weight", {"parquet", "csv", "jsonl", "tfrecord"}),
    "number as text": ({"text": 7}, "wrong_type", {"jsonl", "tfrecord"}),
    "object as text": ({"text": {"a": 1}}, "wrong_type", {"jsonl"}),
    "object as id": ({"id": {"a": 1}}, "wrong_type", {"jsonl"}),
    "fraction as id": ({"id": 1.5}, "wrong_type", {"jsonl", "tfrecord"}),
    "truth value as id": ({"id": True}, "wrong_type", {"jsonl"}),
    "two texts": ({"text": ["a", "b"]}, "several_values", {"jsonl", "tfrecord"}),
    "two labels": ({"label": [0.0, 1.0]}, "several_values", {"jsonl", "tfrecord"}),
    "object as slice": ({"gender": [{"a": 1}]}, "wrong_type", {"jsonl"}),
    "bytes that are no text": ({"text": b"\xff\xfe"}, "invalid_utf8", {"tfrecord", "parquet"}),
    "bytes that are no slice": ({"gender": [b"\xff"]}, "invalid_utf8", {"tfrecord"}),
    "half a surrogate": ({"text": "\ud800"}, "invalid_utf8", {"jsonl"}),
    "doubled id": ({"id": "ok0"}, "duplicate_id", {"parquet", "csv", "jsonl", "tfrecord"}),
}


CASES = [
    pytest.param(change, reason, file_format, id=f"{kind} in {file_format}")
    for kind, (change, reason, formats) in BAD.items()
    for file_format in sorted(formats)
]


@pytest.mark.parametrize(("change", "reason", "file_format"), CASES)
def test_a_bad_record_leaves_with_its_reason_and_the_rest_goes_on(
    tmp_path, change, reason, file_format
):
    rows = [{**GOOD, "id": f"ok{i}"} for i in range(5)]
    rows[3] = {**rows[3], **change}
    if file_format == "parquet" and any(isinstance(v, bytes) for v in change.values()):
        [name] = change
        for row in rows:
            value = row[name]
            row[name] = value if isinstance(value, bytes) else value.encode()
    path = write(tmp_path, f"x.{file_format}", rows)
    layout = RecordLayout(
        id="id", texts=("text",), label="label", slices=("gender",), weight="w", max_text_bytes=100
    )
    table, rejects = read_all(path, layout)
    assert [record.reason for record in rejects] == [reason]
    assert table["id"].to_pylist() == ["ok0", "ok1", "ok2", "ok4"]
    assert table.num_rows + len(rejects) == len(rows)
    [record] = rejects
    assert record.stage == "read"
    assert record.source == str(path)
    # An ID names the record, else its position (JSON Lines: the line).
    known = rows[3]["id"]
    if isinstance(known, str) and known.strip() and change.get("text") != "\ud800":
        assert record.record == known
    else:
        assert record.record == "record 4"
    [column] = change
    assert repr(column) in record.detail or reason == "invalid_utf8"
    assert "fine" not in record.detail
    assert json.loads(record.to_json())["reason"] == reason
    assert "content" not in json.loads(record.to_json(no_text=True))


def test_lines_and_records_that_cannot_be_decoded_are_told_by_position(tmp_path):
    lines = [
        json.dumps({"id": "a", "text": "x"}).encode(),
        b'{"id": "b", "text": ',
        b"[1, 2]",
        b"",
        b'{"id": "c", "text": "\xff"}',
        b"[" * 100_000,
        json.dumps({"id": "d", "text": "x"}).encode(),
    ]
    path = tmp_path / "x.jsonl"
    path.write_bytes(b"\r\n".join(lines))
    layout = RecordLayout(id="id", texts=("text",), label=None)
    table, rejects = read_all(path, layout)
    assert table["id"].to_pylist() == ["a", "d"]
    assert [(r.record, r.reason) for r in rejects] == [
        ("record 2", "not_json"),
        ("record 3", "not_an_object"),
        ("record 5", "invalid_utf8"),
        ("record 6", "not_json"),
    ]

    good = to_examples([{"id": name, "text": "x"} for name in "abcdefg"])
    good[2] = b"\xff\xffgarbage"
    good[6] = b"\x0a\xff"
    path = tmp_path / "x.tfrecord"
    path.write_bytes(frame_records(good))
    for batch_size in (2, 100):
        table, rejects = read_all(path, layout, batch_size)
        assert table["id"].to_pylist() == list("abdef")
        assert [(r.record, r.reason) for r in rejects] == [
            ("record 3", "not_an_example"),
            ("record 7", "not_an_example"),
        ]


def test_csv_records_with_too_few_or_too_many_fields(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(b'id,text\na,"multi\nline"\nb,one,two\nc\nd,"x"\n,y\n')
    layout = RecordLayout(id="id", texts=("text",), label=None)
    table, rejects = read_all(path, layout)
    assert table["id"].to_pylist() == ["a", "d"]
    assert [(r.record, r.reason) for r in rejects] == [
        ("record 2", "wrong_number_of_fields"),
        ("record 3", "wrong_number_of_fields"),
        ("record 5", "empty_id"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.csv", b"", "empty"),
        ("x.csv", b"\n\n", "empty"),
        ("x.csv", b"id,text,text\n1,2,3\n", "twice"),
        ("x.csv", b'id,text\n1,"never closed\n2,b\n', "never closed"),
        ("x.csv", b'id,text\n1,"' + b"x" * (9 << 20) + b'"\n', "longer than"),
        ("x.parquet", b"PAR1 no parquet at all PAR1", "cannot be read"),
        ("x.parquet", b"", "empty"),
        ("x.tfrecord", b"short", "middle of record 1"),
        ("x.tfrecord", b"\0" * 64, "corrupt"),
        ("x.tfrecord", gzip.compress(b"x" * 100, mtime=0), r"\.gz"),
        ("x.tfrecord.gz", b"not compressed at all", "cannot be read"),
        (
            "x.jsonl.gz",
            gzip.compress(b'{"id": 1, "text": "x"}\n' * 900, mtime=0)[:-30],
            "cannot be read",
        ),
        ("x.jsonl", b"no json\n", "cannot be read as jsonl"),
    ],
)
def test_files_that_nobody_can_read_stop_the_run_and_are_named(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    layout = RecordLayout(id="id", texts=("text",), label=None)
    with pytest.raises(InputError, match=message) as caught:
        read_all(path, layout)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_truncated_or_altered_tfrecord_is_never_read_as_if_whole(tmp_path):
    layout = RecordLayout(id="id", texts=("text",), label=None)
    data = frame_records(to_examples([{"id": str(i), "text": "x"} for i in range(50)]))
    path = tmp_path / "x.tfrecord"
    for cut in (1, 5, 11, 13, 200, len(data) - 1):
        path.write_bytes(data[:cut])
        with pytest.raises(InputError, match=r"x\.tfrecord"):
            read_all(path, layout)
        altered = bytearray(data)
        altered[cut] ^= 1
        path.write_bytes(bytes(altered))
        with pytest.raises(InputError, match="corrupt"):
            read_all(path, layout)


@pytest.mark.parametrize("as_frame", [True, False])
def test_a_table_in_memory_is_judged_like_a_file(as_frame):
    rows = [{**GOOD, "id": f"ok{i}", "junk": object()} for i in range(5)]
    rows[1]["text"] = ""
    rows[2]["label"] = None
    rows[4]["id"] = "ok0"
    table = pd.DataFrame(rows)
    if not as_frame:
        table = pa.Table.from_pandas(table.drop(columns="junk"))
    batches, rejects = batches_from_table(table, LAYOUT, batch_size=2)
    assert [batch.num_rows for batch in batches] == [2]
    assert sorted(r.reason for r in rejects) == ["duplicate_id", "empty_text", "missing_label"]
    assert {r.source for r in rejects} == {"table"}
    names = ["ww" if name == "w" else name for name in rows[0]]
    renamed = table.set_axis(names, axis=1) if as_frame else table.rename_columns(names[:-1])
    with pytest.raises(InputError, match="did you mean"):
        batches_from_table(renamed, LAYOUT)
    with pytest.raises(InputError, match="DataFrame"):
        batches_from_table([1, 2], LAYOUT)
