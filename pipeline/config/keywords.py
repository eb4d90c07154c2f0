"""Python keywords -> field paths of the configuration.

A keyword is the name of a field (`slices`, `id_feature`) or of its flag
(`slice`, `generator`). Where two messages have a field of the same name, the
one listed first in `_ORDER` is meant; the full path always works through a
`PipelineConfig`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from fairflip.pipeline.config.flags import FLAGS
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import ConfigurationError

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
