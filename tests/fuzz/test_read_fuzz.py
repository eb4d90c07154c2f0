"""Readers against random records and random bytes: a message or an account, never a crash."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.read.files import batches_from_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.errors import UserError
from support.fuzz.fuzz_settings import fuzz
from support.fuzz.fuzz_targets import frame_records, to_examples
from support.fuzz.read_account import MAX_TEXT_BYTES, account, check_records, refused

LAYOUT = RecordLayout(
    id="id", texts=("t",), label="l", weight="w", slices=("g",), max_text_bytes=MAX_TEXT_BYTES
)

FLOATS = st.floats() | st.sampled_from([0.0, 1.0, 0.5])
TEXT = st.text(max_size=60) | st.sampled_from(["", " ", "x", "[", "['a']", "\0", '"', "nan"])
SCALARS = st.none() | st.booleans() | st.integers() | FLOATS | TEXT
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
ROWS = st.lists(
    st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "t", "l", "w", "g", "z"), JSON)),
    max_size=12,
)


@fuzz
@given(ROWS)
def test_json_lines_of_any_values(rows):
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    account(lines.encode(), "x.jsonl", len(rows), LAYOUT)


@fuzz
@given(st.lists(st.binary(max_size=80) | TEXT.map(str.encode), max_size=12), st.booleans())
def test_json_lines_of_any_bytes(lines, compress):
    good = b'{"id": 1, "t": "x", "l": 1, "w": 1, "g": "a"}'
    content = b"\n".join([good, *lines])
    num_records = sum(bool(line.strip()) for line in content.split(b"\n"))
    if compress:
        account(gzip.compress(content), "x.jsonl.gz", num_records, LAYOUT)
    else:
        account(content, "x.jsonl", num_records, LAYOUT)


CELLS = TEXT | SCALARS.map(str) | st.sampled_from(["0", "1", "0.7", "a", "['f', 'g']"])


@fuzz
@given(st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS, CELLS), max_size=12))
def test_csv_of_any_cells(rows):
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "t", "l", "w", "g"])
    writer.writerows(rows)
    account(file.getvalue().encode("utf-8", "surrogatepass"), "x.csv", len(rows), LAYOUT)


@fuzz
@given(st.lists(st.binary(max_size=60) | TEXT.map(str.encode), max_size=8))
def test_csv_of_any_bytes(lines):
    account(b"id,t,l,w,g\n1,x,1,1,a\n" + b"\n".join(lines), "x.csv", None, LAYOUT)


FEATURE = (
    st.lists(st.binary(max_size=60), min_size=1, max_size=3)
    | st.lists(TEXT, min_size=1, max_size=2)
    | st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=3)
    | st.lists(st.floats(width=32), min_size=1, max_size=3)
    | st.none()
)


@fuzz
@given(
    st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "t", "l", "w", "g"), FEATURE)),
        max_size=10,
    ),
    st.lists(st.binary(max_size=40), max_size=3),
)
def test_tfrecords_of_any_features_and_any_content(rows, contents):
    rows = [{"z": [1], **row} for row in rows]
    records = to_examples([{**row} for row in rows]) + contents
    account(frame_records(records), "x.tfrecord", len(records), LAYOUT)


@fuzz
@given(st.binary(max_size=300), st.integers(0, 10_000), st.binary(min_size=1, max_size=3))
def test_damaged_tfrecord_and_parquet_files(tail, position, damage):
    rows = [{"id": str(i), "t": "x", "l": 1.0, "w": 1.0, "g": ["a"]} for i in range(6)]
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    for content, name in (
        (frame_records(to_examples(rows)), "x.tfrecord"),
        (sink.getvalue(), "x.parquet"),
    ):
        position %= len(content)
        account(content[:position] + damage + content[position + len(damage) :], name, None, LAYOUT)
        account(content[:position], name, None, LAYOUT)
        account(tail, name, None, LAYOUT)


COLUMN = st.sampled_from(
    [
        pa.array([1, None, 3]),
        pa.array([1.0, float("nan"), 0.5]),
        pa.array(["x", "", None]),
        pa.array([b"x", b"\xff", None]),
        pa.array(["a", "b", "a"]).dictionary_encode(),
        pa.array([["a", "a"], [], None]),
        pa.array([[1.0], [2.0, None], []], pa.large_list(pa.float64())),
        pa.array([[1, 2], [3, 4], None], pa.list_(pa.int64(), 2)),
        pa.array([True, False, None]),
        pa.array([{"a": 1}, None, {"a": 2}]),
        pa.nulls(3),
        pa.array([2**63, 1, 0], pa.uint64()),
        pa.array(["1", "0", "x"], pa.large_string()),
        pa.array(["1", "0.5", "y"], pa.string_view()),
        pa.array([0, 1, 2], pa.timestamp("s")),
        pa.array([b"12", b"\xff\xff", b"34"], pa.binary(2)),
        pa.array([1, 2, 3], pa.int8()),
        pa.array([1.5, 0.25, None], pa.float16()),
    ]
)


@fuzz
@given(st.fixed_dictionaries(dict.fromkeys(("id", "t", "l", "w", "g"), COLUMN)))
def test_tables_of_any_types(columns):
    table = pa.table(columns)
    refusal = None
    try:
        batches, rejects = batches_from_table(table, LAYOUT, batch_size=2)
    except UserError as error:
        refusal = error
    if refusal is not None:
        # Labels of which none is a number or a truth value, or two that are no labels.
        refused(refusal, "table: data.label_feature 'l' holds ")
        return
    if batches:
        check_records(pa.Table.from_batches(batches), rejects)
    assert sum(batch.num_rows for batch in batches) + len(rejects) == 3
    assert len({batch.schema for batch in batches}) <= 1
