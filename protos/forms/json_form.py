"""The formats on disk as JSON that any reader can use without protobuf.

Proto JSON with the field names of the .proto, with one difference that proto
JSON parsers accept: 64-bit integers are numbers, so that a count is 12 and not
"12". Fields without presence are always there, absent optional fields and
messages never. NaN is the string "NaN". Fields stand in the order of the
.proto, map keys sorted: the same message always gives the same bytes.
"""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar

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


_PLAIN = (
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
    FieldDescriptor.CPPTYPE_BOOL,
    FieldDescriptor.CPPTYPE_STRING,
)


def report_to_json(report: RunReport) -> str:
    """A report as it stands in run_report.json, with a newline at the end."""
    return _dumps(report)


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


def comparison_from_json(text: str) -> CompareReport:
    """Reads compare_report.json; raises an InputError where the text is none."""
    return _loads(text, CompareReport, "compare_report.json")


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
    for field in message.DESCRIPTOR.fields:
        value = getattr(message, field.name)
        if is_repeated(field):
            inner = field.message_type
            if inner is not None and inner.GetOptions().map_entry:
                of = inner.fields_by_name["value"]
                result[field.name] = {
                    str(key): _plain(of, value[key]) for key in sorted(value, key=str)
                }
            else:
                result[field.name] = [_plain(field, each) for each in value]
        elif not field.has_presence or message.HasField(field.name):
            result[field.name] = _plain(field, value)
    return result


def _plain(field: Field, value: Any) -> Any:
    if field.message_type is not None:
        return message_to_dict(value)
    if field.cpp_type in FLOATS:
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
        return value
    if field.cpp_type not in _PLAIN or field.type == FieldDescriptor.TYPE_BYTES:
        raise TypeError(f"{field.full_name} has a type that JSON reports do not use")
    return value


def _dumps(message: Message) -> str:
    # Indenting takes Python's slow encoder, and nobody reads the lines of ten thousand slices.
    indent = 1 if message.ByteSize() < _MOST_INDENTED else None
    return (
        json.dumps(message_to_dict(message), indent=indent, ensure_ascii=False, allow_nan=False)
        + "\n"
    )


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
