"""Sets command-line flags in a configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairflip.pipeline.config.flag_table import FLAGS, Flag
from fairflip.protos.config_pb2 import DataSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.messages import Field, convert, is_repeated, nearest
from fairflip.protos.text_formats import Word

_BY_NAME = {flag.name: flag for flag in FLAGS}
#: Flags that speak of models, and so are set when all models are there.
_OF_MODELS = ("allow_custom_code", "score_scale")


def flags_of(command: str) -> tuple[Flag, ...]:
    """The flags that a command takes, in the table's order."""
    return tuple(flag for flag in FLAGS if command in flag.commands)


def apply_flag(config: PipelineConfig, name: str, values: Sequence[str]) -> None:
    """Sets one flag's values in a configuration, in place; see `apply_flags`."""
    apply_flags(config, [(name, value) for value in values])


def apply_flags(config: PipelineConfig, given: Sequence[tuple[str, str]]) -> None:
    """Sets flags in a configuration, in place, in the order of the command line.

    The first use of a repeatable flag clears the file's list; ``--model``,
    ``--score`` and ``--handler`` fill one list together, in their order.

    Args:
        config: Changed.
        given: (name without dashes, value); the value of a switch is not used.

    Raises:
        ConfigurationError: With all unknown flags and unreadable values.
    """
    problems: list[str] = []
    cleared: set[str] = set()
    for name, value in sorted(given, key=lambda pair: pair[0] in _OF_MODELS):
        flag = _BY_NAME.get(name)
        if flag is None:
            problems.append(f"--{name}: unknown flag{nearest(name, _BY_NAME)}")
            continue
        try:
            _apply_one(config, flag, value, cleared)
        except ValueError as error:
            problems.append(f"--{name}: {error}")
    if problems:
        raise ConfigurationError(problems)


def _apply_one(config: PipelineConfig, flag: Flag, value: str, cleared: set[str]) -> None:
    parts = flag.field.split(".")
    owner: Any = config
    if flag.repeatable:
        # "models.path" adds to the list "models".
        listed = "models" if parts[0] == "models" else flag.field
        if listed not in cleared:
            cleared.add(listed)
            head, _, leaf = listed.rpartition(".")
            (getattr(config, head) if head else config).ClearField(leaf)
    if flag.setter is not None:
        _check_characters(value)
        flag.setter(config, value)
        return
    for part in parts[:-1]:
        owner = getattr(owner, part)
    field: Field = owner.DESCRIPTOR.fields_by_name[parts[-1]]
    typed = True if flag.is_switch else convert(field, Word(value))
    if is_repeated(field):
        getattr(owner, field.name).append(typed)
    else:
        setattr(owner, field.name, typed)


def _check_characters(value: str) -> None:
    convert(DataSpec.DESCRIPTOR.fields_by_name["format"], value)
