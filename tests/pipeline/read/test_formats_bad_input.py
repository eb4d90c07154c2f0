"""Every kind of bad input in every format: what docs/reliability.md says happens, happens.

Each test is one row of the page's table, over all four formats. Records that stay and records
left out add up to what the file holds, each time.
"""

from __future__ import annotations

import math
import pathlib

import pytest

from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.pipeline.score.checks import check_scores
from fairflip.pipeline.score.sides import copy_scores
from fairflip.protos.errors import InputError
from support.record_files import write

LAYOUT = RecordLayout(
    id="id", texts=("text",), label="label", slices=("gender",), numbers=("s",), max_text_bytes=100
)
NUM_ROWS = 5
formats = pytest.mark.parametrize("file_format", ["tfrecord", "parquet", "csv", "jsonl"])


def good_rows(prefix: str = "ok") -> list[dict]:
    return [
        {"id": f"{prefix}{i}", "text": "fine", "label": 1.0, "gender": ["a"], "s": 0.5}
        for i in range(NUM_ROWS)
    ]


def read_with(tmp_path: pathlib.Path, file_format: str, change: dict):
    """Reads five records, of which the fourth is changed: what stays, and what does not."""
    rows = good_rows()
    rows[3] = {**rows[3], **change}
    path = write(tmp_path, f"x.{file_format}", rows)
    table, rejects = read_table([str(path)], LAYOUT)
    assert table.num_rows + len(rejects) == NUM_ROWS
    for record in rejects:
        assert record.source == str(path)
        assert record.record
        assert record.detail
    return table, rejects


@formats
def test_wrong_types(tmp_path, file_format):
    if file_format in {"parquet", "tfrecord"}:  # one type a column: all five are wrong
        rows = [{**row, "label": "perhaps"} for row in good_rows()]
        path = write(tmp_path, f"x.{file_format}", rows)
        with pytest.raises(InputError, match=r"'label' holds 'perhaps'.*--positive_label"):
            read_table([str(path)], LAYOUT)
        return
    _, rejects = read_with(tmp_path, file_format, {"label": "perhaps"})
    assert [r.reason for r in rejects] == ["label_not_numeric"]


@formats
def test_missing_features(tmp_path, file_format):
    # In one record ...
    _, rejects = read_with(tmp_path, file_format, {"label": None})
    assert [(r.record, r.reason) for r in rejects] == [("ok3", "missing_label")]
    # ... and in all of them.
    rows = [{k: v for k, v in row.items() if k != "text"} for row in good_rows()]
    path = write(tmp_path, f"y.{file_format}", rows)
    with pytest.raises(InputError, match=rf"y\.{file_format}: no column 'text'"):
        read_table([str(path)], LAYOUT)


@formats
@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (math.nan, "score_not_a_number"),
        (math.inf, "score_out_of_range"),
        (-math.inf, "score_out_of_range"),
        (1.5, "score_out_of_range"),
        (-0.25, "score_out_of_range"),
        (None, "score_missing"),
    ],
)
def test_scores_that_are_none(tmp_path, file_format, score, reason):
    given = score
    if file_format == "csv" and score is not None:
        given = str(score)  # pandas would write NaN as an empty field
    table, rejects = read_with(tmp_path, file_format, {"s": given})
    assert rejects == [], "a score is judged when it is a score, and not when it is read"
    batch = table.combine_chunks().to_batches()[0]
    checked = check_scores(copy_scores(batch, "m", "s"), {"m": "probability"}, "id")
    rejects = checked.rejects
    assert checked.good.num_rows + len(rejects) == NUM_ROWS
    [record] = rejects
    assert (record.record, record.reason) == ("ok3", reason)
    assert "'m'" in record.detail


@formats
@pytest.mark.parametrize("text", ["", " \t"])
def test_empty_texts(tmp_path, file_format, text):
    _, rejects = read_with(tmp_path, file_format, {"text": text})
    assert [(r.record, r.reason) for r in rejects] == [("ok3", "empty_text")]


@formats
def test_invalid_utf8(tmp_path, file_format):
    rows = good_rows()
    rows[3]["text"] = "SPOILT"
    if file_format == "parquet":
        for row in rows:
            row["text"] = row["text"].encode()
        rows[3]["text"] = b"\xff\xfe"
    path = write(tmp_path, f"x.{file_format}", rows)
    if file_format in {"csv", "jsonl"}:
        path.write_bytes(path.read_bytes().replace(b"SPOILT", b"\xff\xfe"))
    elif file_format == "tfrecord":
        rows[3]["text"] = b"\xff\xfe"
        path = write(tmp_path, f"x.{file_format}", rows)
    table, rejects = read_table([str(path)], LAYOUT)
    assert table.num_rows == NUM_ROWS - 1
    assert [r.reason for r in rejects] == ["invalid_utf8"]
    assert rejects[0].record in {"ok3", "record 4"}


@formats
def test_gigantic_records(tmp_path, file_format):
    _, rejects = read_with(tmp_path, file_format, {"text": "x" * 1_000_000})
    assert [(r.record, r.reason) for r in rejects] == [("ok3", "text_too_long")]


@formats
def test_duplicate_ids(tmp_path, file_format):
    table, rejects = read_with(tmp_path, file_format, {"id": "ok0"})
    assert [(r.record, r.reason) for r in rejects] == [("ok0", "duplicate_id")]
    assert table["id"].to_pylist() == ["ok0", "ok1", "ok2", "ok4"], "the first one stays"


@formats
@pytest.mark.parametrize("id", ["", "  "])
def test_empty_ids(tmp_path, file_format, id):
    _, rejects = read_with(tmp_path, file_format, {"id": id})
    assert [(r.record, r.reason) for r in rejects] == [("record 4", "empty_id")]


@formats
def test_mixed_schemas_over_shards(tmp_path, file_format):
    write(tmp_path, f"a.{file_format}", good_rows("a"))
    rows = [{**row, "id": i, "label": 1} for i, row in enumerate(good_rows("b"))]
    write(tmp_path, f"b.{file_format}", rows)
    # Another type of the same column is the same value, ...
    table, rejects = read_table([str(tmp_path / f"*.{file_format}")], LAYOUT)
    assert rejects == []
    assert table["id"].to_pylist() == [f"a{i}" for i in range(5)] + [str(i) for i in range(5)]
    assert set(table["label"].to_pylist()) == {1.0}
    # ... and a shard without the column stops the run by name.
    rows = [{k: v for k, v in row.items() if k != "label"} for row in good_rows("c")]
    write(tmp_path, f"c.{file_format}", rows)
    with pytest.raises(InputError, match=rf"c\.{file_format}: no column 'label'"):
        read_table([str(tmp_path / f"*.{file_format}")], LAYOUT)


@formats
def test_zero_rows(tmp_path, file_format):
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = tmp_path / f"empty.{file_format}"
    if file_format == "parquet":
        table = pa.Table.from_pylist(good_rows())
        pq.write_table(table.slice(0, 0), path)
    elif file_format == "csv":
        path.write_text("id,text,label,gender,s\n")
    else:
        path.write_bytes(b"")
    with pytest.raises(InputError, match=rf"empty\.{file_format}.*(is empty|holds no records)"):
        read_table([str(path)], LAYOUT)
    # Beside a shard with records it is no fault.
    write(tmp_path, f"full.{file_format}", good_rows())
    table, rejects = read_table([str(tmp_path / f"*.{file_format}")], LAYOUT)
    assert (table.num_rows, rejects) == (NUM_ROWS, [])


@formats
def test_corrupt_files(tmp_path, file_format):
    path = write(tmp_path, f"x.{file_format}", good_rows())
    whole = path.read_bytes()
    if file_format == "csv":
        path.write_bytes(whole + b'ok9,"never closed,1,a,0.5\n')
    elif file_format == "jsonl":
        path.write_bytes(whole[:-20])
        # What is left of the last line is a bad record; the others are whole.
        table, rejects = read_table([str(path)], LAYOUT)
        assert table.num_rows == NUM_ROWS - 1
        assert [r.reason for r in rejects] == ["not_json"]
        path.write_bytes(bytes(range(128, 256)) * 20)
    else:
        path.write_bytes(whole[:-20])
    with pytest.raises(InputError, match=rf"x\.{file_format}"):
        read_table([str(path)], LAYOUT)


@formats
def test_compressed_files(tmp_path, file_format):
    if file_format == "parquet":  # it compresses inside: any codec
        import pyarrow as pa
        import pyarrow.parquet as pq

        for codec in ("gzip", "zstd", "brotli", "snappy", "lz4"):
            path = tmp_path / "x.parquet"
            pq.write_table(pa.Table.from_pylist(good_rows()), path, compression=codec)
            assert read_table([str(path)], LAYOUT)[0].num_rows == NUM_ROWS
        return
    for ending in ("gz", "bz2"):
        path = write(tmp_path, f"x.{file_format}.{ending}", good_rows())
        assert read_table([str(path)], LAYOUT)[0].num_rows == NUM_ROWS
    # Cut off, or compressed without saying so: refused by name.
    content = write(tmp_path, f"x.{file_format}.gz", good_rows()).read_bytes()
    for name, data in ((f"cut.{file_format}.gz", content[:-9]), (f"plain.{file_format}", content)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match=name.replace(".", r"\.")):
            read_table([str(tmp_path / name)], LAYOUT)
