"""Settings of a column of a table that do not go together."""

from __future__ import annotations

import pytest

from fairflip.pipeline.config.checks import problems_of
from fairflip.pipeline.config.settings import apply_flags, with_defaults
from fairflip.protos.config_pb2 import PipelineConfig


def problems(tmp_path, *flags, command="generate"):
    (tmp_path / "t.csv").write_text("id,gender\n", encoding="utf-8")
    config = PipelineConfig()
    given = [("examples", str(tmp_path / "t.csv")), ("output_dir", str(tmp_path / "out"))]
    apply_flags(config, [*given, *flags])
    full = with_defaults(config)
    return full, [p for p in problems_of(full, command) if "models" not in p]


def test_an_attribute_alone_asks_for_a_table(tmp_path):
    config, output = problems(tmp_path, ("attribute", "gender=f,m"), ("linked", "title=Mr:Mrs,A:B"))
    assert output == []
    generator = config.generator
    assert (generator.method, generator.attribute) == ("attribute", "gender")
    assert list(generator.attribute_values) == ["f", "m"]
    assert list(generator.linked[0].values) == ["Mr:Mrs", "A:B"]
    assert config.data.without_text
    assert config.data.text_feature == ""
    # Completing it once more changes nothing.
    assert with_defaults(config) == config
    assert "text_feature" not in config.data.unnamed_columns


@pytest.mark.parametrize(
    ("flags", "output"),
    [
        ([("generator", "attribute")], "the column to change is missing"),
        ([("attribute", "g"), ("generator", "ablation")], "pairs are made by 'ablation'"),
        ([("attribute", "g=f")], "stands alone"),
        ([("attribute", "g"), ("text_feature", "t")], "a column of a table is changed"),
        ([("attribute", "g"), ("input_feature", "age")], "'g' is none of data.input_features"),
        ([("attribute", "g"), ("linked", "g=a:b")], "is the attribute"),
        ([("attribute", "g"), ("linked", "t=a")], "is one value"),
        ([("attribute", "g"), ("linked", "t=a:b:c")], "the attribute's are not named"),
        ([("attribute", "g=x,y,z"), ("linked", "t=a:b")], "holds 2 values, the attribute 3"),
    ],
)
def test_each_contradiction_is_said_with_its_field(tmp_path, flags, output):
    _, actual = problems(tmp_path, *flags)
    assert len(actual) == 1, actual
    assert output in actual[0]


@pytest.mark.parametrize("technique", ["averaging", "blindness"])
@pytest.mark.parametrize(
    ("flags", "output"),
    [
        ([("attribute", "g")], "sets 'g' to the values that are named, and none is"),
        ([("attribute", "g=x,y"), ("edits", "plain")], "'plain' is about edits of texts"),
        ([("attribute", "g=x,y"), ("num_averaged", "3")], "all named values are averaged"),
    ],
)
def test_what_a_remedy_of_a_table_cannot_do_is_said(tmp_path, technique, flags, output):
    given = [("technique", technique), ("model", "m=py:json:dumps")]
    _, actual = problems(tmp_path, *flags, *given, command="run")
    assert len(actual) == 1, actual
    assert output in actual[0]


def test_a_remedy_of_a_table_takes_named_values(tmp_path):
    given = [("attribute", "g=x,y"), ("technique", "averaging"), ("model", "m=py:json:dumps")]
    assert problems(tmp_path, *given, command="run")[1] == []
