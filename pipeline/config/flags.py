"""The command line's flags, as the options of config.proto describe them.

The parser, its ``--help`` and the reference in docs/ are made from `FLAGS`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from fairflip.protos import options_pb2
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.config_fields import ConfigField, config_fields
from fairflip.protos.forms.messages import (
    Field,
    convert,
    is_repeated,
    nearest,
    quote,
    set_several,
)
from fairflip.protos.forms.text_formats import Word


@dataclasses.dataclass(frozen=True)
class Flag:
    """One flag of the command line, which sets one field.

    Attributes:
        field: The field.
        options: What the field's options say about this flag.
    """

    field: ConfigField
    options: options_pb2.Flag

    @property
    def name(self) -> str:
        """The name without dashes."""
        return self.options.name or self.field.descriptor.name

    @property
    def metavar(self) -> str:
        """What stands for the value in the help; "" for a switch."""
        return self.options.metavar

    @property
    def commands(self) -> Sequence[str]:
        """The commands that offer the flag."""
        return self.options.commands or self.field.commands

    @property
    def is_switch(self) -> bool:
        """Whether the flag stands alone, without a value."""
        return not self.metavar

    @property
    def is_repeatable(self) -> bool:
        """Whether each further use adds to a list."""
        if self.sets_elements:
            return is_repeated(self.field.descriptor)
        return bool(self.field.list_path)

    @property
    def sets_elements(self) -> bool:
        """Whether the flag is set in messages of a list that are there, and adds none."""
        is_switch_of_elements = self.is_switch and self.field.is_in_list_element
        return self.options.sets_elements or is_switch_of_elements

    def target_of(self, value: str) -> tuple[str, str]:
        """The field that a value's prefix names ("": the flag's own), and the value without it."""
        prefix, colon, rest = value.partition(":")
        if colon and prefix in self.options.prefix_fields:
            return self.options.prefix_fields[prefix], rest
        return "", value

    @property
    def help_text(self) -> str:
        """The help with the default, as the command line shows it."""
        setting = self.field.setting
        default = setting.default or setting.default_in_words
        notes = [f"default: {default}"] if default and not self.is_switch else []
        notes += ["repeatable"] * self.is_repeatable
        return self.options.help + (f" ({'; '.join(notes)})" if notes else "")


FLAGS = tuple(Flag(field, options) for field in config_fields() for options in field.setting.flag)
_BY_NAME = {flag.name: flag for flag in FLAGS}


def flags_of(command: str) -> tuple[Flag, ...]:
    """The flags that a command takes, in the order of the fields."""
    return tuple(flag for flag in FLAGS if command in flag.commands)


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
    for name, value in sorted(given, key=lambda pair: _is_set_last(pair[0])):
        flag = _BY_NAME.get(name)
        if flag is None:
            problems.append(f"--{name}: unknown flag{nearest(name, _BY_NAME)}")
            continue
        # What is set in elements must not clear the list that holds them.
        adds_elements = flag.is_repeatable and not flag.sets_elements
        if adds_elements and flag.field.list_path not in cleared:
            cleared.add(flag.field.list_path)
            owner, list_name = _owner(config, flag.field.list_path)
            owner.ClearField(list_name)
        try:
            _apply_one(config, flag, value)
        except ValueError as error:
            problems.append(f"--{name}: {error}")
    if problems:
        raise ConfigurationError(problems)


def _is_set_last(name: str) -> bool:
    # What is set in elements of a list, such as --allow_custom_code in all models, comes
    # after the flags that add them.
    return name in _BY_NAME and _BY_NAME[name].sets_elements


def _owner(config: PipelineConfig, path: str) -> tuple[Any, str]:
    """The message that holds a field, and the field's name in it."""
    *owners, name = path.split(".")
    message: Any = config
    for owner in owners:
        message = getattr(message, owner)
    return message, name


def _apply_one(config: PipelineConfig, flag: Flag, value: str) -> None:
    field: Field = flag.field.descriptor
    # For a field of list elements the owner is the list itself.
    owner, name = _owner(config, flag.field.path)
    if flag.sets_elements:
        _set_in_elements(owner, flag, value, field)
    elif flag.field.is_in_list_element:
        _add_element(owner, flag, value, field)
    elif field.message_type is not None:
        _add_element(getattr(owner, name), flag, value, field.message_type.fields[1])
    elif is_repeated(field):
        getattr(owner, name).append(convert(field, Word(value)))
    elif flag.options.assignments_field and "=" in value:
        assignments = getattr(owner, flag.options.assignments_field)
        list_type = field.containing_type.fields_by_name[flag.options.assignments_field]
        _add_element(assignments, flag, value, list_type.message_type.fields[1])
    elif flag.options.values_field:
        text, _, values = value.partition("=")
        setattr(owner, name, convert(field, Word(text)))
        getattr(owner, flag.options.values_field)[:] = values.split(",") if values else []
    elif flag.options.import_path_field:
        import_path_name = flag.options.import_path_field
        text = convert(field, Word(value))
        setattr(owner, name, "" if ":" in text else text)
        setattr(owner, import_path_name, text if ":" in text else "")
    else:
        setattr(owner, name, True if flag.is_switch else convert(field, Word(value)))


def _add_element(elements: Any, flag: Flag, value: str, value_field: Field) -> None:
    """Adds a message to a list: KEY=VALUE sets its first field and `value_field`."""
    key_field = value_field.containing_type.fields[0]
    key, equals, rest = convert(key_field, Word(value)).partition("=")
    if not (key and equals and (rest or flag.options.value_may_be_empty)):
        raise ValueError(f"{quote(value)} is not of the form {flag.metavar}")
    element = elements.add()
    setattr(element, key_field.name, key)
    if is_repeated(value_field):
        getattr(element, value_field.name).extend(rest.split(","))
    else:
        name, text = flag.target_of(rest)
        _set_one_or_several(element, flag, name or value_field.name, text)


def _set_in_elements(elements: Any, flag: Flag, value: str, field: Field) -> None:
    """Sets a field in the elements of a list: [KEY=]VALUE names one of them or means all."""
    if flag.is_switch:
        for element in elements:
            setattr(element, field.name, True)
        return
    key_name = field.containing_type.fields[0].name
    key, equals, rest = value.rpartition("=")
    known = [getattr(element, key_name) for element in elements]
    if equals and key not in known:
        # "models" -> "model"
        kind = flag.field.list_path.removesuffix("s")
        raise ValueError(f"{quote(value)} names no {kind}{nearest(key, known)}")
    for element in elements:
        if equals and getattr(element, key_name) != key:
            continue
        if is_repeated(field):
            getattr(element, field.name).append(convert(field, Word(rest)))
        else:
            _set_one_or_several(element, flag, field.name, convert(field, Word(rest)))


def _set_one_or_several(element: Any, flag: Flag, name: str, value: Any) -> None:
    """Sets a field, or where the value is a list and there is a field for it, that one."""
    list_field = flag.options.list_field
    if list_field:
        set_several(element, name, list_field, value.split(","))
    else:
        field = element.DESCRIPTOR.fields_by_name[name]
        is_text = field.cpp_type == field.CPPTYPE_STRING or not isinstance(value, str)
        setattr(element, name, value if is_text else convert(field, Word(value)))
