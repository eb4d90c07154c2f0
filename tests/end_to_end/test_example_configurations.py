"""The configurations in examples/ are valid but for data that has to be fetched or made first."""

from __future__ import annotations

import pytest

from fairflip.pipeline.config.settings import load_config, with_defaults
from fairflip.pipeline.read.files import read_table
from fairflip.pipeline.read.layout import RecordLayout

NAMES = ("civil_comments", "davidson_tweets", "demo", "edos_sexism")


@pytest.mark.parametrize("name", NAMES)
def test_every_example_is_read_without_a_mistake(repository, name):
    config = with_defaults(load_config(str(repository / "examples" / f"{name}.textproto")))
    assert config.models[0].HasField("train")
    assert config.evaluation.thresholds[0] == 0.5
    assert config.data.examples
    assert config.data.train_examples


def test_there_is_no_example_that_is_not_tried(repository):
    assert {p.stem for p in (repository / "examples").glob("*.textproto")} == set(NAMES)


def test_the_civil_comments_configuration_reads_files_of_the_published_form(repository, tmp_path):
    """A stand-in with the columns of the tutorial's CSV files: no ID, lists as text."""
    config = with_defaults(load_config(str(repository / "examples/civil_comments.textproto")))
    path = tmp_path / "validate_df_processed.csv"
    path.write_text(
        "comment_text,toxicity,gender,sexual_orientation,religion,race,disability\n"
        "\"a woman, reading\",0,['female'],[],[],[],[]\n"
        "\"two\nlines\",1,\"['male', 'female']\",[],['jewish'],[],[]\n"
    )
    layout = RecordLayout.from_data_spec(config.data, "examples", list(config.evaluation.slices))
    table, rejects = read_table([str(path)], layout)
    assert not rejects
    assert table["gender"].to_pylist() == [["female"], ["male", "female"]]
    assert table["comment_text"].to_pylist()[1] == "two\nlines"
    assert table["toxicity"].to_pylist() == [0.0, 1.0]
