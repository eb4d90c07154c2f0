"""From a configuration file's text to a plain tree, for textproto, JSON and YAML alike.

protobuf's own parsers stop at the first mistake. Here the text becomes a tree
without looking at the schema, and `messages.fill` then holds the tree
against the message type, so that all mistakes are found at once and every
format gets the same messages.

A tree is a `Fields` (pairs of name and value, in order, names possibly twice),
a list, a `str` (quoted in the file), a `Word` (unquoted, still to be read as
number, truth value or text), or what JSON has besides: bool, int, float, None.

The text may come from anyone: its size, depth and number of values are
bounded, YAML tags are never constructed, aliases cannot multiply.
"""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from fairflip.protos.errors import ConfigurationError, printable

MAX_BYTES = 4 << 20
MAX_DEPTH = 32
MAX_VALUES = 200_000

_FORMATS = {
    ".textproto": "textproto",
    ".textpb": "textproto",
    ".pbtxt": "textproto",
    ".txtpb": "textproto",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
}


#: `text_format.Tokenizer`, which the published type hints get wrong.
Tokenizer: TypeAlias = Any
#: Path and number of bytes -> the file's first bytes.
ReadHead: TypeAlias = Callable[[str, int], bytes]


class Word(str):
    """An unquoted value: what it means depends on the type of its field."""

    __slots__ = ()


class Fields(list[tuple[str, Any]]):
    """The fields of one message as the file has them."""


def format_of(path: str, text: str) -> str:
    """The format by the file's extension, or else by its content.

    JSON starts with a brace. Of the other two, only textproto starts a message
    with ``name {``, and only YAML has lines ``name:`` and ``- value``.
    """
    known = _FORMATS.get(pathlib.PurePath(path).suffix.lower())
    if known:
        return known
    lines = [line.split("#", 1)[0].strip() for line in text.splitlines()]
    lines = [line for line in lines if line]
    if lines and lines[0].startswith("{"):
        return "json"
    if lines and re.match(r"\w+\s*[{<]", lines[0]):
        return "textproto"
    is_yaml = any(line.endswith(":") or line.startswith("- ") for line in lines)
    return "yaml" if is_yaml else "textproto"


def read_text(path: str, named_by: str, read_head: ReadHead) -> str:
    """A small text file, whole.

    Args:
        path: A local path, relative to the current directory, or a path on
            another Beam filesystem.
        named_by: The flag or field that names it, for messages.
        read_head: Reads that many bytes of a path, or all that there are.

    Raises:
        ConfigurationError: It is missing, unreadable, too large, or not UTF-8.
    """
    try:
        content = read_head(path, MAX_BYTES + 1)
    except FileNotFoundError:
        raise ConfigurationError(
            f"{named_by}: {path!r} does not exist; paths are relative to the current directory"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigurationError(
            f"{named_by}: {path!r} cannot be read ({reason}); name a readable file"
        ) from error
    if len(content) > MAX_BYTES:
        raise ConfigurationError(
            f"{named_by}: {path!r} is larger than {MAX_BYTES >> 20} MiB; is it the right file?"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"{named_by}: {path!r} is not UTF-8 at byte {error.start}; name a text file "
            "(textproto, JSON or YAML)"
        ) from error


def parse(text: str, file_format: str) -> Fields:
    """The tree of a configuration text.

    Args:
        text: The whole file.
        file_format: "textproto", "json" or "yaml".

    Raises:
        ConfigurationError: The text is not well-formed; the message has the line.
    """
    try:
        return {"textproto": _parse_textproto, "json": _parse_json, "yaml": _parse_yaml}[
            file_format
        ](text)
    except RecursionError:
        raise ConfigurationError(f"not valid {file_format}: nested too deeply") from None


def _check_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ConfigurationError(f"nested more than {MAX_DEPTH} levels deep")


# --- textproto ---------------------------------------------------------------


def _parse_textproto(text: str) -> Fields:
    from google.protobuf import text_format  # Costs 45 ms, and JSON does not need it.

    try:
        tokens: Tokenizer = text_format.Tokenizer(text.splitlines())
        fields = _textproto_fields(tokens, "", 0)
    except (text_format.ParseError, ValueError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"not valid textproto: {_one_line(error)}") from error
    return fields


def _textproto_fields(tokens: Tokenizer, end: str, depth: int) -> Fields:
    _check_depth(depth)
    fields = Fields()
    while not tokens.AtEnd() and tokens.token != end:
        if tokens.token in ("}", ">"):
            raise tokens.ParseError(f"Unexpected {tokens.token!r}.")
        name = tokens.ConsumeIdentifier()
        has_colon = tokens.TryConsume(":")
        if not has_colon and tokens.token not in ("{", "<"):
            raise tokens.ParseError(f"Expected ':' or '{{' after {name!r}.")
        if tokens.TryConsume("["):
            while not tokens.TryConsume("]"):
                fields.append((name, _textproto_value(tokens, depth)))
                if not tokens.TryConsume(",") and tokens.token != "]":
                    raise tokens.ParseError("Expected ',' or ']'.")
        else:
            fields.append((name, _textproto_value(tokens, depth)))
        if not tokens.TryConsume(","):
            tokens.TryConsume(";")
    if end and not tokens.TryConsume(end):
        raise tokens.ParseError(f"Expected {end!r} before the end of the file.")
    return fields


def _textproto_value(tokens: Tokenizer, depth: int) -> Any:
    for start, end in (("{", "}"), ("<", ">")):
        if tokens.TryConsume(start):
            return _textproto_fields(tokens, end, depth + 1)
    if tokens.token[:1] in ("'", '"'):
        return tokens.ConsumeString()
    word = tokens.token
    if not word or not (word[0].isalnum() or word[0] in "_+-."):
        raise tokens.ParseError(f"Expected a value, found {word!r}.")
    tokens.NextToken()
    # "- 1" and "-inf" come as two tokens, by the tokenizer's rules.
    if word == "-" and not tokens.AtEnd():
        word += tokens.token
        tokens.NextToken()
    return Word(word)


# --- JSON --------------------------------------------------------------------


def _parse_json(text: str) -> Fields:
    try:
        tree = json.loads(text, object_pairs_hook=Fields)
    except ValueError as error:
        raise ConfigurationError(f"not valid JSON: {_one_line(error)}") from error
    if not isinstance(tree, Fields):
        raise ConfigurationError("not a configuration: the JSON must be an object, {...}")
    return tree


# --- YAML --------------------------------------------------------------------


def _parse_yaml(text: str) -> Fields:
    import yaml  # Costs 50 ms, and few files need it.

    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(f"not valid YAML: {_one_line(error)}") from error
    if node is None:
        return Fields()
    budget = [MAX_VALUES]

    def convert(node: Any, depth: int) -> Any:
        _check_depth(depth)
        budget[0] -= 1
        if budget[0] < 0:
            raise ConfigurationError(f"more than {MAX_VALUES} values; is it the right file?")
        if isinstance(node, yaml.MappingNode):
            fields = Fields()
            for key, value in node.value:
                if not isinstance(key, yaml.ScalarNode):
                    line = key.start_mark.line + 1
                    raise ConfigurationError(
                        f"not valid YAML here: line {line} has a field name that is not a word"
                    )
                fields.append((key.value, convert(value, depth + 1)))
            return fields
        if isinstance(node, yaml.SequenceNode):
            return [convert(value, depth + 1) for value in node.value]
        if node.tag == "tag:yaml.org,2002:null":
            return None
        return Word(node.value) if node.style is None else str(node.value)

    tree = convert(node, 0)
    if not isinstance(tree, Fields):
        raise ConfigurationError("not a configuration: the YAML must be a mapping, name: value")
    return tree


def _one_line(error: Exception) -> str:
    text = printable(" ".join(str(error).split()))
    return text if len(text) <= 300 else text[:299] + "…"
