"""Progress in a notebook: one bar in the cell, in place of lines on standard error."""

from __future__ import annotations

import io
import re
import sys
from typing import Any

from markupsafe import Markup

_PREFIX = "fairflip: "
_STARTED = re.compile(r"^(?P<step>.+) \.\.\.$")
_DONE = re.compile(r"^(?P<step>.+): done in (?P<seconds>[\d,.]+) s$")
_SO_FAR = re.compile(r"^.+: [\d,.]+ s so far$")
_SHARE = re.compile(r"(?P<done>[\d,]+) of (?P<all>[\d,]+) texts")
_FRAME = Markup('<div style="font:13px/1.5 system-ui,sans-serif">{}</div>')
_BAR = Markup('<progress style="width:16em;vertical-align:middle" {}></progress> {}')
_NOTE = Markup("<div>{}</div>")


def in_notebook() -> bool:
    """Whether this process is a notebook's kernel."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module is not None else None
    return getattr(shell, "kernel", None) is not None


class ProgressBar(io.TextIOBase):
    """Takes the lines of a run's progress and shows them as one bar that moves.

    What is no step's progress, such as what was taken for granted, stays below the bar.
    """

    def __init__(self, handle: Any = None):
        """Takes a display handle, with `update`; one is made in this cell without."""
        self._handle = handle
        self._rest = ""
        self._now, self._share = "", ""
        self._seconds = 0.0
        self._notes: list[str] = []

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Takes text; each whole line moves the bar."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._hear(line.removeprefix(_PREFIX))
        return len(text)

    def html(self) -> str:
        """What the cell shows now."""
        notes = Markup("").join(_NOTE.format(note) for note in self._notes)
        if not self._now:
            return _FRAME.format(Markup("done in {:.1f} s{}").format(self._seconds, notes))
        return _FRAME.format(_BAR.format(Markup(self._share), self._now) + notes)

    def _hear(self, line: str) -> None:
        if started := _STARTED.match(line):
            self._now, self._share = started["step"], ""
        elif done := _DONE.match(line):
            self._seconds += float(done["seconds"].replace(",", ""))
            self._now, self._share = "", ""
        elif share := _SHARE.search(line):
            counts = (int(share[name].replace(",", "")) for name in ("done", "all"))
            self._share = "value={} max={}".format(*counts)
            self._now = line
        elif _SO_FAR.match(line):
            self._now = line
        else:
            self._notes.append(line)
        self._show()

    def _show(self) -> None:
        from IPython.display import HTML, display

        shown = HTML(self.html())
        if self._handle is None:
            self._handle = display(shown, display_id=True)
        else:
            self._handle.update(shown)
