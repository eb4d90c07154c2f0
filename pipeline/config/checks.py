"""What can be wrong with a configuration beyond single values, before anything runs.

The options of config.proto say what a single value must be; here stand the rules between
fields, and those that look at files. Each mistake is a sentence of one shape: the field's
path, its value, what is wrong with it, the cure. Local paths are looked at; other file
systems are left to the run. Imports stay light: an error must be answered at once.
"""

from __future__ import annotations

import os
import re

from fairflip.pipeline.config.attribute_checks import check_attribute
from fairflip.pipeline.config.image_checks import check_images
from fairflip.pipeline.config.import_checks import check_modules
from fairflip.pipeline.config.model_checks import (
    check_models,
    check_remediation,
    check_slices,
    check_thresholds,
)
from fairflip.pipeline.gate.limits import load_limits
from fairflip.pipeline.storage.local_files import match_local
from fairflip.pipeline.storage.run_folder import SUMMARY
from fairflip.protos import columns
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.checks import Problems, check_choice, check_field, is_local
from fairflip.protos.forms.config_fields import config_fields
from fairflip.protos.forms.messages import nearest, quote
from fairflip.protos.forms.remediation_choices import AT_INFERENCE
from fairflip.protos.forms.run_edits import ATTRIBUTE
from fairflip.protos.options_pb2 import FILE_PATTERN

COMMANDS = ("generate", "evaluate", "remediate", "run", "report", "gate")

_EVALUATING = ("evaluate", "run")
_TRAINING = ("remediate", "run")
_DOUBT = next(name for name, column in columns.PAIR_SLICES.items() if column == columns.DOUBTS)
_FINISHED = ("report", "gate")


def problems_of(config: PipelineConfig, command: str) -> list[str]:
    """All mistakes in a configuration with defaults, for one command.

    Raises:
        ValueError: `command` is none of `COMMANDS`.
    """
    if command not in COMMANDS:
        raise ValueError(f"command {command!r}{nearest(command, COMMANDS)}")
    problems = Problems()
    running = command not in _FINISHED
    check_field(config, "data", command, problems)
    if running:
        _check_sources(config, command, problems)
        _check_roles(config, problems)
    check_field(config, "generator", command, problems)
    if running:
        _check_generator(config, command, problems)
    check_field(config, "seed", command, problems)
    if running:
        _check_output(config, problems)
    else:
        _check_finished_run(config, problems)
    check_field(config, "models", command, problems)
    if command in ("evaluate", "remediate", "run"):
        check_models(config, command, problems)
    if running:
        check_modules(config, command, problems)
    check_field(config, "evaluation", command, problems)
    _check_evaluation(config, command, problems)
    check_field(config, "remediation", command, problems)
    if command in _TRAINING:
        check_remediation(config.remediation, problems)
    return problems


def _check_sources(config: PipelineConfig, command: str, problems: Problems) -> None:
    data = config.data
    # One sentence about what a run reads: the first of these that is wrong hides the others.
    if data.pairs and (data.examples or data.counterfactuals):
        other = "data.examples" if data.examples else "data.counterfactuals"
        problems.add(
            "data.pairs",
            f"{quote(data.pairs[0])} is given together with {other}",
            f"pairs hold both sides already: remove one of the two (--pairs or --{other[5:]})",
        )
    elif command == "generate":
        if data.pairs:
            problems.add("data.pairs", "generate makes pairs", "give --examples PATTERN instead")
        if data.counterfactuals:
            problems.add(
                "data.counterfactuals",
                f"{quote(data.counterfactuals[0])} is given, but generate makes counterfactuals",
                "remove it, or join them with `fairflip evaluate`",
            )
        if not (data.examples or data.pairs):
            problems.add("data.examples", "no examples are given", "give --examples PATTERN")
    elif command in _EVALUATING and not (data.pairs or data.examples):
        problems.add(
            "data.examples",
            "neither examples nor pairs are given",
            "give --examples PATTERN or --pairs PATTERN",
        )
    elif data.counterfactuals and not data.examples and not data.train_examples:
        problems.add(
            "data.counterfactuals", "their originals are missing", "give --examples PATTERN too"
        )
    # Retraining reads files of its own, whatever is evaluated.
    is_trained = config.remediation.technique not in AT_INFERENCE
    if command in _TRAINING and is_trained and not data.train_examples:
        problems.add(
            "data.train_examples",
            "no training examples are given",
            "give --train_examples PATTERN"
            + (", or --train_baseline, which splits --examples" if not config.models else ""),
        )
    for field in config_fields():
        if field.setting.kind == FILE_PATTERN and command in field.commands:
            for index, pattern in enumerate(getattr(data, field.descriptor.name)):
                _check_pattern(f"{field.path}[{index}]", pattern, problems)


def _check_pattern(path: str, pattern: str, problems: Problems) -> None:
    if pattern.strip() and is_local(pattern):
        if os.path.isdir(pattern):
            problems.add(
                path,
                f"{quote(pattern)} is a directory",
                f"give a pattern of files, such as {quote(pattern.rstrip('/') + '/*.parquet')}",
            )
        elif not match_local(pattern):
            problems.add(
                path,
                f"{quote(pattern)} matches no file",
                "check the path, which is relative to the current directory",
            )


_ROLES = ("id_feature", "text_feature", "label_feature", "weight_feature")


def _check_roles(config: PipelineConfig, problems: Problems) -> None:
    """One column cannot be two things."""
    data = config.data
    role_of: dict[str, str] = {}
    for role in (*_ROLES, "counterfactual_feature"):
        column = getattr(data, role)
        _check_not_ours(f"data.{role}", column, problems)
        if column and column in role_of:
            problems.add(
                f"data.{role}",
                f"{quote(column)} is data.{role_of[column]} too",
                "name two different columns",
            )
        elif column:
            role_of[column] = role
    for index, column in enumerate(data.input_features):
        _check_not_ours(f"data.input_features[{index}]", column, problems)
    for index, each in enumerate(data.pair_columns):
        check_choice(f"data.pair_columns[{index}].name", each.name, columns.MAPPED, problems)


def _check_not_ours(field_path: str, column: str, problems: Problems) -> None:
    """Only slicing features may be called like the columns that pairs have of their own."""
    if columns.own(column) != column:
        problems.add(
            field_path, f"{quote(column)} is the name of one of the pairs' own columns", "rename it"
        )


def _check_generator(config: PipelineConfig, command: str, problems: Problems) -> None:
    generator, data = config.generator, config.data
    if generator.function and generator.method:
        problems.add(
            "generator.method",
            f"{quote(generator.method)} is given together with generator.function",
            "remove one of the two",
        )
    if generator.language and not _LANGUAGE.fullmatch(generator.language):
        problems.add(
            "generator.language",
            f"{quote(generator.language)} is no language code",
            "give two or three letters, such as en, de or tr",
        )
    check_images(config, command, problems)
    if data.image_features:
        return
    if generator.method == ATTRIBUTE or generator.attribute:
        check_attribute(config, problems)
    elif command == "generate" or not (data.pairs or data.counterfactuals):
        _check_terms(generator.terms, problems)


_LANGUAGE = re.compile("[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def _check_terms(terms: str, problems: Problems) -> None:
    built_in = built_in_term_lists()
    if terms in built_in or not is_local(terms) or os.path.isfile(terms):
        return
    if terms.endswith((".csv", ".tsv", ".txt")) or "/" in terms:
        problems.add(
            "generator.terms",
            f"{quote(terms)} does not exist",
            "give a CSV with the columns term,group,category,swap, or a built-in list: "
            + ", ".join(built_in),
        )
    else:
        problems.append(
            f"generator.terms: {quote(terms)} is no built-in list{nearest(terms, built_in)}"
        )


def built_in_term_lists() -> tuple[str, ...]:
    """Names of the term lists that come with fairflip."""
    pipeline_folder = os.path.dirname(os.path.dirname(__file__))
    names = os.listdir(os.path.join(pipeline_folder, "generate", "terms"))
    return tuple(sorted(name[:-4] for name in names if name.endswith(".csv")))


def _check_output(config: PipelineConfig, problems: Problems) -> None:
    folder = config.output.output_dir
    if not folder:
        problems.add("output.output_dir", "no output directory is given", "give --output_dir DIR")
        return
    if any(character in folder for character in "*?["):
        problems.add(
            "output.output_dir",
            f"{quote(folder)} holds *, ? or [, which make it a pattern of names",
            "name another directory",
        )
        return
    if not is_local(folder):
        return
    existing = os.path.abspath(folder)
    if os.path.exists(existing) and not os.path.isdir(existing):
        problems.add(
            "output.output_dir", f"{quote(folder)} is a file, not a directory", "name another"
        )
        return
    # The run makes the folders that are missing, below the first that exists.
    while not os.path.exists(existing):
        existing = os.path.dirname(existing)
    if not os.path.isdir(existing):
        problems.add(
            "output.output_dir",
            f"{quote(folder)} lies below {quote(existing)}, a file",
            "name another",
        )
    elif not os.access(existing, os.W_OK | os.X_OK):
        problems.add(
            "output.output_dir",
            f"{quote(folder)} cannot be written: no permission on {quote(existing)}",
            "name another directory",
        )


def _check_finished_run(config: PipelineConfig, problems: Problems) -> None:
    folder = config.output.output_dir
    if not folder:
        problems.add("output.output_dir", "no run is named", "give --run DIR, its output directory")
    elif is_local(folder):
        if not os.path.isdir(folder):
            problems.add(
                "output.output_dir",
                f"{quote(folder)} is not a directory",
                "give the output directory of a finished run",
            )
        elif not any(
            os.path.isfile(os.path.join(folder, *name.split("/")))
            # The second is left by a job whose launcher is gone; `report` completes it.
            for name in ("run_report.json", SUMMARY)
        ):
            problems.add(
                "output.output_dir",
                f"{quote(folder)} has no run_report.json",
                "give the output directory of a finished run",
            )


def _check_evaluation(config: PipelineConfig, command: str, problems: Problems) -> None:
    evaluation = config.evaluation
    if command in _EVALUATING:
        check_slices(evaluation.slices, problems)
        features = {name for entry in evaluation.slices for name in entry.split(",")}
        if _DOUBT in features and not (config.data.pairs or config.data.counterfactuals):
            problems.add(
                "evaluation.slices",
                f"{quote(_DOUBT)} is known of counterfactuals that were written elsewhere alone",
                "drop the slice, or give --pairs or --counterfactuals",
            )
        cluster = evaluation.cluster_feature
        if "," in cluster or cluster in columns.PAIR_SLICES:
            problems.add(
                "evaluation.cluster_feature",
                f"{quote(cluster)} is no single column of the data",
                "name one column, such as a template or an author",
            )
        check_thresholds(config, problems)
        folder = evaluation.score_cache
        if folder and not is_local(folder):
            problems.add(
                "evaluation.score_cache",
                f"{quote(folder)} is on another filesystem",
                "give a folder of this machine",
            )
        elif os.path.exists(folder) and not os.path.isdir(folder):
            problems.add("evaluation.score_cache", f"{quote(folder)} is a file", "give a folder")
        level = evaluation.confidence_level
        if not 0 < level < 1:
            cure = f"did you mean {level / 100:g}?" if 1 < level < 100 else "give one such as 0.95"
            problems.add("evaluation.confidence_level", f"{level!r} is not between 0 and 1", cure)
    if evaluation.HasField("max_rejects"):
        rejects = evaluation.max_rejects
        if not rejects >= 0 or (rejects >= 1 and not rejects.is_integer()):
            problems.add(
                "evaluation.max_rejects",
                f"{rejects!r} is neither a share nor a count",
                "give a share below 1, or a whole number of records",
            )
    if command == "gate" and not evaluation.limits:
        problems.add("evaluation.limits", "no limits are given", "give --limits FILE")
    if command in ("evaluate", "run", "gate") and os.path.isfile(evaluation.limits):
        try:
            load_limits(evaluation.limits)
        except ConfigurationError as error:
            problems.extend(error.problems)
