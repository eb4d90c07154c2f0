"""Calls what may never answer: says that it waits, and gives up after a while."""

from __future__ import annotations

import concurrent.futures
import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

Result = TypeVar("Result")

#: Silence after which the log says what is waited for.
SECONDS_BETWEEN_NOTES = 60.0

_logger = logging.getLogger(__name__)
# The command line silences the libraries' logs; this one is for its user.
_logger.setLevel(logging.WARNING)


class PatientCaller:
    """Makes all calls on one thread of its own and waits for each a limited time.

    A call in Python cannot be stopped from outside. The thread of one that never
    ends is left behind; it does not keep the process alive.

    Args:
      name: What is called, for messages.
      max_minutes: Longest wait for one call.
    """

    def __init__(self, name: str, max_minutes: float):
        self._name = name
        self._max_minutes = max_minutes
        self._calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
        thread = threading.Thread(target=_work, args=(self._calls,), daemon=True, name=name)
        thread.start()

    def call(self, function: Callable[[], Result], purpose: str) -> Result:
        """What `function` returns or raises.

        Args:
          function: Called without arguments, on the thread.
          purpose: What it is for, such as "to load".

        Raises:
          TimeoutError: It did not end in time.
        """
        answer: concurrent.futures.Future[Result] = concurrent.futures.Future()
        self._calls.put((function, answer))
        started = time.monotonic()
        end = started + self._max_minutes * 60
        while True:
            left = end - time.monotonic()
            done, _ = concurrent.futures.wait([answer], max(0.0, min(left, SECONDS_BETWEEN_NOTES)))
            if done:
                return answer.result()
            if time.monotonic() >= end:
                raise TimeoutError(
                    f"{self._name} took more than {self._max_minutes:g} minutes {purpose}; see "
                    "that it answers, or give it longer by --max_answer_minutes "
                    "(models.max_answer_minutes)"
                )
            _logger.warning(
                "fairflip: waited %.0f s for %s %s; the run stops after %g minutes",
                *(time.monotonic() - started, self._name, purpose, self._max_minutes),
            )


def _work(calls: queue.SimpleQueue[Any]) -> None:
    while True:
        function, answer = calls.get()
        try:
            answer.set_result(function())
        except BaseException as e:
            answer.set_exception(e)
        # Else the thread would keep the last batch and its answer in memory.
        del function, answer
