"""What can be wrong with the models, the evaluation and the remediation of a configuration."""

from __future__ import annotations

import collections
import math
import os
from collections.abc import Sequence

from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig, RemediationSpec
from fairflip.protos.forms.checks import Problems, check_choice, check_column, is_local
from fairflip.protos.forms.messages import nearest, quote
from fairflip.protos.forms.model_specs import (
    ALL,
    ANY,
    ARGMAX,
    MODEL_SOURCES,
    decision_of,
    gives_several,
    output_problems,
    sources_of,
)
from fairflip.protos.forms.remediation_choices import AT_INFERENCE, LOSSES

_TRAINING = ("remediate", "run")


def check_models(config: PipelineConfig, command: str, problems: Problems) -> None:
    """Names, sources and paths of the models, and whether the first can be retrained."""
    if not config.models:
        or_train = ", or --train_baseline, which trains one" if command == "run" else ""
        problems.add("models", "no model is named", f"give --model NAME=PATH{or_train}")
    elif config.train_baseline and not config.models[0].HasField("train"):
        problems.add(
            "train_baseline",
            f"the model {quote(config.models[0].name)} is given, too",
            "remove one of the two: the first model is the baseline",
        )
    names: dict[str, int] = {}
    for index, model in enumerate(config.models):
        path = f"models[{index}]"
        first = names.setdefault(model.name.lower(), index)
        if model.name and first != index:
            problems.add(
                f"{path}.name",
                f"{quote(model.name)} is models[{first}].name too",
                "give each model its own name, different in more than case",
            )
        _check_model_source(path, model, command, problems)
        for feature in filter(None, [model.score_feature, *model.score_features]):
            _check_score_feature(path, feature, model, config, problems)
        if model.output_name and model.output_names:
            problems.add(
                f"{path}.output_name",
                f"{quote(model.output_name)} is given beside output_names",
                "give one of the two",
            )
        if ALL in model.output_names and len(model.output_names) > 1:
            problems.add(f"{path}.output_names", "names * beside others", "give * alone")
    problems += output_problems(config.models)
    if command in _TRAINING and config.models:
        _check_retrainable(config, problems)
        remediated = config.remediation.model_name
        if command == "run" and remediated.lower() in names:
            problems.add(
                "remediation.model_name",
                f"{quote(remediated)} is models[{names[remediated.lower()]}].name too",
                "give the remediated model another name",
            )


def _check_model_source(path: str, model: ModelSpec, command: str, problems: Problems) -> None:
    sources = sources_of(model)
    if len(sources) != 1:
        problems.add(
            path,
            f"has {' and '.join(sources) if sources else 'none'} of {', '.join(MODEL_SOURCES)}",
            "give exactly one",
        )
    if model.path and is_local(model.path):
        _check_model_path(f"{path}.path", model.path, problems)
    for field in ("sklearn_file", "onnx_file"):
        name = getattr(model, field)
        if name and is_local(name) and not os.path.isfile(name):
            wrong = "is a folder" if os.path.isdir(name) else "does not exist"
            problems.add(f"{path}.{field}", f"{quote(name)} {wrong}", "give a file")
    if model.HasField("train") and command != "run":
        problems.add(
            f"{path}.train",
            f"{command} does not train models",
            "use `fairflip run`, or give a trained model's path",
        )


def _check_model_path(path: str, model_path: str, problems: Problems) -> None:
    if not os.path.exists(model_path):
        problems.add(
            path,
            f"{quote(model_path)} does not exist",
            "give a .keras file or a SavedModel directory",
        )
    elif os.path.isdir(model_path):
        if not os.path.exists(os.path.join(model_path, "saved_model.pb")):
            problems.add(
                path,
                f"{quote(model_path)} is a directory without saved_model.pb",
                "give a .keras file or a SavedModel directory",
            )
    elif not model_path.endswith(".keras"):
        problems.add(
            path,
            f"{quote(model_path)} is a file that does not end in .keras",
            "save the model as .keras or as a SavedModel",
        )


def _check_score_feature(
    path: str, name: str, model: ModelSpec, config: PipelineConfig, problems: Problems
) -> None:
    """A column of the data, or of a run's scored pairs, which `--pairs` reads."""
    path = f"{path}.{'score_feature' if model.score_feature else 'score_features'}"
    if not name.startswith(columns.SCORE_PREFIX):
        check_column(path, name, problems)
        return
    owner = name.removeprefix(columns.SCORE_PREFIX)
    if not config.data.pairs:
        problems.add(
            path,
            f"{quote(name)} starts with {columns.SCORE_PREFIX!r}, which marks columns of scored "
            "pairs",
            "read these with --pairs 'OUT/scored_pairs/*.parquet', or name the original's column",
        )
    elif owner.partition("/")[0] != model.name and any(
        owner == other.name for other in config.models
    ):
        # That model's scores are written to this column before or after they are read from it.
        problems.add(
            path,
            f"{quote(name)} is where the scores of the model {quote(owner)} go",
            f"name this model {quote(owner)}, or the other one differently",
        )


def _check_retrainable(config: PipelineConfig, problems: Problems) -> None:
    baseline = config.models[0]
    if gives_several(baseline):
        _check_several(config, problems)
    elif config.remediation.output_weights:
        problems.add(
            "remediation.output_weights",
            "one output of the first model is retrained",
            f"name several, such as --output {baseline.name}=A,B, or leave --output_weight out",
        )
    if config.remediation.technique in AT_INFERENCE:
        if baseline.score_feature:
            problems.add(
                "models[0].score_feature",
                f"{config.remediation.technique} asks the first model about other texts, and only "
                "its scores are given",
                "give the model itself, such as --model NAME=PATH",
            )
        return
    if config.remediation.lora_rank and not baseline.huggingface:
        problems.add(
            "remediation.lora_rank",
            "adapters are trained of Hugging Face models alone",
            "drop --lora_rank, or give a model with hf:FOLDER",
        )
    if config.remediation.trainer or baseline.path or baseline.HasField("train"):
        return
    if baseline.huggingface:
        spec = config.remediation
        if len(spec.loss_weights) > 1 or len(spec.control_weights) > 1 or spec.sweep_losses:
            problems.add(
                "models[0].huggingface",
                "a sweep retrains Keras models alone",
                "give one --loss_weight, and run it again with others",
            )
        return
    source = next(iter(sources_of(baseline)), "path")
    problems.add(
        f"models[0].{source}",
        "the first model is the one to retrain, and only one with a path, or of Hugging Face, "
        "can be",
        "give its path, or a trainer of your own with --trainer MODULE:FUNCTION",
    )


def _check_several(config: PipelineConfig, problems: Problems) -> None:
    """What is not done of a model whose several outputs are retrained."""
    baseline, spec = config.models[0], config.remediation
    one = f"name one output, such as --output {baseline.name}=LABEL"
    is_sweep = len(spec.loss_weights) > 1 or len(spec.control_weights) > 1 or spec.sweep_losses
    if is_sweep:
        problems.add(
            "remediation.loss_weights" if len(spec.loss_weights) > 1 else "remediation",
            "a sweep weighs flips against the AUC of one output",
            f"give one --loss_weight, or {one}",
        )
    if baseline.HasField("train"):
        problems.add(
            "models[0].train", "a model that is trained here gives one score", "give its path"
        )
    if baseline.huggingface and spec.technique not in AT_INFERENCE and not spec.trainer:
        problems.add(
            "models[0].huggingface", "several outputs are retrained of Keras models alone", one
        )


def check_thresholds(config: PipelineConfig, problems: Problems) -> None:
    """Thresholds are shares, as scores are, unless the scores of a model have any scale."""
    thresholds = config.evaluation.thresholds
    of_any_scale = [
        model.name
        for model in config.models
        if model.score_scale == ANY and decision_of(model) != ARGMAX
    ]
    if of_any_scale and not thresholds:
        problems.add(
            "evaluation.thresholds",
            f"none is given, and {quote(of_any_scale[0])} has the score_scale 'any'",
            "give --threshold T: above which score is the decision positive?",
        )
    for index, threshold in enumerate(thresholds):
        path = f"evaluation.thresholds[{index}]"
        if of_any_scale:
            if not math.isfinite(threshold):
                problems.add(path, f"{threshold!r} is not a finite number", "give a number")
        elif not 0 <= threshold < 1:
            problems.add(
                path,
                f"{threshold!r} is not in [0, 1)",
                "positive means score > threshold: give a number from 0 to below 1; for scores "
                "that are no probabilities, give --score_scale any",
            )


def check_slices(slices: Sequence[str], problems: Problems) -> None:
    """Each slice is a feature or a cross of different features, and none stands there twice."""
    seen: dict[frozenset[str], int] = {}
    for index, entry in enumerate(slices):
        path = f"evaluation.slices[{index}]"
        features = entry.split(",")
        if not entry:
            continue  # An empty entry is a mistake by itself; the options of the field say so.
        if not all(features):
            problems.add(
                path,
                f"{quote(entry)} has an empty feature",
                "give a feature such as 'gender', or a cross such as 'gender,race'",
            )
            continue
        if "=" in entry or ":" in entry:
            problems.add(
                path,
                f"{quote(entry)} names a value",
                "give the feature only: each of its values becomes a slice",
            )
            continue
        if entry.lower() == "overall":
            problems.add(path, f"{quote(entry)} is always there", "remove it")
            continue
        twice = [f for f, count in collections.Counter(features).items() if count > 1]
        if twice:
            problems.add(path, f"{quote(entry)} crosses {quote(twice[0])} with itself", "drop one")
        first = seen.setdefault(frozenset(features), index)
        if first != index:
            problems.add(
                path, f"{quote(entry)} is evaluation.slices[{first}] again", "remove one of them"
            )


def check_remediation(spec: RemediationSpec, problems: Problems) -> None:
    """Losses belong to techniques, and MinDiff needs a group."""
    if spec.technique in AT_INFERENCE:
        for field, is_given in (
            ("loss_weights", len(spec.loss_weights) > 1),
            ("sweep_losses", bool(spec.sweep_losses)),
            ("trainer", bool(spec.trainer)),
            ("lora_rank", bool(spec.lora_rank)),
        ):
            if is_given:
                problems.add(
                    f"remediation.{field}",
                    f"is given, and {spec.technique} trains nothing",
                    "drop it, or give --technique clp: every sweep holds averaging and blindness",
                )
    if spec.technique in LOSSES:
        _check_loss(spec.technique, spec.loss, problems)
    every_loss = [loss for losses in LOSSES.values() for loss in losses]
    for index, loss in enumerate(spec.sweep_losses):
        check_choice(f"remediation.sweep_losses[{index}]", loss, every_loss, problems)
    if uses_min_diff(spec) and not spec.min_diff_group:
        problems.add(
            "remediation.min_diff_group",
            "mindiff needs a group",
            "give --min_diff_group FEATURE:GROUP",
        )


def uses_min_diff(spec: RemediationSpec) -> bool:
    """Whether MinDiff is the technique, or among those of the sweep."""
    return spec.technique == "mindiff" or any(
        loss in LOSSES["mindiff"] for loss in spec.sweep_losses
    )


def _check_loss(technique: str, loss: str, problems: Problems) -> None:
    valid = LOSSES[technique]
    if not loss or loss in valid:
        return
    if not valid:
        problems.add(
            "remediation.loss",
            f"{quote(loss)} is given, but {technique} has no pair loss",
            "drop it",
        )
        return
    owner = next((t for t, losses in LOSSES.items() if loss in losses), None)
    if owner:
        problems.add(
            "remediation.loss",
            f"{quote(loss)} is a loss of {owner}, not of {technique}",
            f"give one of {', '.join(valid)}, or --technique {owner}",
        )
    else:
        problems.append(f"remediation.loss: {quote(loss)} is unknown{nearest(loss, valid)}")
