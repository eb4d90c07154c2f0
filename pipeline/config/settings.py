"""What a run is to do: read, overridden, completed and validated before anything runs.

The order is always the same::

    file (textproto, JSON, YAML)  ->  flags or keywords  ->  defaults  ->  validation

Paths in a configuration file are relative to the current directory, as paths on
the command line are, not to the file: one file serves from the folder it is
run in, and a path means the same wherever it is written.

Nothing here imports TensorFlow, Beam, pandas or Arrow: a mistake is answered
at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairflip.pipeline.config.checks import COMMANDS, built_in_term_lists, problems_of
from fairflip.pipeline.config.flags import FLAGS, Flag, apply_flags, flags_of
from fairflip.pipeline.config.image_checks import complete_images
from fairflip.pipeline.storage.file_heads import read_head
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.config_fields import fill_defaults
from fairflip.protos.forms.messages import fill, merge_over, read_message
from fairflip.protos.forms.model_specs import ANY, ARGMAX, decision_of
from fairflip.protos.forms.remediation_choices import DEFAULT_LOSSES
from fairflip.protos.forms.run_edits import ATTRIBUTE
from fairflip.protos.forms.text_formats import Fields

__all__ = [
    "COMMANDS",
    "FLAGS",
    "Flag",
    "apply_flags",
    "configure",
    "flags_of",
    "load_config",
    "validate",
    "with_defaults",
]


def load_config(
    path: str | None = None, overrides: Mapping[str, Any] | PipelineConfig | None = None
) -> PipelineConfig:
    """Reads a configuration file and sets what overrides it. No defaults, no validation.

    Args:
        path: A textproto, JSON or YAML file, told by its extension or else by
            its content; None for an empty configuration.
        overrides: A `PipelineConfig` whose set fields win, or a mapping from
            field paths ("evaluation.thresholds") or messages ("evaluation")
            to values. Lists replace the file's lists.

    Raises:
        ConfigurationError: With every unknown field (and the nearest valid
            name) and every value of the wrong type, at once.
    """
    config = PipelineConfig()
    problems: list[str] = []
    if path:
        try:
            config = read_message(path, PipelineConfig, "--config", read_head)
        except ConfigurationError as error:
            problems += error.problems
    if isinstance(overrides, PipelineConfig):
        merge_over(config, overrides)
    else:
        for name, value in (overrides or {}).items():
            fill(config, _nested(str(name), value), problems)
    if problems:
        raise ConfigurationError(problems)
    return config


def _nested(path: str, value: Any) -> Fields:
    head, _, rest = path.partition(".")
    return Fields([(head, _nested(rest, value) if rest else value)])


def with_defaults(config: PipelineConfig) -> PipelineConfig:
    """A copy in which every unset field that has a default holds it.

    Besides the defaults of config.proto: the loss by the technique (`DEFAULT_LOSSES`); no
    generator method where a function is named; a signature only for SavedModels; no
    threshold where scores are of any scale; no text where a column of a table is changed, or
    where there are images.
    Spaces around the features of a slice go.
    """
    full = PipelineConfig()
    full.CopyFrom(config)
    if full.generator.attribute and not (full.generator.method or full.generator.function):
        full.generator.method = ATTRIBUTE
    if full.generator.method == ATTRIBUTE:
        full.data.without_text = True
    complete_images(full)
    given_text = full.data.text_feature
    unnamed = [role for role in _FOUND_OUT if not getattr(full.data, role)]
    if full.data.without_text and "text_feature" in unnamed:
        unnamed.remove("text_feature")
    full.data.unnamed_columns.extend(unnamed)
    _train_baseline(full)
    _list_of_language(full)
    fill_defaults(full)
    if full.data.without_text:
        full.data.text_feature = given_text
    of_any_scale = (m for m in config.models if decision_of(m) != ARGMAX and m.score_scale == ANY)
    if not config.evaluation.thresholds and any(of_any_scale):
        full.evaluation.ClearField("thresholds")
    generator, remediation = full.generator, full.remediation
    if generator.function and not config.generator.method:
        generator.method = ""
    for model in full.models:
        if not model.path or model.path.rstrip("/").endswith((".keras", ".h5")):
            model.signature_name = ""
    if not remediation.loss:
        remediation.loss = DEFAULT_LOSSES.get(remediation.technique, "")
    full.evaluation.slices[:] = [
        ",".join(part.strip() for part in entry.split(",")) for entry in full.evaluation.slices
    ]
    return full


#: Columns that are looked for where nobody names them and the usual name is not there.
_FOUND_OUT = ("id_feature", "text_feature", "label_feature")


def _list_of_language(config: PipelineConfig) -> None:
    """The built-in list of another language than English, where no list is named."""
    generator = config.generator
    listed = f"identity_{generator.language.lower().replace('_', '-').split('-')[0]}"
    if not generator.terms and not generator.function and listed in built_in_term_lists():
        generator.terms = listed


def _train_baseline(config: PipelineConfig) -> None:
    """What `train_baseline` means, in place: the first model, and a split where there is none."""
    data = config.data
    if not config.train_baseline:
        return
    if not config.models:
        config.models.add(name="baseline").train.SetInParent()
    if data.examples and not (data.train_examples or data.validation_examples):
        data.split_by_hash = True
        data.train_examples.extend(data.examples)
        data.validation_examples.extend(data.examples)
        for filters in (data.train_filters, data.validation_filters):
            if not filters:
                filters.extend(data.filters)


def validate(config: PipelineConfig, command: str) -> None:
    """Checks a whole configuration for a command, before anything runs.

    Looks at local paths (do they exist, is the output a directory), at every
    number's range and every name; leaves other file systems to the run.

    Args:
        config: With or without defaults filled in.
        command: "generate", "evaluate", "remediate", "run", "report" or "gate".

    Raises:
        ConfigurationError: `problems` has one sentence for each mistake: the
            field's path, its value, the cure.
    """
    problems = problems_of(with_defaults(config), command)
    if problems:
        raise ConfigurationError(problems)


def configure(
    command: str,
    path: str | None = None,
    flags: Sequence[tuple[str, str]] = (),
    overrides: Mapping[str, Any] | PipelineConfig | None = None,
) -> PipelineConfig:
    """File, flags, defaults, validation: a complete configuration, or all mistakes.

    Args:
        command: As in `validate`.
        path: As in `load_config`.
        flags: (name without dashes, value) in the order of the command line;
            the value of a switch is "".
        overrides: As in `load_config`; they win over the file, flags over them.

    Raises:
        ConfigurationError: With the mistakes of file, flags and fields together.
    """
    problems: list[str] = []
    config = PipelineConfig()
    try:
        config = load_config(path, overrides)
    except ConfigurationError as error:
        problems += error.problems
    file_was_read = not problems
    try:
        apply_flags(config, flags)
    except ConfigurationError as error:
        problems += error.problems
    full = with_defaults(config)
    # Without the file, what is missing would only echo the first mistake.
    if file_was_read:
        problems += [p for p in problems_of(full, command) if p not in problems]
    if problems:
        raise ConfigurationError(problems)
    return full
