"""Validation: each mistake names field, value and cure."""

from __future__ import annotations

import pytest

from fairflip.pipeline.config import checks, settings
from fairflip.pipeline.config.settings import (
    load_config,
    validate,
    with_defaults,
)
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import merge_over
from support.configurations import mistakes


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
        ({"remediation": {"technique": "averaging", "loss_weights": [1, 2]}}, "remediation.loss_weights", "trains nothing"),
        ({"remediation": {"technique": "averaging", "trainer": "a:b"}}, "remediation.trainer", "trains nothing"),
        ({"remediation.technique": "blindness", "models": [{"name": "a", "score_feature": "s"}]}, "models[0].score_feature", "the model itself"),
        ({"remediation.min_diff_group": "x"}, "remediation.min_diff_group", "FEATURE:GROUP"),
        ({"remediation.loss_weights": [-1]}, "remediation.loss_weights[0]", "0 or more"),
        ({"remediation.epochs": 0}, "remediation.epochs", "1 or more"),
        ({"remediation": {"technique": "averaging", "lora_rank": 2}}, "remediation.lora_rank", "trains nothing"),
        ({"remediation.lora_rank": -1}, "remediation.lora_rank", "-1"),
        ({"remediation.lora_rank": 4, "models": [{"name": "a", "train": {}}]}, "remediation.lora_rank", "Hugging Face models alone"),
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
    actual = mistakes(validate, bad, "run")
    assert [p for p in actual if p.startswith(f"{start}: ") and part in p], actual
    assert all("; " in p for p in actual), "each mistake has a cure"


def _set(config: PipelineConfig, path: str, value: object) -> PipelineConfig:
    owner, _, leaf = path.rpartition(".")
    (getattr(config, owner) if owner else config).ClearField(leaf)
    merged = load_config(None, {path: value})
    if value == []:
        return config
    return load_config(None, _merged(config, merged))


def _merged(config: PipelineConfig, over: PipelineConfig) -> PipelineConfig:

    merge_over(config, over)
    return config


def test_term_lists_by_name(good):
    validate(good, "run")
    good.generator.terms = "clp_tutorail"
    assert mistakes(validate, good, "run") == (
        "generator.terms: 'clp_tutorail' is no built-in list; did you mean 'clp_tutorial'?",
    )


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
