"""Labels in every spelling: numbers, truth values, codes of two numbers, words."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.pipeline.read.files import batches_from_table, check_inputs, read_table
from fairflip.pipeline.read.labels import label_name
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.errors import InputError
from support.record_files import write

LAYOUT = RecordLayout(id="id", texts=("text",), label="label")
FORMATS = ("csv", "jsonl", "parquet", "tfrecord", "table")


def rows_of(labels) -> list[dict]:
    return [{"id": f"e{n}", "text": f"t {n}", "label": label} for n, label in enumerate(labels)]


def read(folder, file_format: str, labels, **settings):
    """Label by ID, and the reasons of those left out."""
    layout = RecordLayout(id="id", texts=("text",), label="label", **settings)
    if file_format == "table":
        batches, rejects = batches_from_table(pa.Table.from_pylist(rows_of(labels)), layout)
        table = pa.Table.from_batches(batches)
    else:
        path = write(folder, f"x.{file_format}", rows_of(labels))
        table, rejects = read_table([str(path)], layout)
    actual = dict(zip(table["id"].to_pylist(), table["label"].to_pylist(), strict=True))
    return [actual.get(f"e{n}") for n in range(len(labels))], [r.reason for r in rejects]


SPELLINGS = {True: ["true", "True", "TRUE", " tRuE ", "t", "YES", "y", "1", "1.0"],
             False: ["false", "False", "FALSE", "fAlse", "F", "no", "N ", "0", "0.0"]}  # fmt: skip


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
@given(
    labels=st.lists(
        st.booleans().flatmap(lambda is_true: st.sampled_from(SPELLINGS[is_true]).map(
            lambda spelled: (is_true, spelled))), min_size=1, max_size=12)
)  # fmt: skip
def test_truth_values_in_any_spelling(tmp_path_factory, file_format, labels):
    folder = tmp_path_factory.mktemp("labels")
    actual, reasons = read(folder, file_format, [spelled for _, spelled in labels])
    assert actual == [float(is_true) for is_true, _ in labels]
    assert reasons == []


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize(("low", "high"), [(-1, 1), (1, 2)])
@pytest.mark.parametrize("sort", [False, True])
def test_of_two_codes_the_greater_is_positive(tmp_path, file_format, low, high, sort):
    """Also where the file is sorted by label, so that its first records show one class."""
    labels = [high, low] * 1000
    if sort:
        labels = sorted(labels, reverse=low == -1)
    actual, reasons = read(tmp_path, file_format, labels)
    assert actual == [float(label == high) for label in labels]
    assert reasons == []
    if file_format != "table":
        notes = check_inputs([str(next(tmp_path.iterdir()))], LAYOUT, field="data.pairs").notes
        assert len(notes) == 1
        assert f"{high} is read as positive, {low} as negative" in notes[0]


@pytest.mark.parametrize("file_format", FORMATS)
def test_words_are_refused_by_name_until_one_is_said_to_be_positive(tmp_path, file_format):
    labels = ["toxic", "ok", "ok", "Toxic"]
    with pytest.raises(InputError, match=r"'label' holds '(toxic|ok)' and '.*--positive_label"):
        read(tmp_path, file_format, labels)
    actual, reasons = read(tmp_path, file_format, labels, positive_label="toxic")
    assert (actual, reasons) == ([1.0, 0.0, 0.0, 1.0], [])
    actual, _ = read(tmp_path, file_format, labels, positive_label="OK")
    assert actual == [0.0, 1.0, 1.0, 0.0]


NAMES = st.sampled_from(["Positive", "Negative", "hate", "ok", "2", "0", "4", "-1", "ja", "é"])


@given(
    pair=st.lists(NAMES, min_size=2, max_size=2, unique_by=label_name),
    choice=st.lists(st.booleans(), min_size=2, max_size=20),
)
def test_any_two_values_with_one_named_as_positive(tmp_path_factory, pair, choice):
    labels = [pair[0], pair[1], *(pair[int(each)] for each in choice)]
    actual, reasons = read(tmp_path_factory.mktemp("labels"), "csv", labels, positive_label=pair[1])
    assert actual == [float(label == pair[1]) for label in labels]
    assert reasons == []


@pytest.mark.parametrize(
    ("labels", "positive", "message"),
    [
        (["a", "b", "c"], "a", "needs labels of two values"),
        (["a", "b"], "c", "data.positive_label is 'c'; name one of these"),
        (["ok", "ok"], "toxic", "holds 'ok', and data.positive_label is 'toxic'"),
        (["0", "4", "4", "0"], "", "holds '0' and '4', and labels are numbers from 0 to 1"),
        (["x" * 500, "\x1b[2J"], "", r"'x+\.\.\.x+' and '\\x1b\[2J', neither"),
    ],
)
def test_labels_that_are_not_two_values_are_refused(tmp_path, labels, positive, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, "csv", labels, positive_label=positive)


def test_a_third_label_after_the_first_records_is_left_out_not_negative(tmp_path):
    labels = ["toxic", "ok"] * 5000 + ["unsure"]
    actual, reasons = read(tmp_path, "csv", labels, positive_label="toxic")
    assert actual[-1] is None
    assert reasons == ["unknown_label"]


def test_one_label_off_the_scale_is_a_slip_of_its_own(tmp_path):
    """Not a sign that the labels are codes."""
    actual, reasons = read(tmp_path, "csv", [1, 1, 1, 1, 2])
    assert actual == [1.0] * 4 + [None]
    assert reasons == ["label_out_of_range"]


def test_shares_keep_their_threshold(tmp_path):
    actual, _ = read(tmp_path, "csv", ["0.2", "0.7", "1", "True"], label_threshold=0.6)
    assert actual == [0.0, 1.0, 1.0, 1.0]


def test_all_of_this_in_pandas_too():
    frame = pd.DataFrame(rows_of([True, False, True]))
    batches, rejects = batches_from_table(frame, LAYOUT)
    assert pa.Table.from_batches(batches)["label"].to_pylist() == [1.0, 0.0, 1.0]
    assert rejects == []


def test_an_object_with_a_key_twice_is_left_out(tmp_path):
    path = tmp_path / "x.jsonl"
    lines = [json.dumps(row) for row in rows_of([0, 1, 1, 0, 1, 0])]
    lines[1] = lines[1][:-1] + ', "label": 0}'
    lines[2] = lines[2][:-1] + ', "\\u006cabel" : 0}'
    lines[3] = lines[3].replace('"t 3"', '"a \\": b: c"')
    lines[4] = lines[4].replace('"t 4"', '{"a": 1, "a": 1}')
    path.write_text("\n".join(lines))
    table, rejects = read_table([str(path)], LAYOUT)
    assert table["id"].to_pylist() == ["e0", "e3", "e5"]
    assert table["text"].to_pylist()[1] == 'a ": b: c'
    assert [(r.record, r.reason) for r in rejects] == [
        (f"record {n}", "duplicate_key") for n in (2, 3, 5)
    ]
