"""Configuration: three formats with one meaning, all mistakes at once, light imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from google.protobuf import json_format, text_format

from fairflip.pipeline.config import checks, settings
from fairflip.pipeline.config.settings import (
    configure,
    load_config,
    with_defaults,
)
from fairflip.protos.config_pb2 import PipelineConfig, RemediationSpec
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms import remediation_choices
from fairflip.remediation.training import settings as training_settings
from support.configurations import JSON, TEXTPROTO, YAML, mistakes, parse_config


def test_three_formats_give_one_message():
    expected = text_format.Parse(TEXTPROTO.replace("; score", " score"), PipelineConfig())
    assert parse_config(TEXTPROTO, "textproto") == expected
    assert parse_config(JSON, "json") == expected
    assert parse_config(YAML, "yaml") == expected
    as_a_list = JSON.replace('"loss_weights": 2', '"loss_weights": [2]')
    assert json_format.Parse(as_a_list, PipelineConfig()) == expected


@pytest.mark.parametrize("content", [TEXTPROTO, JSON, YAML])
def test_format_is_told_by_content_where_there_is_no_extension(tmp_path, content):
    path = tmp_path / "config"
    path.write_text(content)
    assert load_config(str(path)) == parse_config(TEXTPROTO, "textproto")


def test_a_text_from_protobuf_itself_is_read_back():
    config = with_defaults(parse_config(TEXTPROTO, "textproto"))
    assert parse_config(text_format.MessageToString(config), "textproto") == config
    assert parse_config(json_format.MessageToJson(config), "json") == config


def test_all_mistakes_of_a_file_at_once_with_path_and_nearest_name(tmp_path):
    path = tmp_path / "bad.textproto"
    path.write_text(
        'data { id_feture: "x" text_feature: 3 }\n'
        "thresholds: 0.5\n"
        'models { name: "a" } models { nme: "b" }\n'
        'evaluation { num_buckets: 1.5 confidence_level: "0.9" thresholds: [0.1, x] }\n'
        "seed: 1 seed: 2 zzzzqqqq: 1\n"
    )
    actual = mistakes(load_config, str(path))
    expected = [
        "data.id_feture: unknown field; did you mean 'id_feature'?",
        "data.text_feature: '3' is not quoted; write '3' in double quotes",
        "thresholds: unknown field; did you mean 'evaluation.thresholds'?",
        "models[1].nme: unknown field; did you mean 'name'?",
        "evaluation.num_buckets: '1.5' is not a whole number",
        "evaluation.confidence_level: '0.9' is text, not a number; remove the quotes",
        "evaluation.thresholds[1]: 'x' is not a number",
        "seed: given 2 times; give it once",
    ]
    for sentence in expected:
        assert f"{path}: {sentence}" in actual
    assert len(actual) == len(expected) + 1  # and the name that resembles nothing
    assert any("zzzzqqqq: unknown field; valid here: data, generator" in p for p in actual)


@pytest.mark.parametrize(
    ("text", "file_format", "part"),
    [
        ("data {", "textproto", "Expected '}'"),
        ("data { } }", "textproto", "1:10"),
        ('data { examples: "x }', "textproto", "1:18"),
        ("data 3", "textproto", "Expected ':'"),
        ("{", "json", "line 1"),
        ("[1]", "json", "object"),
        ("a: [", "yaml", "line"),
        ("- a", "yaml", "mapping"),
        ("? [a]\n: b", "yaml", "line 1"),
        ("{" * 2000, "json", "JSON"),
        ('{"a":' * 100_000, "json", "nested"),
        ("data " + "{ data " * 100, "textproto", "deep"),
        ("a: " + "[" * 100 + "]" * 100, "yaml", "deep"),
        ("a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(8)
        ), "yaml", "values"),
        ('{"seed": 1, "seed": 2}', "json", "given 2 times"),
        ("seed: 1\nseed: 2", "yaml", "given 2 times"),
        ('{"seed": 99999999999999999999}', "json", "out of range"),
        ('{"seed": 1.5}', "json", "whole number"),
        ('{"seed": true}', "json", "whole number"),
        ('{"data": {"id_feature": "a\\u0000b"}}', "json", "control character"),
        ('{"data": {"id_feature": "\\ud800"}}', "json", "surrogate"),
        ('{"data": 3}', "json", "3 stands where a message"),
        ("data: &x\n  filters: [*x]", "yaml", "levels deep"),
    ],
)  # fmt: skip
def test_malformed_text_is_refused_with_a_sentence(text, file_format, part):
    assert any(part in problem for problem in mistakes(parse_config, text, file_format))


def test_files_that_cannot_be_read(tmp_path):
    assert "does not exist" in mistakes(load_config, str(tmp_path / "none.json"))[0]
    assert "cannot be read" in mistakes(load_config, str(tmp_path))[0]
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe9")
    assert "not UTF-8 at byte 3" in mistakes(load_config, str(tmp_path / "latin.yaml"))[0]
    (tmp_path / "big.json").write_bytes(b" " * (5 << 20))
    assert "larger than 4 MiB" in mistakes(load_config, str(tmp_path / "big.json"))[0]
    (tmp_path / "bom.json").write_bytes(b'\xef\xbb\xbf{"seed": 3}')
    assert load_config(str(tmp_path / "bom.json")).seed == 3


def test_a_file_on_another_filesystem(tmp_path, monkeypatch):
    from fairflip.pipeline.storage import filesystem

    (tmp_path / "c.yaml").write_text("seed: 4")
    real = filesystem.open_raw
    monkeypatch.setattr(
        filesystem, "open_raw", lambda path: real(path.replace("mem:/", str(tmp_path)))
    )
    assert load_config("mem://c.yaml").seed == 4
    assert "cannot be read" in mistakes(load_config, "mem://none.yaml")[0]


def test_overrides_replace_lists_and_keep_the_rest(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text(YAML)
    by_mapping = load_config(
        str(path), {"evaluation.thresholds": [0.9], "data": {"format": "csv"}, "seed": 5}
    )
    by_message = load_config(
        str(path),
        PipelineConfig(data={"format": "csv"}, evaluation={"thresholds": [0.9]}, seed=5),
    )
    assert by_mapping == by_message
    assert list(by_mapping.evaluation.thresholds) == [0.9]
    assert list(by_mapping.data.examples) == ["a.csv", "b.csv"]
    assert by_mapping.data.format == "csv"
    actual = mistakes(load_config, None, {"evaluation.thresold": 1, "seed": "x", "data.format": 1})
    assert len(actual) == 3
    assert "evaluation.thresold: unknown field; did you mean 'thresholds'?" in actual


def test_numpy_and_path_values_from_python(tmp_path):
    import numpy as np

    config = load_config(
        None,
        {
            "evaluation": {
                "thresholds": (np.float32(0.25), np.float64(0.5)),
                "num_buckets": np.int64(8),
            },
            "output.output_dir": tmp_path,
        },
    )
    assert list(config.evaluation.thresholds) == [0.25, 0.5]
    assert config.evaluation.num_buckets == 8
    assert config.output.output_dir == str(tmp_path)


def test_defaults_are_filled_once_and_never_over_a_value():
    given = parse_config(TEXTPROTO, "textproto")
    full = with_defaults(given)
    assert given == parse_config(TEXTPROTO, "textproto"), "the argument stays as it is"
    assert with_defaults(full) == full
    assert full.data.id_feature == "example_id"
    assert list(full.evaluation.thresholds) == [0.25, 0.5]
    assert full.evaluation.score_unpaired is False
    assert list(full.remediation.loss_weights) == [2.0]
    assert full.remediation.loss == "pairwise_symmetric_kl"
    assert full.models[0].signature_name == "", "a .keras file has no signatures"
    assert not full.models[0].HasField("train")
    empty = with_defaults(PipelineConfig())
    assert list(empty.evaluation.thresholds) == [0.5]
    assert not empty.evaluation.HasField("max_rejects")
    zero = with_defaults(PipelineConfig(evaluation={"num_example_ids": 0, "min_slice_size": 0}))
    assert (zero.evaluation.num_example_ids, zero.evaluation.min_slice_size) == (0, 0)
    mindiff = with_defaults(PipelineConfig(remediation={"technique": "mindiff"}))
    assert mindiff.remediation.loss == "mmd"
    assert with_defaults(PipelineConfig(generator={"function": "a:b"})).generator.method == ""
    spaced = with_defaults(PipelineConfig(evaluation={"slices": ["gender, race "]}))
    assert list(spaced.evaluation.slices) == ["gender,race"]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("technique", remediation_choices.TECHNIQUES),
        ("pairing", remediation_choices.PAIRINGS),
        ("learning_rate_schedule", remediation_choices.SCHEDULES),
    ],
)
def test_the_step_takes_what_the_configuration_lets_through(field, values):
    def complaints(value):
        spec = RemediationSpec(min_diff_group="gender:female", **{field: value})
        config = with_defaults(PipelineConfig(remediation=spec))
        actual = checks.problems_of(config, "remediate")
        refused = any(problem.startswith(f"remediation.{field}:") for problem in actual)
        try:
            training_settings.settings_of(spec, seed=0)
        except ConfigurationError as error:
            return refused, f"remediation.{field}" in str(error)
        return refused, False

    for value in values:
        # These train nothing: the step says so, and the pipeline does not get there.
        is_refused = value in remediation_choices.AT_INFERENCE
        assert complaints(value) == (False, is_refused), value
    assert complaints("neither") == (True, True)


def test_mistakes_of_file_flags_and_fields_come_together(tmp_path):
    actual = mistakes(
        configure,
        "evaluate",
        None,
        [("epohcs", "1"), ("threshold", "2"), ("pairs", f"{tmp_path}/x"), ("model", "m=/none")],
    )
    starts = [problem.split(":")[0] for problem in actual]
    assert starts == [
        "--epohcs",
        "data.pairs[0]",
        "output.output_dir",
        "models[0].path",
        "evaluation.thresholds[0]",
    ]


@pytest.mark.system
def test_configuration_imports_nothing_heavy():
    code = (
        "import sys, json, fairflip.pipeline.config.settings, fairflip.protos.forms.json_form;"
        "print(json.dumps(sorted(m for m in sys.modules if '.' not in m)))"
    )
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    heavy = {"tensorflow", "apache_beam", "pandas", "pyarrow", "numpy", "keras", "yaml", "scipy"}
    assert not heavy & set(loaded)


def test_training_a_baseline_splits_the_examples_where_no_others_are_named():
    data = {"examples": ["all.csv"], "filters": [{"column": "lang", "value": "en"}]}
    config = with_defaults(PipelineConfig(train_baseline=True, data=data))
    assert [(model.name, model.HasField("train")) for model in config.models] == [
        ("baseline", True)
    ]
    assert config.data.split_by_hash
    assert config.data.train_examples == config.data.validation_examples == ["all.csv"]
    assert config.data.train_filters[0] == config.data.filters[0]
    assert with_defaults(config) == config
    named = PipelineConfig(train_baseline=True, data={**data, "train_examples": ["train.csv"]})
    config = with_defaults(named)
    assert not config.data.split_by_hash
    assert list(config.data.validation_examples) == []


def test_a_baseline_is_trained_or_given(tmp_path):
    (tmp_path / "all.csv").write_text("example_id,comment_text\n1,x\n")
    config = PipelineConfig(
        train_baseline=True,
        data={"examples": [str(tmp_path / "all.csv")]},
        models=[{"name": "mine", "function": "json:loads"}],
        output={"output_dir": str(tmp_path / "out")},
    )
    with pytest.raises(ConfigurationError, match="train_baseline: the model 'mine' is given, too"):
        settings.validate(config, "run")
    del config.models[:]
    settings.validate(config, "run")
