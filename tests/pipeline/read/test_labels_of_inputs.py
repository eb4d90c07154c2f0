"""What a label means is the same in all inputs of a run, whatever each of them holds."""

from __future__ import annotations

import pytest

from fairflip.pipeline.read.files import check_inputs, read_table
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.config_pb2 import DataSpec
from support.record_files import write


def layout_of(data: DataSpec) -> RecordLayout:
    return RecordLayout.from_data_spec(data, label_is_required=True)


def split(folder, name: str, labels) -> str:
    rows = [
        {"example_id": f"{name}{n}", "comment_text": f"{name} {n}", "toxicity": label}
        for n, label in enumerate(labels)
    ]
    return str(write(folder, name, rows))


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet", "tfrecord"])
@pytest.mark.parametrize(("alone", "both"), [(1, (1, 2)), (-1, (-1, 1)), (1, (-1, 1)), (2, (1, 2))])
def test_a_split_with_one_label_is_read_as_the_others_are(tmp_path, suffix, alone, both):
    data = DataSpec(
        train_examples=[split(tmp_path, f"train.{suffix}", [*both] * 20)],
        validation_examples=[split(tmp_path, f"validation.{suffix}", [alone] * 9)],
        examples=[split(tmp_path, f"test.{suffix}", [*reversed(both)] * 3)],
    )
    wanted = [float(alone == max(both))] * 9
    for patterns, labels in (
        (data.train_examples, [0.0, 1.0] * 20),
        (data.validation_examples, wanted),
        (data.examples, [1.0, 0.0] * 3),
    ):
        table, rejects = read_table(list(patterns), layout_of(data))
        assert table["toxicity"].to_pylist() == labels
        assert not rejects


def test_plain_labels_stay_plain_beside_a_split_of_ones(tmp_path):
    data = DataSpec(
        train_examples=[split(tmp_path, "train.csv", [0, 1] * 5)],
        validation_examples=[split(tmp_path, "validation.csv", [1] * 5)],
    )
    table, rejects = read_table(list(data.validation_examples), layout_of(data))
    assert table["toxicity"].to_pylist() == [1.0] * 5
    assert not rejects


def test_the_positive_word_may_be_in_another_split(tmp_path):
    data = DataSpec(
        train_examples=[split(tmp_path, "train.csv", ["toxic", "ok"] * 5)],
        validation_examples=[split(tmp_path, "validation.csv", ["ok"] * 5)],
        positive_label="toxic",
    )
    table, _ = read_table(list(data.validation_examples), layout_of(data))
    assert table["toxicity"].to_pylist() == [0.0] * 5


def test_inputs_of_two_codings_are_not_read_as_one(tmp_path):
    """Twos beside zeros and ones are off the scale, not another word for "positive"."""
    data = DataSpec(
        train_examples=[split(tmp_path, "train.csv", [1, 2] * 5)],
        examples=[split(tmp_path, "test.csv", [0, 1] * 5)],
    )
    table, rejects = read_table(list(data.train_examples), layout_of(data))
    assert table["toxicity"].to_pylist() == [1.0] * 5
    assert {reject.reason for reject in rejects} == {"label_out_of_range"}


def test_another_input_that_is_not_there_or_has_no_label_is_none_of_its_business(tmp_path):
    rows = [{"example_id": "a", "comment_text": "b"}]
    data = DataSpec(
        train_examples=[split(tmp_path, "train.csv", [1, 2] * 5)],
        validation_examples=[str(write(tmp_path, "bare.csv", rows))],
        examples=[str(tmp_path / "none.csv")],
    )
    checked = check_inputs(list(data.train_examples), layout_of(data))
    assert checked.layout.two_labels.positive == "2"
