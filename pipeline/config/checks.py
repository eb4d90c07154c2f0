"""Everything that can be wrong with a configuration, found before anything runs.

Each check appends sentences of one shape: the field's path, its value, what is
wrong with it, the cure. Local paths are looked at; other file systems are left
to the run. Imports stay light: an error must be answered at once.
"""

from __future__ import annotations

import codecs
import math
import os

from fairflip.pipeline.config.model_checks import check_evaluation, check_models, check_remediation
from fairflip.pipeline.gate.limits import load_limits
from fairflip.pipeline.storage.local_files import match_local
from fairflip.protos import columns
from fairflip.protos.checks import (
    Problems,
    check_choice,
    check_column,
    check_duplicates,
    check_file,
    check_import_path,
    check_number,
    is_local,
)
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.messages import nearest, quote

COMMANDS = ("generate", "evaluate", "remediate", "run", "report", "gate")
FORMATS = ("tfrecord", "parquet", "csv", "jsonl")
METHODS = ("ablation", "substitution")
DELIMITERS = (",", ";", "|", "tab", r"\t", "\t")

#: Text encodings of Python that no file is in: escapes of source code, domain names.
_NOT_FOR_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")

_EVALUATING = ("evaluate", "run")
_TRAINING = ("remediate", "run")
_RUNNING = ("generate", "evaluate", "remediate", "run")


def problems_of(config: PipelineConfig, command: str) -> list[str]:
    """All mistakes in a configuration with defaults, for one command.

    Raises:
        ValueError: `command` is none of `COMMANDS`.
    """
    if command not in COMMANDS:
        raise ValueError(f"command {command!r}{nearest(command, COMMANDS)}")
    problems = Problems()
    if command in _RUNNING:
        _check_sources(config, command, problems)
        _check_features(config, problems)
        _check_generator(config, command, problems)
        _check_seed(config, problems)
        _check_output(config, problems)
    if command in ("evaluate", "remediate", "run"):
        check_models(config, command, problems)
    if command in _EVALUATING:
        check_evaluation(config, problems)
    if command in _TRAINING:
        check_remediation(config, command, problems)
    if command in ("report", "gate"):
        _check_finished_run(config, problems)
    if command == "gate" and not config.evaluation.limits:
        problems.add("evaluation.limits", "no limits are given", "give --limits FILE")
    if command in ("evaluate", "run", "gate"):
        _check_limits(config, problems)
    return problems


def _check_sources(config: PipelineConfig, command: str, problems: Problems) -> None:
    data = config.data
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
    if command in _TRAINING and not data.train_examples:
        problems.add(
            "data.train_examples",
            "no training examples are given",
            "give --train_examples PATTERN",
        )
    used = ["examples"] if command == "generate" else ["examples", "counterfactuals", "pairs"]
    if command in _TRAINING:
        used += ["train_examples", "validation_examples"]
    for field in used:
        patterns = getattr(data, field)
        check_duplicates(f"data.{field}", patterns, problems)
        for index, pattern in enumerate(patterns):
            _check_pattern(f"data.{field}[{index}]", pattern, problems)
    check_choice("data.format", data.format, FORMATS, problems, optional=True)
    _check_file_forms(config, problems)


def _check_file_forms(config: PipelineConfig, problems: Problems) -> None:
    data = config.data
    check_choice("data.delimiter", data.delimiter, DELIMITERS, problems, optional=True)
    if data.encoding and not is_text_encoding(data.encoding):
        problems.add(
            "data.encoding",
            f"{quote(data.encoding)} is no encoding of text that Python knows",
            "give a name such as utf-8, cp1252 or utf-16",
        )
    check_duplicates("data.pair_columns", [each.name for each in data.pair_columns], problems)
    for index, each in enumerate(data.pair_columns):
        where = f"data.pair_columns[{index}]"
        check_choice(f"{where}.name", each.name, columns.MAPPED, problems)
        check_column(f"{where}.column", each.column, problems, optional=True)


def is_text_encoding(name: str) -> bool:
    """Whether `name` is a character encoding, not one of Python's transformations of text."""
    try:
        found = codecs.lookup(name).name
        "a".encode(found)
    except (LookupError, UnicodeError, ValueError):
        return False
    return found not in _NOT_FOR_FILES


def _check_pattern(where: str, pattern: str, problems: Problems) -> None:
    if not pattern.strip():
        problems.add(where, "is empty", "give a file pattern")
    elif is_local(pattern):
        if os.path.isdir(pattern):
            problems.add(
                where,
                f"{quote(pattern)} is a directory",
                f"give a pattern of files, such as {quote(pattern.rstrip('/') + '/*.parquet')}",
            )
        elif not match_local(pattern):
            problems.add(
                where,
                f"{quote(pattern)} matches no file",
                "check the path, which is relative to the current directory",
            )


def _check_features(config: PipelineConfig, problems: Problems) -> None:
    data = config.data
    roles = {
        "id_feature": data.id_feature,
        "text_feature": data.text_feature,
        "label_feature": data.label_feature,
        "weight_feature": data.weight_feature,
    }
    by_column: dict[str, str] = {}
    for role, column in roles.items():
        check_column(f"data.{role}", column, problems, optional=True)
        if column and column in by_column:
            problems.add(
                f"data.{role}",
                f"{quote(column)} is data.{by_column[column]} too",
                "name two different columns",
            )
        elif column:
            by_column[column] = role
    check_duplicates("data.input_features", data.input_features, problems)
    for index, column in enumerate(data.input_features):
        check_column(f"data.input_features[{index}]", column, problems)
    check_number(
        "data.label_threshold", data.label_threshold, problems, -math.inf, math.inf, "a number"
    )
    for field in ("filters", "train_filters", "validation_filters"):
        for index, each in enumerate(getattr(data, field)):
            check_column(f"data.{field}[{index}].column", each.column, problems)
    check_duplicates(
        "data.indicator_columns", [each.feature for each in data.indicator_columns], problems
    )
    for index, each in enumerate(data.indicator_columns):
        where = f"data.indicator_columns[{index}]"
        check_column(f"{where}.feature", each.feature, problems)
        if not each.columns:
            problems.add(f"{where}.columns", "no column is named", "name one per group")
        check_duplicates(f"{where}.columns", each.columns, problems)
        for place, column in enumerate(each.columns):
            check_column(f"{where}.columns[{place}]", column, problems)
        check_number(
            f"{where}.threshold", each.threshold, problems, -math.inf, math.inf, "a number"
        )


def _check_generator(config: PipelineConfig, command: str, problems: Problems) -> None:
    generator, data = config.generator, config.data
    if generator.function:
        check_import_path("generator.function", generator.function, problems)
        if generator.method:
            problems.add(
                "generator.method",
                f"{quote(generator.method)} is given together with generator.function",
                "remove one of the two",
            )
    else:
        check_choice("generator.method", generator.method, METHODS, problems)
    check_number("generator.min_validity", generator.min_validity, problems, 0, 1, "in [0, 1]")
    check_duplicates("generator.categories", generator.categories, problems)
    if command == "generate" or not (data.pairs or data.counterfactuals):
        _check_terms(generator.terms, problems)


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
    elif built_in:
        problems.append(
            f"generator.terms: {quote(terms)} is no built-in list{nearest(terms, built_in)}"
        )


def built_in_term_lists() -> tuple[str, ...]:
    """Names of the term lists that come with fairflip."""
    folder = os.path.join(os.path.dirname(__file__), "terms")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return tuple(sorted(name[:-4] for name in names if name.endswith(".csv")))


def _check_seed(config: PipelineConfig, problems: Problems) -> None:
    if not 0 <= config.seed < 2**32:
        problems.add("seed", f"{config.seed} is out of range", "give 0 to 4294967295")


def _check_limits(config: PipelineConfig, problems: Problems) -> None:
    limits = config.evaluation.limits
    if not limits or not is_local(limits):
        return
    if not os.path.isfile(limits):
        check_file("evaluation.limits", limits, "a file of limits", problems)
        return
    try:
        load_limits(limits)
    except ConfigurationError as error:
        problems.extend(error.problems)


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
    here = os.path.abspath(folder)
    if os.path.exists(here) and not os.path.isdir(here):
        problems.add(
            "output.output_dir", f"{quote(folder)} is a file, not a directory", "name another"
        )
        return
    while not os.path.exists(here):
        here = os.path.dirname(here)
    if not os.path.isdir(here):
        problems.add(
            "output.output_dir", f"{quote(folder)} lies below {quote(here)}, a file", "name another"
        )
    elif not os.access(here, os.W_OK | os.X_OK):
        problems.add(
            "output.output_dir",
            f"{quote(folder)} cannot be written: no permission on {quote(here)}",
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
            for name in ("run_report.json", "work/summary.binpb")
        ):
            problems.add(
                "output.output_dir",
                f"{quote(folder)} has no run_report.json",
                "give the output directory of a finished run",
            )
