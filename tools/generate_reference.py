"""Generates docs/reference/ from the sources, or checks that it is fresh.

One page each for the configuration (with flags and defaults), the limits, the
report (with the names that limits use), the command line and the metrics.
``--check`` exits 1 where a committed page differs from what the sources say.
"""

from __future__ import annotations

import argparse
import pathlib
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping

import grpc_tools
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FieldDescriptor
from grpc_tools import protoc
from reference_commands import commands_page
from reference_metrics import metrics_page

from fairflip.pipeline.config.settings import COMMANDS, FLAGS
from fairflip.pipeline.gate.report_values import REJECTS, TABLES, metric_names
from fairflip.protos.forms.config_fields import ConfigField, config_fields, setting_of
from fairflip.protos.options_pb2 import Setting
from fairflip.protos.service_pb2 import Service

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
REFERENCE = ROOT / "docs" / "reference"

Field = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    Field.TYPE_STRING: "text",
    Field.TYPE_BOOL: "true or false",
    Field.TYPE_DOUBLE: "number",
    Field.TYPE_INT32: "whole number",
    Field.TYPE_INT64: "whole number",
}
#: Numbers of descriptor.proto's fields, by which source locations are addressed.
_MESSAGE, _FIELD, _SYNTAX = 4, 2, 12


class ProtoFile:
    """A .proto file's messages with their comments."""

    def __init__(self, name: str):
        well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
        with tempfile.TemporaryDirectory() as folder:
            made = pathlib.Path(folder) / "descriptors"
            code = protoc.main(
                [
                    "protoc",
                    f"-Ifairflip/protos={PROTOS}",
                    f"-I{well_known}",
                    f"--descriptor_set_out={made}",
                    "--include_source_info",
                    f"fairflip/protos/{name}",
                ]
            )
            if code:
                raise SystemExit(f"protoc failed with exit code {code}")
            files = descriptor_pb2.FileDescriptorSet.FromString(made.read_bytes())
        self.descriptor = files.file[-1]
        self._comments: dict[tuple[int, ...], str] = {}
        self.introduction = ""
        for location in self.descriptor.source_code_info.location:
            path = tuple(location.path)
            text = "\n".join((location.leading_comments, location.trailing_comments))
            self._comments[path] = _one_paragraph(text)
            if path == (_SYNTAX,):
                self.introduction = "\n".join(
                    line.removeprefix(" ") for line in location.leading_comments.splitlines()
                ).strip()

    def messages(self) -> Iterator[tuple[descriptor_pb2.DescriptorProto, str, list[str]]]:
        """Each message with its comment and those of its fields, in the file's order."""
        for index, message in enumerate(self.descriptor.message_type):
            path = (_MESSAGE, index)
            fields = [
                self._comments.get((*path, _FIELD, place), "")
                for place in range(len(message.field))
            ]
            yield message, self._comments.get(path, ""), fields


def _one_paragraph(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    # Inside code, which is every second part, only the column's bar means something.
    parts = text.replace("|", "\\|").split("`")
    parts[::2] = [part.replace("<", "&lt;").replace("*", "\\*") for part in parts[::2]]
    return "`".join(parts)


#: Messages of other files than the report's that pages link to.
_PAGE_OF = {"Limit": "limits.md", "ComparedRun": "comparison.md"}


def _type(message: descriptor_pb2.DescriptorProto, field: Field, own: Collection[str]) -> str:
    # Messages that are not the page's own are those of the report.
    entries = {nested.name: nested for nested in message.nested_type if nested.options.map_entry}
    name = field.type_name.rsplit(".", 1)[-1]
    if name in entries:
        return f"map from text to {_type(message, entries[name].field[1], own)}"
    page = "" if name in own else _PAGE_OF.get(name, "report.md")
    shown = f"[{name}]({page}#{name.lower()})" if name else _SCALARS[field.type]
    return f"list of {shown}" if field.label == Field.LABEL_REPEATED else shown


def _page(
    title: str,
    file: ProtoFile,
    column: str,
    extra: Mapping[tuple[str, str], str],
    help_texts: Mapping[tuple[str, str], str] | None = None,
) -> str:
    # `extra` fills the last column; `help_texts` speak for fields without a comment.
    help_texts = help_texts or {}
    lines = [
        f"# {title}",
        "",
        "<!-- Made by tools/generate_reference.py from protos/; do not edit. -->",
        "",
        file.introduction,
        "",
    ]
    messages = list(file.messages())
    own = {message.name for message, _, _ in messages}
    for message, comment, comments in messages:
        lines += [f"## {message.name}", ""]
        lines += [comment, ""] if comment else []
        head = f" {column} |" if column else ""
        lines += [f"| field | type | meaning |{head}", "|---|---|---|" + ("---|" if column else "")]
        for field, about in zip(message.field, comments, strict=True):
            meaning = about or help_texts.get((message.name, field.name), "")
            cells = [f"`{field.name}`", _type(message, field, own), _cell(meaning)]
            if column:
                cells.append(extra.get((message.name, field.name), ""))
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _flags_and_default(field: ConfigField) -> str:
    notes = [f"`--{flag.name or field.descriptor.name}`" for flag in field.setting.flag]
    default = field.setting.default
    if field.descriptor.cpp_type == FieldDescriptor.CPPTYPE_STRING and default:
        default = f'"{default}"'
    if default:
        notes.append(f"default `{default}`")
    elif field.setting.default_in_words:
        notes.append(f"default: {field.setting.default_in_words}")
    return ", ".join(notes)


def config_page() -> str:
    """The configuration: fields with flags and defaults, then the flags by command."""
    extra, help_texts = {}, {}
    for field in config_fields():
        key = (field.descriptor.containing_type.name, field.descriptor.name)
        extra[key] = _flags_and_default(field)
        help_texts[key] = next((flag.help for flag in field.setting.flag), "")
    lines = [
        _page("Configuration", ProtoFile("config.proto"), "flag, default", extra, help_texts),
        "## Flags",
        "",
        "Each sets one field; a repeatable flag replaces the file's whole list. `--model`,",
        "`--score` and `--handler` fill one list together: the first is the baseline.",
        "",
    ]
    lines += ["| flag | field | meaning | commands |", "|---|---|---|---|"]
    for flag in FLAGS:
        usage = f"--{flag.name} {flag.metavar}".strip().replace("|", "\\|")
        used = ", ".join(command for command in COMMANDS if command in flag.commands)
        cells = [f"`{usage}`", f"`{flag.field.path}`", _cell(flag.help_text), used]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def limits_page() -> str:
    """The limits of the gate."""
    return _page("Limits of the gate", ProtoFile("limits.proto"), "", {})


def service_page() -> str:
    """The description of a scoring service."""
    extra = {
        (message.name, field.name): _default(setting_of(field))
        for message in Service.DESCRIPTOR.file.message_types_by_name.values()
        for field in message.fields
    }
    return _page("Services", ProtoFile("service.proto"), "default", extra)


def _default(setting: Setting) -> str:
    return f"`{setting.default}`" if setting.default else setting.default_in_words


def report_page() -> str:
    """The report: fields with the names by which limits call them."""
    extra: dict[tuple[str, str], list[str]] = {}
    for name in metric_names():
        if name in REJECTS:
            continue
        table, _, field = name.rpartition(".")
        holders = [TABLES[table]] if table or field in TABLES[""].DESCRIPTOR.fields_by_name else []
        for message in holders or [TABLES["thresholds"]]:
            extra.setdefault((message.DESCRIPTOR.name, field), []).append(f"`{name}`")
    extra["SliceReport", "ctf_gap_quantiles"] = ["`ctf_gap_quantiles@0.9`"]
    extra["RejectCount", "count"] = [f"`{name}`" for name in REJECTS]
    joined = {key: ", ".join(sorted(names, key=len)) for key, names in extra.items()}
    return _page("Report", ProtoFile("report.proto"), "name in limits", joined)


def comparison_page() -> str:
    """What comparing runs found."""
    return _page("Comparison of runs", ProtoFile("comparison.proto"), "", {})


def benchmark_page() -> str:
    """What a benchmark found."""
    return _page("Benchmark", ProtoFile("benchmark.proto"), "", {})


def audit_page() -> str:
    """Scenarios and what an audit found."""
    return _page("Audit", ProtoFile("audit.proto"), "", {})


PAGES = {
    "audit.md": audit_page,
    "benchmark.md": benchmark_page,
    "commands.md": commands_page,
    "comparison.md": comparison_page,
    "config.md": config_page,
    "limits.md": limits_page,
    "metrics.md": metrics_page,
    "report.md": report_page,
    "services.md": service_page,
}


def main() -> int:
    """Writes or checks the pages; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare, write nothing")
    check = parser.parse_args().check
    stale = []
    for name, make in PAGES.items():
        path, text = REFERENCE / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if check and stale:
        print(f"stale: {', '.join(stale)}; run tools/generate_reference.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
