"""Python keywords -> field paths of the configuration.

A keyword is the name of a field (`slices`, `id_feature`) or of its flag
(`slice`, `generator`). Where two messages have a field of the same name, the
one listed first in `_ORDER` is meant; the full path always works through a
`PipelineConfig`.

What is set in each model (`output`, `score_scale`) is one value for all, or a dictionary by
the model's name.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from fairflip.pipeline.config.flags import FLAGS, Flag
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.messages import Field, convert, is_repeated, nearest, set_several

#: Keyword, a flag's name or its field's -> what is set in the elements of a list.
_OF_ELEMENTS = {
    name: flag
    for flag in FLAGS
    if flag.sets_elements
    for name in (flag.name, flag.field.descriptor.name)
}
_ORDER = ("data", "evaluation", "generator", "remediation", "output")


def _paths() -> dict[str, str]:
    paths = {"seed": "seed"}
    for section in _ORDER:
        message: Any = PipelineConfig.DESCRIPTOR.fields_by_name[section].message_type
        for field in message.fields:
            paths.setdefault(field.name, f"{section}.{field.name}")
    for flag in FLAGS:
        if not flag.field.is_in_list_element:
            paths.setdefault(flag.name, flag.field.path)
    return paths


def keyword_fields(keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Field path -> value, for `load_config`'s overrides.

    Args:
        keywords: As the caller wrote them. A single value for a list is taken
            as a list of one.

    Raises:
        ConfigurationError: For every keyword that names no field.
    """
    paths = _paths()
    fields: dict[str, Any] = {}
    problems = []
    for name, value in keywords.items():
        if name not in paths:
            near = difflib.get_close_matches(name, paths, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            problems.append(f"unknown keyword {name!r}{hint}")
            continue
        fields[paths[name]] = list(value) if isinstance(value, tuple) else value
    if problems:
        raise ConfigurationError(problems)
    return fields


def apart(keywords: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keywords of the configuration, and those of what is set in each model."""
    plain = {name: value for name, value in keywords.items() if name not in _OF_ELEMENTS}
    return plain, {name: value for name, value in keywords.items() if name in _OF_ELEMENTS}


def set_in_elements(config: PipelineConfig, keywords: Mapping[str, Any]) -> None:
    """Sets what `apart` found of each model, in place, once the models are there.

    Raises:
        ConfigurationError: A dictionary names no model, or a value does not fit the field.
    """
    for keyword, value in keywords.items():
        flag = _OF_ELEMENTS[keyword]
        field = flag.field
        elements = {element.name: element for element in _list_of(config, field.list_path)}
        by_name = value if isinstance(value, Mapping) else dict.fromkeys(elements, value)
        for name, part in by_name.items():
            if name not in elements:
                kind = field.list_path.removesuffix("s")
                raise ConfigurationError(
                    f"{keyword}: {name!r} names no {kind}{nearest(name, elements)}"
                )
            if part is not None:
                _set(elements[name], keyword, flag, part)


def _list_of(config: PipelineConfig, path: str) -> Any:
    value: Any = config
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _set(element: Any, keyword: str, flag: Flag, value: Any) -> None:
    field: Field = flag.field.descriptor
    parts = value if isinstance(value, (list, tuple)) else [value]
    is_text = field.cpp_type == field.CPPTYPE_STRING
    try:
        converted = [convert(field, str(part) if is_text else part) for part in parts]
    except ValueError as error:
        raise ConfigurationError(f"{keyword}: {error}") from error
    if is_repeated(field):
        element.ClearField(field.name)
        getattr(element, field.name).extend(converted)
    elif flag.options.list_field:
        set_several(element, field.name, flag.options.list_field, converted)
    elif len(converted) == 1:
        setattr(element, field.name, converted[0])
    else:
        raise ConfigurationError(f"{keyword}: {value!r} is not one value; give one for each model")
