"""What the options of config.proto demand of a value, and the list of mistakes.

Each check appends sentences of one shape: the field's path, its value, what is
wrong with it, the cure.
"""

from __future__ import annotations

import codecs
import collections
import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from google.protobuf.message import Message

from fairflip.protos import columns
from fairflip.protos.forms.config_fields import setting_of
from fairflip.protos.forms.messages import FLOATS, Field, is_repeated, nearest, quote
from fairflip.protos.options_pb2 import (
    COLUMN,
    FILE,
    GROUP,
    IMPORT_PATH,
    LEARNING_RATE,
    MODEL_NAME,
    TEXT_ENCODING,
)

_MAX_NAME = 64
_LIKE_A_REPEAT = re.compile(r"\.repeat\d+\Z")
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"}
#: Text encodings of Python that no file is in: escapes of source code, domain names.
_NOT_FOR_FILES = ("idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined")
_IMPORT_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")


class Problems(list[str]):
    """The mistakes so far."""

    def add(self, path: str, mistake: str, cure: str) -> None:
        """Appends one sentence about the field at `path`."""
        self.append(f"{path}: {mistake}; {cure}")


def check_field(
    message: Message,
    name: str,
    command: str,
    problems: Problems,
    path: str = "",
    commands: Sequence[str] = (),
) -> None:
    """Holds one field of a message with its defaults, and all inside it, against its options.

    Args:
        message: A `PipelineConfig` or a message of one.
        name: The field's name.
        command: Fields that this command does not read are passed over; "": none is.
        problems: Mistakes are appended.
        path: Where `message` stands in the configuration.
        commands: The commands that read `message`.
    """
    field = message.DESCRIPTOR.fields_by_name[name]
    setting = setting_of(field)
    commands = setting.commands or commands
    path = f"{path}.{name}" if path else name
    is_absent = field.has_presence and not message.HasField(name)
    value = getattr(message, name)
    is_read = not command or command in commands
    if is_repeated(field) and is_read:
        if setting.required and not value:
            problems.add(path, "is empty", setting.cure)
        if setting.unique:
            check_duplicates(path, _keys_of(field, value), problems)
    if field.message_type is not None:
        elements = value if is_repeated(field) else [] if is_absent else [value]
        for index, element in enumerate(elements):
            element_path = f"{path}[{index}]" if is_repeated(field) else path
            for inner in element.DESCRIPTOR.fields:
                check_field(element, inner.name, command, problems, element_path, commands)
    elif is_absent or not is_read:
        return
    elif is_repeated(field):
        for index, element in enumerate(value):
            _check_value(field, f"{path}[{index}]", element, problems)
    else:
        _check_value(field, path, value, problems)


def _keys_of(field: Field, elements: Sequence[Any]) -> list[Any]:
    """What tells elements of a list apart: themselves, or the first fields of messages."""
    if field.message_type is None:
        return list(elements)
    key = field.message_type.fields[0].name
    return [getattr(element, key) for element in elements if getattr(element, key)]


def _check_value(field: Field, path: str, value: Any, problems: Problems) -> None:
    setting = setting_of(field)
    # An unset text is no mistake, unless the options say so; in a list it always is.
    if (setting.required or is_repeated(field)) and isinstance(value, str) and not value.strip():
        problems.add(path, "is empty", setting.cure or "name one, or remove it")
        return
    if value == "":
        return
    if setting.choices:
        check_choice(path, value, setting.choices, problems)
    if setting.range:
        _check_range(field, path, value, problems)
    check = _CHECK_OF_KIND.get(setting.kind)
    if check is not None:
        check(path, value, problems)
    if setting.kind == FILE:
        check_file(path, value, setting.cure, problems)


def _check_range(field: Field, path: str, value: float, problems: Problems) -> None:
    setting = setting_of(field)
    low_text, high_text = setting.range[1:-1].split(",")
    low, high = float(low_text), float(high_text)
    above = value > low if setting.range.startswith("(") else value >= low
    below = value < high if setting.range.endswith(")") else value <= high
    if above and below:
        return
    if field.cpp_type in FLOATS:
        mistake = f"{value!r} is not {_range_in_words(setting.range, low, high)}"
        problems.add(path, mistake, setting.cure or "give a finite number in the range")
    else:
        span = f"{low:.0f} or more" if high == math.inf else f"{low:.0f} to {high:.0f}"
        problems.add(path, f"{value} is out of range", setting.cure or f"give {span}")


def _range_in_words(interval: str, low: float, high: float) -> str:
    if high < math.inf:
        return f"in {interval}"
    if low == -math.inf:
        return "finite"
    return f"above {low:g}" if interval.startswith("(") else f"{low:g} or more"


def is_local(path: str) -> bool:
    """Whether a path is on the local file system, which can be looked at at once."""
    return "://" not in path


def check_column(path: str, name: str, problems: Problems) -> None:
    """A name of a column of the originals."""
    if name != name.strip():
        problems.add(path, f"{quote(name)} has spaces around it", "remove them")
    elif name.startswith((columns.COUNTERFACTUAL_PREFIX, columns.SCORE_PREFIX)):
        prefix = name.split(".", 1)[0] + "."
        problems.add(
            path,
            f"{quote(name)} starts with {prefix!r}, which marks columns of the pair files",
            "name the original's column",
        )


def _check_model_name(path: str, name: str, problems: Problems) -> None:
    # The name becomes a column, a folder and a key of the result.
    if len(name) > _MAX_NAME:
        problems.add(path, f"{quote(name)} is longer than {_MAX_NAME}", "shorten it")
    elif not _MODEL_NAME.match(name) or name.endswith("."):
        problems.add(
            path,
            f"{quote(name)} cannot name files and columns",
            "use letters, digits, '_', '-' and '.', and start with a letter or digit",
        )
    elif _LIKE_A_REPEAT.search(name):
        problems.add(path, f"{quote(name)} ends like a column of repeated scores", "rename it")
    elif name.lower().split(".", 1)[0] in _WINDOWS_DEVICES:
        problems.add(path, f"{quote(name)} is a device's name on some systems", "rename it")


def _check_encoding(path: str, name: str, problems: Problems) -> None:
    if not _is_text_encoding(name):
        problems.add(
            path,
            f"{quote(name)} is no encoding of text that Python knows",
            "give a name such as utf-8, cp1252 or utf-16",
        )


def _is_text_encoding(name: str) -> bool:
    """Whether `name` is a character encoding, not one of Python's transformations of text."""
    try:
        codec_name = codecs.lookup(name).name
        "a".encode(codec_name)
    except (LookupError, UnicodeError, ValueError):
        return False
    return codec_name not in _NOT_FOR_FILES


def _check_group(path: str, value: str, problems: Problems) -> None:
    feature, _, group = value.partition(":")
    if not (feature and group):
        problems.add(
            path,
            f"{quote(value)} is not of the form FEATURE:GROUP",
            "give one such as 'religion:muslim'",
        )


def _check_learning_rate(path: str, rate: float, problems: Problems) -> None:
    if not 0 < rate < math.inf:
        problems.add(path, f"{rate!r} is no learning rate", "give a positive number")


def _check_import_path(path: str, value: str, problems: Problems) -> None:
    if not _IMPORT_PATH.match(value):
        problems.add(path, f"{quote(value)} is no import path", "give it as 'package.module:name'")


_CHECK_OF_KIND: dict[int, Callable[[str, Any, Problems], None]] = {
    COLUMN: check_column,
    IMPORT_PATH: _check_import_path,
    MODEL_NAME: _check_model_name,
    LEARNING_RATE: _check_learning_rate,
    TEXT_ENCODING: _check_encoding,
    GROUP: _check_group,
}


def check_file(path: str, name: str, cure: str, problems: Problems) -> None:
    """A local file must exist and be a file."""
    if is_local(name) and not os.path.isfile(name):
        state = "is a directory" if os.path.isdir(name) else "does not exist"
        problems.add(path, f"{quote(name)} {state}", cure)


def check_choice(path: str, value: str, valid: Sequence[str], problems: Problems) -> None:
    """A name must be one of a few."""
    if value not in valid:
        problems.append(f"{path}: {quote(value)} is unknown{nearest(value, valid)}")


def check_duplicates(path: str, values: Iterable[str | float], problems: Problems) -> None:
    """Nothing may be in a list twice."""
    for value, count in collections.Counter(values).items():
        if count > 1:
            problems.add(path, f"{quote(value)} is given {count} times", "give it once")
