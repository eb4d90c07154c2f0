"""Holds a parsed configuration tree against a message type and finds all mistakes.

Works on any message of ours (`PipelineConfig`, `Limits`): the schema is read
from the descriptor, so a new field needs no line here.
"""

from __future__ import annotations

import difflib
import functools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.text_formats import Fields, ReadHead, Word, format_of, parse, read_text

M = TypeVar("M", bound=Message)
#: A message type or field of protobuf, whose C and Python classes differ.
Descriptor: TypeAlias = Any
Field: TypeAlias = Any

_INTEGERS = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
#: The types of fields that hold floating-point numbers.
FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
_TRUTH = {"true": True, "false": False, "True": True, "False": False}
_DECIMAL = re.compile(r"[+-]?[0-9]{1,40}\Z")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?\Z")
_NOT_FINITE = re.compile(r"[+-]?\.?(nan|inf|infinity)\Z", re.IGNORECASE)


def is_repeated(field: Field) -> bool:
    """Whether a field holds a list; protobuf before 6.32 has no property for it."""
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return field.label == FieldDescriptor.LABEL_REPEATED


def quote(value: Any) -> str:
    """A value for an error message: on one line, escaped, at most 80 characters.

    A longer one loses its middle: a path is known by its end, a sentence by its start.
    """
    if isinstance(value, (Fields, Mapping)):
        return "a message {...}"
    if isinstance(value, list | tuple):
        return "a list [...]"
    text = ascii(str(value) if isinstance(value, Word) else value)
    return text if len(text) <= 80 else text[:38] + "..." + text[-39:]


def count_of(number: int, one: str, many: str = "") -> str:
    """A number and what it counts, or what is said of it, as grammar wants it.

    >>> count_of(1, "record"), count_of(1200, "record")
    ('1 record', '1,200 records')
    >>> count_of(0, "record was left out", "records were left out")
    '0 records were left out'
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a sentence: "did you mean" a near name, or else all valid names."""
    names = list(names)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if not near:
        lowered = {n.lower(): n for n in names}
        near = [
            lowered[n] for n in difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.6)
        ]
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; valid: {', '.join(names)}" if names else ""


@functools.lru_cache(maxsize=16)
def field_paths(descriptor: Descriptor) -> tuple[str, ...]:
    """Every field's dotted path below a message type, in the order of the .proto."""
    paths: list[str] = []

    def walk(message: Descriptor, prefix: str, seen: tuple[str, ...]) -> None:
        for field in message.fields:
            paths.append(prefix + field.name)
            inner = field.message_type
            if inner is not None and inner.full_name not in seen:
                walk(inner, f"{prefix}{field.name}.", (*seen, inner.full_name))

    walk(descriptor, "", (descriptor.full_name,))
    return tuple(paths)


def read_message(path: str, message_type: type[M], named_by: str, read_head: ReadHead) -> M:
    """Reads a message from a textproto, JSON or YAML file.

    Args:
        path: A path that `read_head` reads.
        message_type: The class of the message.
        named_by: The flag or field that names the file, for messages.
        read_head: Reads the first bytes of a path.

    Raises:
        ConfigurationError: With all mistakes in the file.
    """
    text = read_text(path, named_by, read_head)
    try:
        return parse_message(text, format_of(path, text), message_type)
    except ConfigurationError as error:
        raise ConfigurationError([f"{path}: {problem}" for problem in error.problems]) from None


def parse_message(text: str, file_format: str, message_type: type[M]) -> M:
    """Reads a message from text; raises a ConfigurationError with all mistakes in it."""
    message = message_type()
    problems: list[str] = []
    fill(message, parse(text, file_format), problems, strict_text=file_format == "textproto")
    if problems:
        raise ConfigurationError(problems)
    return message


def fill(
    message: Message,
    tree: Any,
    problems: list[str],
    *,
    path: str = "",
    strict_text: bool = False,
    root: Descriptor | None = None,
) -> None:
    """Sets the tree's fields in a message and appends each mistake to `problems`.

    Repeated fields are replaced by those of the tree; messages are filled
    field by field.

    Args:
        message: Changed in place.
        tree: A tree of `text_formats.parse`, or a plain mapping.
        problems: One sentence each: path, value, cure.
        path: Where `message` stands, for the messages.
        strict_text: Text must be quoted and numbers must not, as in textproto.
        root: The outermost message type, for suggestions from elsewhere in it.
    """
    root = root or message.DESCRIPTOR
    if isinstance(tree, Message):
        if tree.DESCRIPTOR.full_name != message.DESCRIPTOR.full_name:
            problems.append(
                f"{path or 'configuration'}: a {tree.DESCRIPTOR.name} stands where a "
                f"{message.DESCRIPTOR.name} belongs"
            )
        else:
            merge_over(message, tree)
        return
    if isinstance(tree, Mapping):
        tree = Fields((str(name), value) for name, value in tree.items())
    if not isinstance(tree, Fields):
        problems.append(
            f"{path or 'configuration'}: {quote(tree)} stands where a message with the fields "
            f"{', '.join(f.name for f in message.DESCRIPTOR.fields)} belongs"
        )
        return
    # Proto JSON spells names in lowerCamelCase; both spellings are one field.
    by_name = {field.name: field for field in message.DESCRIPTOR.fields}
    by_name |= {field.json_name: field for field in message.DESCRIPTOR.fields}
    values_of: dict[str, list[Any]] = {}
    for name, value in tree:
        field = by_name.get(name)
        if field is not None:
            values_of.setdefault(field.name, []).append(value)
        else:
            problems.append(_unknown_field(name, path, message.DESCRIPTOR, root))
    for name, values in values_of.items():
        field_path = f"{path}.{name}" if path else name
        _set_field(message, by_name[name], values, field_path, problems, strict_text, root)


def _unknown_field(name: str, path: str, message: Descriptor, root: Descriptor) -> str:
    shown = ascii(name)[1:-1][:80]
    field_path = f"{path}.{shown}" if path else shown
    names = [field.name for field in message.fields]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.75)
    if near:
        return f"{field_path}: unknown field; did you mean {near[0]!r}?"
    # A field of the right name in the wrong message is the commonest mistake.
    everywhere = field_paths(root)
    by_leaf: dict[str, str] = {}
    for known in everywhere:
        by_leaf.setdefault(known.rsplit(".", 1)[-1], known)
    near = difflib.get_close_matches(name, by_leaf, n=1, cutoff=0.75)
    if near:
        return f"{field_path}: unknown field; did you mean {by_leaf[near[0]]!r}?"
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    if near:
        return f"{field_path}: unknown field; did you mean {near[0]!r}?"
    return f"{field_path}: unknown field; valid here: {', '.join(names)}"


def _set_field(
    message: Message,
    field: Field,
    values: list[Any],
    field_path: str,
    problems: list[str],
    strict_text: bool,
    root: Descriptor,
) -> None:
    if is_repeated(field):
        _set_list(message, field, values, field_path, problems, strict_text, root)
    elif len(values) > 1:
        problems.append(f"{field_path}: given {len(values)} times; give it once")
    elif values[0] is None:
        return  # "null" leaves a field unset.
    elif field.message_type is not None:
        inner = getattr(message, field.name)
        inner.SetInParent()
        fill(inner, values[0], problems, path=field_path, strict_text=strict_text, root=root)
    else:
        try:
            setattr(message, field.name, convert(field, values[0], strict_text))
        except ValueError as error:
            problems.append(f"{field_path}: {error}")


def _set_list(
    message: Message,
    field: Field,
    values: list[Any],
    field_path: str,
    problems: list[str],
    strict_text: bool,
    root: Descriptor,
) -> None:
    # Textproto names a list's field once for each element; JSON and YAML have one list.
    if len(values) > 1 and not strict_text:
        problems.append(f"{field_path}: given {len(values)} times; give it once, as a list")
        return
    elements: list[Any] = []
    for value in values:
        # A message is a list of its fields, too, and is one element.
        if isinstance(value, list | tuple) and not isinstance(value, Fields):
            elements.extend(value)
        elif value is not None:
            elements.append(value)
    message.ClearField(field.name)
    container = getattr(message, field.name)
    for index, element in enumerate(elements):
        element_path = f"{field_path}[{index}]"
        if field.message_type is not None:
            fill(
                container.add(),
                element,
                problems,
                path=element_path,
                strict_text=strict_text,
                root=root,
            )
            continue
        try:
            container.append(convert(field, element, strict_text))
        except ValueError as error:
            problems.append(f"{element_path}: {error}")


def convert(field: Field, value: Any, strict_text: bool = False) -> Any:
    """A tree's scalar as the field's type.

    Raises:
        ValueError: With the rest of a sentence that starts with the field's path.
    """
    if isinstance(value, Fields | Mapping | list | tuple | Message):
        raise ValueError(f"{quote(value)} stands where {_kind(field)} belongs")
    # A `Word` comes from textproto, YAML or the command line without quotes. In textproto
    # (`strict_text`) only words may be numbers or truth values, and only quoted text is text.
    kind = field.cpp_type
    if kind == FieldDescriptor.CPPTYPE_STRING:
        return _as_text(value, strict_text)
    text = isinstance(value, str)
    if text and strict_text and not isinstance(value, Word):
        raise ValueError(f"{quote(value)} is text, not {_kind(field)}; remove the quotes")
    if kind == FieldDescriptor.CPPTYPE_BOOL:
        result = _TRUTH.get(str(value)) if text else value
        if strict_text and value in ("0", "1", "t", "f"):
            result = value in ("1", "t")
        if isinstance(result, bool):
            return result
    elif isinstance(value, bool):
        pass
    elif kind in _INTEGERS:
        return _as_integer(field, value)
    elif kind in FLOATS:
        if text:
            digits = value[:-1] if strict_text and value[-1:] in "fF" else value
            if _NUMBER.match(digits):
                return float(digits)
            if _NOT_FINITE.match(value):
                return float(value.replace(".", ""))
        elif isinstance(value, int | float):
            if isinstance(value, int) and abs(value) > 2**1000:
                return math.inf if value > 0 else -math.inf
            return float(value)
        elif hasattr(value, "__float__"):  # NumPy scalars, from Python callers
            return float(value)
    else:
        raise TypeError(f"no conversion for {field.full_name}")
    raise ValueError(f"{quote(value)} is not {_kind(field)}")


def _as_text(value: Any, strict_text: bool) -> str:
    if isinstance(value, Word) and strict_text:
        raise ValueError(
            f"{quote(value)} is not quoted; write {quote(str(value))} in double quotes"
        )
    if not isinstance(value, str):
        if hasattr(value, "__fspath__"):
            return str(value.__fspath__())
        raise ValueError(f"{quote(value)} is not text; put it in quotes")
    text = str(value)
    if any(ord(char) < 32 and char not in "\t\n\r" for char in text):
        raise ValueError(f"{quote(text)} has a control character; remove it")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError(f"{quote(text)} is not valid Unicode; remove the lone surrogate") from None
    return text


def _as_integer(field: Field, value: Any) -> int:
    if isinstance(value, str):
        if _DECIMAL.match(value):
            number = int(value)
        elif re.match(r"[+-]?0[xX][0-9a-fA-F]{1,40}\Z", value):
            number = int(value, 16)
        else:
            raise ValueError(f"{quote(value)} is not {_kind(field)}")
    elif isinstance(value, float):
        if not value.is_integer():
            raise ValueError(f"{quote(value)} is not {_kind(field)}")
        number = int(value)
    elif hasattr(value, "__index__"):
        number = int(value)
    else:
        raise ValueError(f"{quote(value)} is not {_kind(field)}")
    low, high = _INTEGERS[field.cpp_type]
    if not low <= number <= high:
        raise ValueError(f"{quote(str(value)[:60])} is out of range; give {low} to {high}")
    return number


def _kind(field: Field) -> str:
    if field.message_type is not None:
        return "a message"
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return "text"
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return "true or false"
    return "a whole number" if field.cpp_type in _INTEGERS else "a number"


def merge_over(message: Message, overrides: Message) -> None:
    """Sets in `message` what `overrides` has: repeated fields are replaced, not extended."""
    for field, value in overrides.ListFields():
        if is_repeated(field):
            message.ClearField(field.name)
            getattr(message, field.name).MergeFrom(value)
        elif field.message_type is not None:
            inner = getattr(message, field.name)
            inner.SetInParent()
            merge_over(inner, value)
        else:
            setattr(message, field.name, value)


def set_several(element: Any, name: str, list_field: str, values: Sequence[str]) -> None:
    """Sets one value in a field, and several, or * for all, in the list beside it."""
    element.ClearField(name)
    element.ClearField(list_field)
    if len(values) == 1 and values[0] != "*":
        setattr(element, name, values[0])
    else:
        getattr(element, list_field).extend(values)
