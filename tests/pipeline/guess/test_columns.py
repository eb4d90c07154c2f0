"""Which column is which, where nobody said so."""

from __future__ import annotations

import pytest

from fairflip.pipeline.config.settings import with_defaults
from fairflip.pipeline.guess.columns import settle_columns
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError

TEXTS = ["Her uncle sings very well", "My aunt reads a book", "They walked to the river"]


def settled(tmp_path, header, rows, command="evaluate", **data):
    path = tmp_path / "all.csv"
    lines = [header, *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    config = with_defaults(PipelineConfig(data={"examples": [str(path)], **data}))
    output = settle_columns(config, command)
    assert not config.data.unnamed_columns
    return config.data, output


def test_each_column_that_alone_fits_is_taken_and_said_with_its_flag(tmp_path):
    rows = [(n, TEXTS[n % 3], n % 2, "x") for n in range(12)]
    data, output = settled(tmp_path, "Nr,Kommentar,is_rude,source", rows)
    assert (data.id_feature, data.text_feature, data.label_feature) == (
        "Nr",
        "Kommentar",
        "is_rude",
    )
    assert [line.rsplit("(", 1)[1] for line in output] == [
        "--text_feature Kommentar)",
        "--id_feature Nr)",
        "--label_feature is_rude)",
    ]


def test_the_usual_names_and_named_columns_are_not_guessed(tmp_path):
    rows = [(n, TEXTS[n % 3], TEXTS[n % 3], n % 2) for n in range(6)]
    header = "example_id,comment_text,note,toxicity"
    data, output = settled(tmp_path, header, rows)
    assert (data.text_feature, output) == ("comment_text", [])
    data, output = settled(tmp_path, header, rows, text_feature="note")
    assert (data.text_feature, output) == ("note", [])
    # A name that was given is not mended: reading the file says that it is not there.
    data, output = settled(tmp_path, header, rows, text_feature="txt")
    assert (data.text_feature, output) == ("txt", [])


def test_several_that_fit_are_named_all_at_once(tmp_path):
    rows = [(TEXTS[n % 3], TEXTS[-n % 3], n, n, n % 2, 1 - n % 2) for n in range(12)]
    with pytest.raises(ConfigurationError) as error:
        settled(tmp_path, "title,body,id,row_id,hate,spam", rows)
    text, id, label = error.value.problems
    assert "'title', 'body'" in text
    assert "--text_feature title" in text
    assert "'id', 'row_id'" in id
    assert "'hate', 'spam'" in label


def test_records_without_an_id_are_numbered_and_repeated_ids_are_ids(tmp_path):
    rows = [(TEXTS[n % 3], n % 2) for n in range(12)]
    data, output = settled(tmp_path, "text,y", rows)
    assert data.id_feature == "#row"
    assert any("no column is an ID" in line for line in output)
    rows = [(min(n, 38), TEXTS[n % 3], n % 2) for n in range(40)]
    assert settled(tmp_path, "postId,text,y", rows)[0].id_feature == "postId"


def test_labels_may_be_words_or_missing_and_a_group_is_none(tmp_path):
    labels = ["toxic", "ok", ""]
    rows = [(TEXTS[n % 3], labels[n % 3], "fm"[n % 2]) for n in range(12)]
    data, _ = settled(tmp_path, "text,label,sex", rows)
    assert data.label_feature == "label"
    rows = [(TEXTS[n % 3], "fm"[n % 2]) for n in range(12)]
    data, _ = settled(tmp_path, "text,sex", rows)
    assert data.label_feature == "toxicity"  # the usual one, which need not be there


def test_a_label_that_may_be_one_of_several_is_needed_for_training_alone(tmp_path):
    rows = [(TEXTS[n % 3], n % 2, int(n % 3 == 0)) for n in range(12)]
    data, output = settled(tmp_path, "text,a,b", rows)
    assert data.label_feature == "toxicity"
    assert any("no label is read" in line and "'a', 'b'" in line for line in output)
    with pytest.raises(ConfigurationError, match="--label_feature a"):
        settled(tmp_path, "text,a,b", rows, command="run")


def test_of_a_pair_the_first_text_is_the_one_with_a_second(tmp_path):
    path = tmp_path / "pairs.csv"
    rows = [f"{n},{TEXTS[n % 3]},{TEXTS[-n % 3]} again,{TEXTS[n % 3]}" for n in range(9)]
    path.write_text("\n".join(["id,note,body,counterfactual.body", *rows]), encoding="utf-8")
    config = with_defaults(PipelineConfig(data={"pairs": [str(path)]}))
    settle_columns(config, "evaluate")
    assert config.data.text_feature == "body"


def test_what_cannot_be_read_is_left_to_reading(tmp_path):
    config = with_defaults(PipelineConfig(data={"examples": [str(tmp_path / "none.csv")]}))
    assert settle_columns(config, "evaluate") == []
