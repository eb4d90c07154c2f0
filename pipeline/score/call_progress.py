"""How far the calls of a slow model are: said to whoever listens, at most every few seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

#: A model that answers all within this time says nothing.
SECONDS_BETWEEN_NOTES = 5.0
_LISTENERS: list[Callable[[str], None]] = []


@contextlib.contextmanager
def told_to(say: Callable[[str], None]) -> Iterator[None]:
    """Within it, models of this process tell how far they are, in lines without any text."""
    _LISTENERS.append(say)
    try:
        yield
    finally:
        _LISTENERS.remove(say)


class CallProgress:
    """Counts the texts of one batch as they are answered.

    Args:
      model: The model's name.
      num_texts: All that are asked.
      num_known: Texts that need not be asked.
    """

    def __init__(self, model: str, num_texts: int, num_known: int = 0):
        self._model, self._num_texts, self._num_known = model, num_texts, num_known
        self._num_answered = 0
        self._started = self._last_note = time.monotonic()
        self._has_spoken = False

    def add(self, num_texts: int) -> None:
        """So many more are answered."""
        self._num_answered += num_texts
        now = time.monotonic()
        is_last = self._num_answered == self._num_texts and self._has_spoken
        if now - self._last_note < SECONDS_BETWEEN_NOTES and not is_last:
            return
        self._last_note, self._has_spoken = now, True
        rate = self._num_answered / max(now - self._started, 1e-9)
        left = (self._num_texts - self._num_answered) / rate
        known = f" ({self._num_known:,} were known)" if self._num_known else ""
        line = (
            f"{self._model}: {self._num_answered:,} of {self._num_texts:,} texts{known}, "
            f"{rate:,.1f} a second, {duration(left)} left"
        )
        for say in _LISTENERS:
            say(line)


def duration(seconds: float) -> str:
    """Hours, minutes and seconds, the two largest of them that matter.

    >>> duration(7), duration(192), duration(7500)
    ('7 s', '3 min 12 s', '2 h 5 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600:,} h {whole % 3600 // 60} min"
