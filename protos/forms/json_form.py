"""The formats on disk as JSON that any reader can use without protobuf.

Proto JSON with the field names of the .proto, with one difference that proto
JSON parsers accept: 64-bit integers are numbers, so that a count is 12 and not
"12". Fields without presence are always there, absent optional fields and
messages never. NaN is the string "NaN". Fields stand in the order of the
.proto, map keys sorted: the same message always gives the same bytes.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterator
from json.encoder import encode_basestring
from typing import Any, NamedTuple, TypeVar

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from fairflip.protos.audit_pb2 import AuditReport
from fairflip.protos.benchmark_pb2 import BenchmarkReport
from fairflip.protos.comparison_pb2 import CompareReport, TrendReport
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import FLOATS, Field, is_repeated
from fairflip.protos.report_pb2 import RunReport

M = TypeVar("M", bound=Message)

#: Bytes of a message, in its binary form, from which on its JSON is one line.
_MOST_INDENTED = 4 << 20

_INTEGERS = (
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
)


def report_to_json(report: RunReport) -> str:
    """A report as it stands in run_report.json, with a newline at the end."""
    return _dumps(report)


def report_json_pieces(report: RunReport) -> Iterator[str]:
    """`report_to_json` piece by piece: a report of many slices is long."""
    return _dumped(report)


def report_from_json(text: str) -> RunReport:
    """Reads run_report.json.

    Raises:
        InputError: The text is no RunReport; unknown fields are refused.
    """
    return _loads(text, RunReport, "run_report.json")


def comparison_to_json(
    report: CompareReport | TrendReport | BenchmarkReport | AuditReport,
) -> str:
    """A comparison of runs, a trend over them, a benchmark or an audit in the same form."""
    return _dumps(report)


def config_to_json(config: PipelineConfig) -> str:
    """A configuration in the same form, for `Provenance.config` and fingerprints."""
    return _dumps(config)


def config_from_json(text: str) -> PipelineConfig:
    """Reads what `config_to_json` wrote; raises an InputError where it is no configuration."""
    return _loads(text, PipelineConfig, "the configuration")


def message_to_dict(message: Message) -> dict[str, Any]:
    """The message as plain Python values, as JSON will have them.

    Raises:
        TypeError: A field has a type that the two formats do not use.
    """
    result: dict[str, Any] = {}
    for field in _fields_of(message.DESCRIPTOR):
        value = getattr(message, field.name)
        if field.map_value is not None:
            result[field.name] = {
                str(key): field.map_value.plain(value[key]) for key in sorted(value, key=str)
            }
        elif field.is_repeated:
            result[field.name] = [field.plain(each) for each in value]
        elif not field.has_presence or message.HasField(field.name):
            result[field.name] = field.plain(value)
    return result


class _JsonField(NamedTuple):
    """What the two ways of writing a field need of it.

    Attributes:
        name: Its name.
        before: What stands before its value in a line.
        is_repeated: Whether it is a list or a map.
        has_presence: Whether it may be absent.
        plain: From a value to what `json` writes.
        text: From a value to its JSON.
        map_value: Of a map, the field of its values.
    """

    name: str
    before: str
    is_repeated: bool
    has_presence: bool
    plain: Callable[[Any], Any]
    text: Callable[[Any], str]
    map_value: _JsonField | None


@functools.cache
def _fields_of(descriptor: Any) -> tuple[_JsonField, ...]:
    """The fields of a message; looked up once, since a report has a million of them."""
    return tuple(map(_json_field, descriptor.fields))


def _json_field(field: Field) -> _JsonField:
    inner, repeated = field.message_type, is_repeated(field)
    map_value = None
    if inner is not None and inner.GetOptions().map_entry:
        map_value = _json_field(inner.fields_by_name["value"])
    plain: Callable[[Any], Any]
    text: Callable[[Any], str]
    if inner is not None:
        plain, text = message_to_dict, _line
    elif field.cpp_type in FLOATS:
        plain, text = _plain_float, _float_line
    elif field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        if field.type == FieldDescriptor.TYPE_BYTES:
            plain, text = (_refused(field),) * 2
        else:
            plain, text = str, encode_basestring
    elif field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        plain, text = bool, _bool_line
    elif field.cpp_type in _INTEGERS:
        plain, text = int, str
    else:
        plain, text = (_refused(field),) * 2
    before = f"{encode_basestring(field.name)}: "
    return _JsonField(
        field.name, before, repeated, bool(field.has_presence), plain, text, map_value
    )


def _refused(field: Field) -> Callable[[Any], Any]:
    def refuse(_: Any) -> Any:
        raise TypeError(f"{field.full_name} has a type that JSON reports do not use")

    return refuse


def _plain_float(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


def _float_line(value: float) -> str:
    # What is not finite less itself is no number.
    return repr(value) if value - value == 0.0 else f'"{_plain_float(value)}"'


def _bool_line(value: bool) -> str:
    return "true" if value else "false"


def _line(message: Message) -> str:
    """`json.dumps` of `message_to_dict`, without a dict for each message.

    Ten thousand slices are a million values: as text they take a fifth of the memory that
    they take as objects.
    """
    parts = []
    for field in _fields_of(message.DESCRIPTOR):
        name, before, is_repeated, has_presence, _, text, _ = field
        if is_repeated:
            parts.append(_entry(field, getattr(message, name)))
        elif not has_presence or message.HasField(name):
            # `_entry` of one value: a million of them are written.
            parts.append(before + text(getattr(message, name)))
    return f"{{{', '.join(parts)}}}"


def _entry(field: _JsonField, value: Any) -> str:
    """A field with its value."""
    if field.map_value is not None:
        text = field.map_value.text
        entries = (
            f"{encode_basestring(str(key))}: {text(value[key])}" for key in sorted(value, key=str)
        )
        return f"{field.before}{{{', '.join(entries)}}}"
    if field.is_repeated:
        return f"{field.before}[{', '.join(map(field.text, value))}]"
    return field.before + field.text(value)


def _pieces(message: Message) -> Iterator[str]:
    """`_line` in pieces, none of which holds much more than a message of `_MOST_INDENTED`."""
    mark = "{"
    for field in _fields_of(message.DESCRIPTOR):
        value = getattr(message, field.name)
        if field.is_repeated and field.text is _line and field.map_value is None:
            yield f"{mark}{field.before}["
            for number, each in enumerate(value):
                yield ", " if number else ""
                yield from _pieces(each) if each.ByteSize() >= _MOST_INDENTED else (_line(each),)
            yield "]"
        elif field.is_repeated or not field.has_presence or message.HasField(field.name):
            yield f"{mark}{_entry(field, value)}"
        else:
            continue
        mark = ", "
    yield "}" if mark == ", " else "{}"


def _dumped(message: Message) -> Iterator[str]:
    # Indenting takes Python's slow encoder, and nobody reads the lines of ten thousand slices.
    if message.ByteSize() >= _MOST_INDENTED:
        yield from _pieces(message)
    else:
        plain = message_to_dict(message)
        yield json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)
    yield "\n"


def _dumps(message: Message) -> str:
    return "".join(_dumped(message))


def _loads(text: str, message_type: type[M], source: str) -> M:
    try:
        if not text.lstrip().startswith("{"):
            raise ValueError("it is not a JSON object")
        return json_format.Parse(text, message_type())
    except (json_format.ParseError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"{source} is not a {message_type.DESCRIPTOR.name} of this version: {reason}; "
            "was it written by another version, or changed by hand?"
        ) from error
