"""Flags: each sets its field, lists are replaced, all mistakes come at once."""

from __future__ import annotations

import pytest

from fairflip.pipeline.config import settings
from fairflip.pipeline.config.settings import (
    FLAGS,
    apply_flags,
    flags_of,
    with_defaults,
)
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import field_paths
from support.configurations import TEXTPROTO, mistakes, parse_config


def test_each_flag_sets_the_field_it_names():
    paths = set(field_paths(PipelineConfig.DESCRIPTOR))
    values = {"COLUMN=VALUE": "split=test", "FEATURE=COLUMN,COLUMN": "gender=male,female",
              "NAME=PATH": "m=p", "NAME=FEATURE": "m=f", "NAME=MODULE:FACTORY": "m=a.b:c",
              "COLUMN=VALUE:VALUE[,VALUE:VALUE]": "title=Mr:Mrs",
              "OUTPUT=W": "insult=2",
              "true|false": "false", "N|SHARE": "0.1", "NAME=COLUMN": "term=word", "[NAME=]MINUTES": "5", "[NAME=]NUMBER": "3"}  # fmt: skip
    numbers = {"K", "N", "T", "W", "SHARE", "NUMBER", "RATE"}
    seen = set()
    for flag in FLAGS:
        assert flag.name not in seen
        seen.add(flag.name)
        assert flag.field.path in paths, flag
        assert flag.help_text[0].islower() or flag.name == "min_diff_group", flag
        assert set(flag.commands) <= set(settings.COMMANDS)
        config = PipelineConfig()
        if flag.sets_elements:
            config.models.add()
        before = config.SerializeToString()
        value = values.get(flag.metavar, "3" if flag.metavar in numbers else "word")
        apply_flags(config, [(flag.name, value)])
        assert config.SerializeToString() != before, flag
        top = flag.field.path.split(".")[0]
        assert [field.name for field, _ in config.ListFields()] == [top], flag
    assert {"model", "score", "slice", "limits"} <= {
        flag.name for flag in flags_of("evaluate") + flags_of("run")
    }
    assert {flag.name for flag in flags_of("gate")} == {"run", "limits", "reference"}


def test_repeatable_flags_replace_the_files_list_and_models_keep_their_order():
    config = parse_config(TEXTPROTO, "textproto")
    apply_flags(
        config,
        [
            ("score", "b=col=x"),
            ("threshold", "0.1"),
            ("allow_custom_code", ""),
            ("model", "a=dir/m"),
            ("threshold", "1e-1"),
            ("filter", "split=a=b"),
            ("generator", "my.module:make"),
        ],
    )
    assert [(m.name, m.path, m.score_feature) for m in config.models] == [
        ("b", "", "col=x"),
        ("a", "dir/m", ""),
    ]
    assert all(m.allow_custom_code for m in config.models)
    assert list(config.evaluation.thresholds) == [0.1, 0.1]
    assert [(f.column, f.value) for f in config.data.filters] == [("split", "a=b")]
    assert (config.generator.method, config.generator.function) == ("", "my.module:make")
    assert list(config.data.examples) == ["a.csv", "b.csv"]


def test_all_bad_flags_at_once():
    actual = mistakes(
        apply_flags,
        PipelineConfig(),
        [("thresold", "1"), ("epochs", "two"), ("model", "path"), ("seed", "1.5"), ("no_text", "")],
    )
    assert actual == (
        "--thresold: unknown flag; did you mean 'threshold'?",
        "--epochs: 'two' is not a whole number",
        "--model: 'path' is not of the form NAME=PATH",
        "--seed: '1.5' is not a whole number",
    )


def test_modules_and_minutes_are_set_for_one_model_or_for_all():
    config = PipelineConfig()
    given = [
        *(("import", "shared.code"), ("model", "a=a.keras"), ("handler", "b=m:f")),
        *(("import", "b=own.code"), ("max_answer_minutes", "b=1.5")),
    ]
    apply_flags(config, given)
    assert [list(model.import_module) for model in config.models] == [
        ["shared.code"],
        ["shared.code", "own.code"],
    ]
    assert [m.max_answer_minutes for m in config.models] == [0.0, 1.5]
    assert with_defaults(config).models[0].max_answer_minutes == 30.0
    for value, message in (("soon", "soon"), ("c=1", "names no model"), ("b=", "number")):
        with pytest.raises(ConfigurationError, match=message):
            apply_flags(config, [("max_answer_minutes", value)])


def test_score_scales_are_set_for_one_model_or_for_all():
    config = PipelineConfig()
    apply_flags(
        config,
        [("score_scale", "logit"), ("score", "a=s"), ("score", "b=t"), ("score_scale", "b=any")],
    )
    assert [model.score_scale for model in config.models] == ["logit", "any"]
    with pytest.raises(ConfigurationError, match=r"'c=any' names no model"):
        apply_flags(config, [("score_scale", "c=any")])
