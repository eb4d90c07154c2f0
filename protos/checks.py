"""The shapes that values of a configuration must have, and the list of mistakes.

Each check appends sentences of one shape: the field's path, its value, what is
wrong with it, the cure.
"""

from __future__ import annotations

import collections
import math
import os
import re
from collections.abc import Iterable, Sequence

from fairflip.protos import columns
from fairflip.protos.messages import nearest, quote

_MAX_NAME = 64
_MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*\Z")
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul"}
_IMPORT_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")


class Problems(list[str]):
    """The mistakes found so far."""

    def add(self, where: str, what: str, cure: str) -> None:
        """Appends one sentence."""
        self.append(f"{where}: {what}; {cure}")


def is_local(path: str) -> bool:
    """Whether a path is on the local file system, which can be looked at at once."""
    return "://" not in path


def check_column(where: str, name: str, problems: Problems, optional: bool = False) -> None:
    """A name of a column of the originals."""
    if not name:
        if not optional:
            problems.add(where, "is empty", "name a column")
    elif name != name.strip():
        problems.add(where, f"{quote(name)} has spaces around it", "remove them")
    elif name.startswith((columns.COUNTERFACTUAL_PREFIX, columns.SCORE_PREFIX)):
        prefix = name.split(".", 1)[0] + "."
        problems.add(
            where,
            f"{quote(name)} starts with {prefix!r}, which marks columns of the pair files",
            "name the original's column",
        )


def check_model_name(where: str, name: str, problems: Problems) -> None:
    """A model's name becomes a column, a folder and a key of the result."""
    if not name:
        problems.add(where, "is empty", "name the model, such as 'baseline'")
    elif len(name) > _MAX_NAME:
        problems.add(where, f"{quote(name)} is longer than {_MAX_NAME}", "shorten it")
    elif not _MODEL_NAME.match(name) or name.endswith("."):
        problems.add(
            where,
            f"{quote(name)} cannot name files and columns",
            "use letters, digits, '_', '-' and '.', and start with a letter or digit",
        )
    elif name.lower().split(".", 1)[0] in _WINDOWS_DEVICES:
        problems.add(where, f"{quote(name)} is a device's name on some systems", "rename it")


def check_learning_rate(where: str, rate: float, problems: Problems) -> None:
    """A positive finite number."""
    if not 0 < rate < math.inf:
        problems.add(where, f"{rate!r} is no learning rate", "give a positive number")


def check_file(where: str, path: str, what: str, problems: Problems) -> None:
    """A local file must exist and be a file."""
    if is_local(path) and not os.path.isfile(path):
        state = "is a directory" if os.path.isdir(path) else "does not exist"
        problems.add(where, f"{quote(path)} {state}", f"name {what}")


def check_choice(
    where: str, value: str, valid: Sequence[str], problems: Problems, optional: bool = False
) -> None:
    """A name must be one of a few."""
    if value not in valid and not (optional and not value):
        problems.append(f"{where}: {quote(value)} is unknown{nearest(value, valid)}")


def check_import_path(where: str, value: str, problems: Problems) -> None:
    """Python import path of an object; it is not imported here."""
    if not _IMPORT_PATH.match(value):
        problems.add(where, f"{quote(value)} is no import path", "give it as 'package.module:name'")


def check_number(
    where: str, value: float, problems: Problems, low: float, high: float, range_text: str
) -> None:
    """A finite number within bounds, both included."""
    if not math.isfinite(value) or not low <= value <= high:
        problems.add(where, f"{value!r} is not {range_text}", "give a finite number in the range")


def check_whole(
    where: str, value: int, problems: Problems, low: int, high: int | None = None
) -> None:
    """A whole number within bounds, both included."""
    if value < low or (high is not None and value > high):
        span = f"{low} or more" if high is None else f"{low} to {high}"
        problems.add(where, f"{value} is out of range", f"give {span}")


def check_duplicates(where: str, values: Iterable[str | float], problems: Problems) -> None:
    """Nothing may be in a list twice."""
    for value, count in collections.Counter(values).items():
        if count > 1:
            problems.add(where, f"{quote(value)} is given {count} times", "give it once")
