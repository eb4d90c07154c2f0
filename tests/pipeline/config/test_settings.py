"""Configuration: three formats with one meaning, all mistakes at once, light imports."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from google.protobuf import json_format, text_format

from fairflip.pipeline.config import checks, settings
from fairflip.pipeline.config.settings import (
    FLAGS,
    apply_flags,
    configure,
    flags_of,
    load_config,
    parse_config,
    validate,
    with_defaults,
)
from fairflip.protos import remediation_choices
from fairflip.protos.config_fields import config_fields
from fairflip.protos.config_pb2 import PipelineConfig, RemediationSpec
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.messages import field_paths
from fairflip.remediation.training import step

TEXTPROTO = """
# proto-message: fairflip.PipelineConfig
data { examples: ["a.csv", "b.csv"] filters { column: "split" value: "test" } }
models { name: "one" path: "m.keras" }
models < name: "two"; score_feature: 's' ' t' >
evaluation { slices: "gender" slices: "gender,race" thresholds: [.25, 5e-1] score_unpaired: false }
remediation { loss_weights: 2 min_diff_group: "a:\\"b\\"" }
seed: -7
"""
JSON = """{
 "data": {"examples": ["a.csv", "b.csv"], "filters": [{"column": "split", "value": "test"}]},
 "models": [{"name": "one", "path": "m.keras"}, {"name": "two", "scoreFeature": "s t"}],
 "evaluation": {"slices": ["gender", "gender,race"], "thresholds": [0.25, 0.5], "score_unpaired": false},
 "remediation": {"loss_weights": 2, "min_diff_group": "a:\\"b\\"", "loss": null},
 "seed": "-7"
}"""
YAML = """
data:
  examples: [a.csv, b.csv]
  filters: [{column: split, value: test}]
models:
  - {name: one, path: m.keras}
  - name: two
    score_feature: s t
evaluation: {slices: [gender, 'gender,race'], thresholds: [.25, 5e-1], score_unpaired: false}
remediation:
  loss_weights: 2
  min_diff_group: 'a:"b"'
  loss:
seed: -7
"""


def mistakes(call, *args, **keywords) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        call(*args, **keywords)
    return caught.value.problems


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
    found = mistakes(load_config, str(path))
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
        assert f"{path}: {sentence}" in found
    assert len(found) == len(expected) + 1  # and the name that resembles nothing
    assert any("zzzzqqqq: unknown field; valid here: data, generator" in p for p in found)


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
    found = mistakes(load_config, None, {"evaluation.thresold": 1, "seed": "x", "data.format": 1})
    assert len(found) == 3
    assert "evaluation.thresold: unknown field; did you mean 'thresholds'?" in found


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
        found = checks.problems_of(config, "remediate")
        refused = any(problem.startswith(f"remediation.{field}:") for problem in found)
        try:
            step.settings_of(spec, seed=0)
        except ConfigurationError as error:
            return refused, f"remediation.{field}" in str(error)
        return refused, False

    for value in values:
        assert complaints(value) == (False, False), value
    assert complaints("neither") == (True, True)


def test_every_default_of_the_options_is_what_an_empty_configuration_gets():
    empty = with_defaults(
        PipelineConfig(
            data={"indicator_columns": [{}]}, models=[{"name": "m", "path": "dir", "train": {}}]
        )
    )
    with_default = [field for field in config_fields() if field.setting.default]
    assert len(with_default) > 25
    for field in with_default:
        owner = empty
        for name in field.path.split(".")[:-1]:
            owner = getattr(owner, name)
            owner = owner if hasattr(owner, "DESCRIPTOR") else owner[0]
        value = getattr(owner, field.descriptor.name)
        value = value[0] if field.list_path == field.path else value
        assert f"{value}".lower() == field.setting.default, field.path


# --- flags -------------------------------------------------------------------


def test_each_flag_sets_the_field_it_names():
    paths = set(field_paths(PipelineConfig.DESCRIPTOR))
    values = {"COLUMN=VALUE": "split=test", "FEATURE=COLUMN,COLUMN": "gender=male,female",
              "NAME=PATH": "m=p", "NAME=FEATURE": "m=f", "NAME=MODULE:FACTORY": "m=a.b:c",
              "true|false": "false", "N|SHARE": "0.1", "NAME=COLUMN": "term=word", "[NAME=]MINUTES": "5"}  # fmt: skip
    numbers = {"N", "T", "W", "SHARE", "NUMBER", "RATE"}
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
    assert {flag.name for flag in flags_of("gate")} == {"run", "limits"}


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
    found = mistakes(
        apply_flags,
        PipelineConfig(),
        [("thresold", "1"), ("epochs", "two"), ("model", "path"), ("seed", "1.5"), ("no_text", "")],
    )
    assert found == (
        "--thresold: unknown flag; did you mean 'threshold'?",
        "--epochs: 'two' is not a whole number",
        "--model: 'path' is not of the form NAME=PATH",
        "--seed: '1.5' is not a whole number",
    )


# --- validation --------------------------------------------------------------


@pytest.fixture
def good(tmp_path) -> PipelineConfig:
    for name in ("pairs.csv", "train.csv", "terms.csv"):
        (tmp_path / name).write_text("example_id\n")
    (tmp_path / "model.keras").write_text("")
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_text("")
    return PipelineConfig(
        data={"examples": [f"{tmp_path}/pair*.csv"], "train_examples": [f"{tmp_path}/train.csv"]},
        models=[
            {"name": "baseline", "path": f"{tmp_path}/model.keras"},
            {"name": "other-2.0", "path": f"{tmp_path}/saved/"},
        ],
        evaluation={"slices": ["gender", "gender,race"], "thresholds": [0, 0.5, 0.999]},
        output={"output_dir": f"{tmp_path}/new/out"},
    )


@pytest.mark.parametrize("command", ["generate", "evaluate", "remediate", "run"])
def test_a_good_configuration_passes(good, command):
    validate(good, command)
    validate(with_defaults(good), command)


@pytest.mark.parametrize(
    ("changes", "start", "part"),
    [
        ({"evaluation.thresholds": [1.0]}, "evaluation.thresholds[0]", "1.0 is not in [0, 1)"),
        ({"evaluation.thresholds": [-0.1]}, "evaluation.thresholds[0]", "[0, 1)"),
        ({"evaluation.thresholds": [0.5, float("nan")]}, "evaluation.thresholds[1]", "nan"),
        ({"evaluation.thresholds": [0.5, 0.5]}, "evaluation.thresholds", "given 2 times"),
        ({"evaluation.confidence_level": 95}, "evaluation.confidence_level", "0.95"),
        ({"evaluation.confidence_level": 1}, "evaluation.confidence_level", "between 0 and 1"),
        ({"evaluation.slices": ["gender,"]}, "evaluation.slices[0]", "empty feature"),
        ({"evaluation.slices": [""]}, "evaluation.slices[0]", "is empty; give a feature"),
        ({"evaluation.slices": ["Overall"]}, "evaluation.slices[0]", "always there"),
        ({"evaluation.slices": ["a,a"]}, "evaluation.slices[0]", "with itself"),
        ({"evaluation.slices": ["a,b", "b, a"]}, "evaluation.slices[1]", "slices[0] again"),
        ({"evaluation.slices": ["gender:female"]}, "evaluation.slices[0]", "feature only"),
        ({"evaluation.num_buckets": 1}, "evaluation.num_buckets", "2 to 10000"),
        ({"evaluation.batch_size": 0}, "evaluation.batch_size", "1 or more"),
        ({"evaluation.num_example_ids": -1}, "evaluation.num_example_ids", "0 or more"),
        ({"evaluation.max_rejects": 1.5}, "evaluation.max_rejects", "neither a share"),
        ({"evaluation.max_rejects": float("nan")}, "evaluation.max_rejects", "neither a share"),
        ({"evaluation.limits": "/none.json"}, "evaluation.limits", "does not exist"),
        ({"evaluation.eval_config": "/none"}, "evaluation.eval_config", "does not exist"),
        ({"data.format": "parket"}, "data.format", "did you mean 'parquet'?"),
        ({"data.pairs": ["x"]}, "data.pairs", "together with data.examples"),
        ({"data.examples": ["/none/*.csv"]}, "data.examples[0]", "matches no file"),
        ({"data.examples": []}, "data.examples", "neither examples nor pairs"),
        ({"data.train_examples": []}, "data.train_examples", "--train_examples"),
        ({"data.id_feature": "toxicity"}, "data.label_feature", "data.id_feature too"),
        ({"data.text_feature": "counterfactual.x"}, "data.text_feature", "starts with"),
        ({"data.weight_feature": " w"}, "data.weight_feature", "spaces"),
        ({"data.indicator_columns": [{"feature": "g"}]}, "data.indicator_columns[0].columns", "is empty"),
        ({"data.delimiter": "x"}, "data.delimiter", "unknown"),
        ({"data.encoding": "utf-9"}, "data.encoding", "no encoding of text"),
        ({"data.encoding": "base64"}, "data.encoding", "no encoding of text"),
        ({"data.encoding": "unicode_escape"}, "data.encoding", "no encoding of text"),
        ({"data.pair_columns": [{"name": "terms"}]}, "data.pair_columns[0].name", "'term'"),
        ({"data.filters": [{"value": "x"}]}, "data.filters[0].column", "is empty"),
        ({"generator.method": "ablasion"}, "generator.method", "did you mean 'ablation'?"),
        ({"generator.function": "nope"}, "generator.function", "package.module:name"),
        ({"generator.terms": "none.csv"}, "generator.terms", "does not exist"),
        ({"generator.min_validity": 2}, "generator.min_validity", "[0, 1]"),
        ({"models": []}, "models", "--model NAME=PATH"),
        ({"models": [{"name": "a"}]}, "models[0]", "none of path, score_feature"),
        ({"models": [{"name": "a", "path": "/x.keras", "handler": "a:b"}]}, "models[0]", "path and"),
        ({"models": [{"name": "a", "path": "/x.keras"}]}, "models[0].path", "does not exist"),
        ({"models": [{"name": "a/b", "path": "/x"}]}, "models[0].name", "cannot name files"),
        ({"models": [{"name": "..", "path": "/x"}]}, "models[0].name", "cannot name files"),
        ({"models": [{"name": "é", "path": "/x"}]}, "models[0].name", "cannot name files"),
        ({"models": [{"name": "a" * 65, "path": "/x"}]}, "models[0].name", "longer than"),
        ({"models": [{"name": "nul", "path": "/x"}]}, "models[0].name", "device"),
        ({"models": [{"name": "a", "score_feature": "s"}]}, "models[0].score_feature", "retrain"),
        ({"models": [{"name": "A", "train": {}}, {"name": "a", "train": {}}]}, "models[1].name", "too"),
        ({"models": [{"name": "a", "train": {"epochs": 0}}]}, "models[0].train.epochs", "1 or more"),
        ({"models": [{"name": "remediated", "train": {}}]}, "remediation.model_name", "another name"),
        ({"remediation.technique": "CLP"}, "remediation.technique", "did you mean 'clp'?"),
        ({"remediation.loss": "pairwise_mes"}, "remediation.loss", "did you mean 'pairwise_mse'?"),
        ({"remediation.loss": "mmd"}, "remediation.loss", "a loss of mindiff"),
        ({"remediation": {"technique": "plain", "loss": "mmd"}}, "remediation.loss", "no pair loss"),
        ({"remediation.technique": "mindiff"}, "remediation.min_diff_group", "FEATURE:GROUP"),
        ({"remediation.min_diff_group": "x"}, "remediation.min_diff_group", "FEATURE:GROUP"),
        ({"remediation.loss_weights": [-1]}, "remediation.loss_weights[0]", "0 or more"),
        ({"remediation.epochs": 0}, "remediation.epochs", "1 or more"),
        ({"remediation.learning_rate": 0}, "remediation.learning_rate", "positive"),
        ({"seed": -1}, "seed", "out of range"),
        ({"output.output_dir": ""}, "output.output_dir", "--output_dir DIR"),
        ({"output.output_dir": "/dev/null"}, "output.output_dir", "is a file"),
        ({"output.output_dir": "/dev/null/x"}, "output.output_dir", "lies below"),
    ],
)  # fmt: skip
def test_each_mistake_names_field_value_and_cure(good, changes, start, part):
    bad = load_config(None, good)
    for path, value in changes.items():
        bad = load_config(None, {path: value}) if not path else _set(bad, path, value)
    found = mistakes(validate, bad, "run")
    assert [p for p in found if p.startswith(f"{start}: ") and part in p], found
    assert all("; " in p for p in found), "each mistake has a cure"


def _set(config: PipelineConfig, path: str, value: object) -> PipelineConfig:
    owner, _, leaf = path.rpartition(".")
    (getattr(config, owner) if owner else config).ClearField(leaf)
    merged = load_config(None, {path: value})
    if value == []:
        return config
    return load_config(None, _merged(config, merged))


def _merged(config: PipelineConfig, over: PipelineConfig) -> PipelineConfig:
    from fairflip.protos.messages import merge_over

    merge_over(config, over)
    return config


def test_term_lists_by_name(good):
    validate(good, "run")
    good.generator.terms = "clp_tutorail"
    assert mistakes(validate, good, "run") == (
        "generator.terms: 'clp_tutorail' is no built-in list; did you mean 'clp_tutorial'?",
    )


def test_mistakes_of_file_flags_and_fields_come_together(tmp_path):
    found = mistakes(
        configure,
        "evaluate",
        None,
        [("epohcs", "1"), ("threshold", "2"), ("pairs", f"{tmp_path}/x"), ("model", "m=/none")],
    )
    starts = [problem.split(":")[0] for problem in found]
    assert starts == [
        "--epohcs",
        "data.pairs[0]",
        "output.output_dir",
        "models[0].path",
        "evaluation.thresholds[0]",
    ]


def test_generate_and_finished_runs(good, tmp_path):
    good.data.counterfactuals.append("x")
    assert any("generate makes counterfactuals" in p for p in mistakes(validate, good, "generate"))
    run = PipelineConfig(output={"output_dir": str(tmp_path)})
    assert "no run_report.json" in mistakes(validate, run, "report")[0]
    (tmp_path / "run_report.json").write_text("{}")
    validate(run, "report")
    assert mistakes(validate, run, "gate") == (
        "evaluation.limits: no limits are given; give --limits FILE",
    )
    with pytest.raises(ValueError, match="did you mean 'run'"):
        validate(run, "runn")


def test_unwritable_output_directory(good, tmp_path):
    import os

    if os.geteuid() == 0:
        assert os.access(tmp_path, os.W_OK), "root may write anywhere: nothing to refuse"
        return
    (tmp_path / "closed").mkdir(mode=0o500)
    good.output.output_dir = str(tmp_path / "closed" / "out")
    assert "no permission" in mistakes(validate, good, "run")[0]


def test_configuration_imports_nothing_heavy():
    code = (
        "import sys, json, fairflip.pipeline.config.settings, fairflip.protos.json_form;"
        "print(json.dumps(sorted(m for m in sys.modules if '.' not in m)))"
    )
    loaded = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    heavy = {"tensorflow", "apache_beam", "pandas", "pyarrow", "numpy", "keras", "yaml", "scipy"}
    assert not heavy & set(loaded)


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


@pytest.mark.parametrize(
    ("scale", "thresholds", "problem"),
    [
        ("any", [], "none is given, and 'm' has the score_scale 'any'"),
        ("any", [-2.5, 7.0], ""),
        ("any", [float("inf")], "is not a finite number"),
        ("logit", [], ""),
        ("logit", [2.0], r"give --score_scale any"),
        ("", [2.0], r"give --score_scale any"),
        ("probabilities", [], "models\\[0\\].score_scale: 'probabilities' is unknown"),
    ],
)
def test_thresholds_go_with_the_scale_of_the_scores(scale, thresholds, problem, tmp_path):
    data = tmp_path / "in.csv"
    data.write_text("example_id,comment_text\n")
    config = PipelineConfig()
    config.data.pairs.append(str(data))
    config.models.add(name="m", score_feature="s", score_scale=scale)
    config.evaluation.thresholds.extend(thresholds)
    config.output.output_dir = str(tmp_path / "out")
    if not problem:
        settings.validate(config, "evaluate")
        return
    with pytest.raises(ConfigurationError, match=problem):
        settings.validate(config, "evaluate")


# --- the options of fields -----------------------------------------------------


def test_options_name_what_is_there():
    """A slip in an option, such as a command that does not exist, would switch a check off."""
    for field in config_fields():
        options = field.setting
        assert set(options.commands) <= set(settings.COMMANDS), field.path
        assert set(field.commands), field.path
        assert not (options.default and options.default_in_words), field.path
        assert not options.choices or options.default in ("", *options.choices), field.path
        if options.range:
            assert options.range[0] + options.range[-1] in ("[]", "[)", "(]", "()"), field.path
            low, high = map(float, options.range[1:-1].split(","))
            assert low < high, field.path
        for flag in options.flag:
            assert flag.help, field.path
            assert set(flag.commands) <= set(settings.COMMANDS), field.path
            siblings = field.descriptor.containing_type.fields_by_name
            assert not flag.import_path_field or flag.import_path_field in siblings


@pytest.mark.parametrize(
    ("command", "mistakes_of"),
    [("generate", {"seed"}), ("evaluate", {"seed", "evaluation.num_buckets"}),
     ("remediate", {"seed", "remediation.epochs"}), ("report", set()), ("gate", set()),
     ("run", {"seed", "evaluation.num_buckets", "remediation.epochs"})],
)  # fmt: skip
def test_a_command_checks_the_fields_that_it_reads(command, mistakes_of):
    config = with_defaults(
        PipelineConfig(evaluation={"num_buckets": 1}, remediation={"epochs": 0}, seed=-1)
    )
    out_of_range = {
        problem.split(":")[0]
        for problem in checks.problems_of(config, command)
        if "is out of range" in problem
    }
    assert out_of_range == mistakes_of
