"""Notes each write below a directory, by an audit hook, and can break the process at one of them."""

from __future__ import annotations

import dataclasses
import errno
import os
import pathlib
import re
import signal
from collections.abc import Callable
from typing import Any


@dataclasses.dataclass(frozen=True)
class Point:
    """The n-th time that a run does one thing to one file."""

    step: str
    label: str
    occurrence: int


def writes_below(folder: str) -> Callable[[str, tuple], str | None]:
    """An interpreter of audit events: the label of one that writes below `folder`."""

    def inside(path: Any) -> str | None:
        if not isinstance(path, (str, bytes)):
            return None
        text = os.path.abspath(os.fsdecode(path))
        return text[len(folder) :] if text.startswith(folder + "/") else None

    def label(event: str, args: tuple) -> str | None:
        if event == "open":
            path, _, flags = args
            is_write = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            name = inside(path) if is_write else None
        elif event in {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.truncate"}:
            name = next((n for n in map(inside, args) if n is not None), None)
            # What changes nothing is no write: it is tried again and again.
            there = name is not None and os.path.lexists(folder + name)
            if (event == "os.mkdir" and there) or (event == "os.remove" and not there):
                return None
        else:
            return None
        return None if name is None else f"{event} {_without_chance(name)}"

    return label


def _without_chance(name: str) -> str:
    name = re.sub(r"-[0-9a-f]{32}\b", "", name)
    name = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.", "", name)
    name = re.sub(r"\.\d+$", "", name)  # the process that writes
    return re.sub(r"\.[a-z0-9_]{8}\.part", ".part", name)


class Watch:
    """Notes each write below the output directory, and breaks the run at one of them."""

    def __init__(self, folder: pathlib.Path, kind: str = "", point: Point | None = None):
        self._folder = str(folder)
        self._label = writes_below(self._folder)
        self._kind, self._point = kind, point
        self._seen: dict[str, int] = {}
        self._is_broken = self._is_busy = False
        self.step = "claim"
        self.points: list[Point] = []
        self.looked_complete: list[str] = []

    def __call__(self, event: str, args: tuple) -> None:
        if self._is_busy or not (event == "open" or event.startswith("os.")):
            return
        self._is_busy = True
        try:
            label = self._label(event, args)
        finally:
            self._is_busy = False
        if label is None:
            return
        self._seen[label] = self._seen.get(label, 0) + 1
        point = Point(self.step, label, self._seen[label])
        self.points.append(point)
        # The directory as a fault would leave it here must not look finished.
        if os.path.exists(f"{self._folder}/manifest.json") and not is_first_or_last(label):
            self.looked_complete.append(label)
        if point == self._point or self._is_broken:
            self._is_broken = True
            if self._kind == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            code = errno.ENOSPC if self._kind == "full" else errno.EROFS
            if not (self._kind == "full" and event in {"os.remove", "os.rmdir"}):
                raise OSError(code, os.strerror(code))


def is_first_or_last(label: str) -> bool:
    """Whether a manifest may be there when this is done: it is taken away first, written last."""
    return label.endswith(("/manifest.json", "/details/state/lock", "/gate.xml", "/gate.md"))
