"""Progress of long steps on standard error, and how long each took.

Nothing of the data is ever printed here: step names, counts and seconds only.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from io import TextIOBase
from typing import TextIO

from fairflip.pipeline.score import call_progress

#: A running step says that it is alive this often, in seconds.
HEARTBEAT_SECONDS = 15.0
#: A download says how far it is this often.
NOTE_SECONDS = 2.0


class Progress:
    """Prints one line when a step starts, while it runs, and when it ends.

    Attributes:
        step_seconds: Wall-clock seconds by step name, in the order they ended.
    """

    def __init__(self, stream: TextIO | TextIOBase | None = None, quiet: bool = False):
        self._stream = stream
        self._quiet = quiet
        self.step_seconds: dict[str, float] = {}
        self._last_note = time.monotonic()

    def say(self, text: str) -> None:
        """Prints one line, unless quiet."""
        if not self._quiet:
            self.say_anyway(text)

    def say_anyway(self, text: str) -> None:
        """Prints one line, also where quiet: what was taken for granted and nobody said."""
        print(f"fairflip: {text}", file=self._stream or sys.stderr, flush=True)

    def byte_note(self, name: str, done: int, total: int) -> None:
        """Progress of a download: at most a line every `NOTE_SECONDS`, and one at the end."""
        now = time.monotonic()
        if now - self._last_note >= NOTE_SECONDS or done == total:
            self._last_note = now
            share = f" of {total / 1e6:,.1f} MB ({done / total:.0%})" if total else ""
            self.say(f"{name}: {done / 1e6:,.1f}{share}")

    @contextlib.contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times a step and keeps the reader informed while it runs."""
        started = time.monotonic()
        self.say(f"{name} ...")
        done = threading.Event()

        def beat() -> None:
            while not done.wait(HEARTBEAT_SECONDS):
                self.say(f"{name}: {time.monotonic() - started:.0f} s so far")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            # Models that are asked in this process say how far they are.
            with call_progress.told_to(self.say):
                yield
        finally:
            done.set()
            thread.join()
        seconds = time.monotonic() - started
        self.step_seconds[name] = self.step_seconds.get(name, 0.0) + seconds
        self.say(f"{name}: done in {seconds:.1f} s")
