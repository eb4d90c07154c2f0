"""The fields of `PipelineConfig` with the options that config.proto gives them.

Flags, help, defaults, checks and the reference are made from these options, so that
each is written once, beside its field.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any

from google.protobuf.message import Message

from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.messages import Descriptor, Field, convert, is_repeated
from fairflip.protos.forms.text_formats import Word
from fairflip.protos.options_pb2 import Setting, setting


@dataclasses.dataclass(frozen=True)
class ConfigField:
    """One field of the configuration.

    Attributes:
        path: Dotted path in `PipelineConfig`.
        descriptor: The field's own descriptor.
        setting: Its options.
        commands: The commands that read it.
        list_path: Path of the list that it is or lies in: "models" for
            "models.path"; "" where there is none.
    """

    path: str
    descriptor: Field
    setting: Setting
    commands: tuple[str, ...]
    list_path: str

    @property
    def is_in_list_element(self) -> bool:
        """Whether it belongs to each message of a list, such as the path of a model."""
        return self.list_path not in ("", self.path)


def setting_of(field: Field) -> Setting:
    """The options of a field; empty where config.proto gives none."""
    options: Setting = field.GetOptions().Extensions[setting]
    return options


@functools.lru_cache(maxsize=1)
def config_fields() -> tuple[ConfigField, ...]:
    """Every field of the configuration, in the order of config.proto."""

    def walk(
        message: Descriptor, prefix: str, commands: tuple[str, ...], list_path: str
    ) -> Iterator[ConfigField]:
        for descriptor in message.fields:
            options = setting_of(descriptor)
            field = ConfigField(
                prefix + descriptor.name,
                descriptor,
                options,
                tuple(options.commands) or commands,
                list_path or (prefix + descriptor.name if is_repeated(descriptor) else ""),
            )
            yield field
            if descriptor.message_type is not None:
                yield from walk(
                    descriptor.message_type, f"{field.path}.", field.commands, field.list_path
                )

    return tuple(walk(PipelineConfig.DESCRIPTOR, "", (), ""))


def choices(message_type: type[Message], field: str) -> tuple[str, ...]:
    """The values that a field may have, as its options list them."""
    return tuple(setting_of(message_type.DESCRIPTOR.fields_by_name[field]).choices)


def default_of(message_type: type[Message], field: str) -> Any:
    """What an unset field holds in a complete configuration; of a list, its one element."""
    return _default_of(message_type.DESCRIPTOR.fields_by_name[field])


def _default_of(field: Field) -> Any:
    """A field's default; None where its options give none."""
    text = setting_of(field).default
    return convert(field, Word(text)) if text else None


def fill_defaults(message: Message) -> None:
    """Sets, in place, every unset field that has a default.

    The sections of a `PipelineConfig` are always there. A message deeper inside, such as
    the training of a model, is filled only where it is present.
    """
    is_root = message.DESCRIPTOR is PipelineConfig.DESCRIPTOR
    for field in message.DESCRIPTOR.fields:
        if field.message_type is not None:
            if is_repeated(field):
                for element in getattr(message, field.name):
                    fill_defaults(element)
            elif is_root or message.HasField(field.name):
                fill_defaults(getattr(message, field.name))
            continue
        value = _default_of(field)
        if value is None:
            continue
        current = getattr(message, field.name)
        if message.HasField(field.name) if field.has_presence else current:
            continue
        if is_repeated(field):
            current.append(value)
        else:
            setattr(message, field.name, value)
