"""Calls of a service: at the pace that is allowed, and made again where they broke.

No message here holds a text, an answer, a header's value or an address: those of HTTP libraries
do.
"""

from __future__ import annotations

import email.utils
import logging
import random
import threading
import time
from datetime import datetime, timezone
from typing import Any

from fairflip.pipeline.score.services import description
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.service_pb2 import Service

#: Answers that say "not now".
_AGAIN = frozenset({408, 425, 429})
#: Answers that every call would get.
_NEVER = {
    401: "it does not know who asks; mend the headers that say so",
    403: "it does not allow it; mend the headers, or ask for access",
    404: "the address leads nowhere; mend url",
    405: "it takes another method; mend method",
}
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_MAX_ANSWER_BYTES = 16 << 20


class CallFailedError(Exception):
    """A call that got no answer; says why in few words.

    Attributes:
        is_refused: Whether the service answered and would not, which is about this text.
    """

    def __init__(self, reason: str, is_refused: bool = False):
        super().__init__(reason)
        self.is_refused = is_refused


class Pace:
    """When the next call may begin, for all threads together."""

    def __init__(self, calls_per_second: float):
        self._interval = 1 / calls_per_second if calls_per_second else 0.0
        self._lock = threading.Lock()
        self._next = 0.0

    def seconds_to_wait(self) -> float:
        """Takes the next turn, and says how far off it is."""
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._interval
            return turn - now

    def pause(self, seconds: float) -> None:
        """No call begins before that."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)


class ServiceClient:
    """Makes calls of one service, from any number of threads.

    Args:
        service: A checked description.
        model: The model's name, for messages.

    Raises:
        ConfigurationError: The HTTP client is not installed, or a variable of the environment
            is not set.
    """

    def __init__(self, service: Service, model: str):
        try:
            import httpx
        except ImportError as error:
            raise ConfigurationError(
                f"models[{model}].service: needs an HTTP client; install it with "
                "pip install 'fairflip[http]'"
            ) from error
        # It logs every address, and with it what stands in its query.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        logging.getLogger("httpcore").setLevel(logging.WARNING)
        self._httpx = httpx
        self._service = service
        self._model = model
        self._url, headers = description.with_environment(service, model)
        self._pace = Pace(service.calls_per_second)
        self._client = httpx.Client(
            headers={"Content-Type": "application/json", **headers},
            timeout=service.timeout_seconds,
            limits=httpx.Limits(max_connections=service.concurrency),
            # What a redirection would send elsewhere are texts and keys.
            follow_redirects=False,
            trust_env=not description.is_here(service),
        )

    def call(self, body: bytes, stopped: threading.Event) -> bytes:
        """The answer to one body.

        Args:
            body: JSON.
            stopped: Ends all waiting once it is set; a try under way goes on to its end.

        Raises:
            CallFailedError: There is none, after all tries, or the service refuses this body.
            InputError: The service cannot be asked at all: whoever waits for other answers
                waits in vain.
        """
        reason = ""
        for attempt in range(self._service.max_retries + 1):
            _sleep(self._pace.seconds_to_wait(), stopped)
            try:
                status, headers, content = self._once(body)
            except self._httpx.HTTPError as error:
                reason = _KINDS.get(type(error).__name__, "the connection broke")
            except (ValueError, self._httpx.InvalidURL) as error:
                raise ConfigurationError(
                    f"models[{self._model}].service: the address or a header cannot be sent "
                    f"({type(error).__name__}); mend it"
                ) from None
            else:
                if 200 <= status < 300:
                    return content
                self._stop_if_hopeless(status)
                reason = f"status {status}"
                if status not in _AGAIN and status < 500:
                    raise CallFailedError(reason, is_refused=True)
                self._heed(headers.get("retry-after", ""))
            if attempt < self._service.max_retries:
                longest = min(_LONGEST_WAIT, _FIRST_WAIT * 2**attempt)
                _sleep(longest * random.uniform(0.5, 1.0), stopped)
        raise CallFailedError(reason)

    def _once(self, body: bytes) -> tuple[int, Any, bytes]:
        """Status, headers and body of one try, within the time for a call."""
        end = time.monotonic() + self._service.timeout_seconds
        parts, size = [], 0
        with self._client.stream(self._service.method, self._url, content=body) as response:
            for part in response.iter_bytes():
                parts.append(part)
                size += len(part)
                if time.monotonic() > end:
                    raise self._httpx.ReadTimeout("")
                if size > _MAX_ANSWER_BYTES:
                    raise CallFailedError("the answer is too long", is_refused=True)
            return response.status_code, response.headers, b"".join(parts)

    def _stop_if_hopeless(self, status: int) -> None:
        cure = _NEVER.get(status)
        if 300 <= status < 400:
            cure = "it sends elsewhere; give that address as url"
        if cure:
            raise InputError(f"models[{self._model}].service: it answered {status}: {cure}")

    def _heed(self, retry_after: str) -> None:
        """Waits as long as the service asks for, with all calls."""
        seconds = seconds_of(retry_after)
        if seconds > self._service.max_wait_seconds:
            raise InputError(
                f"models[{self._model}].service: it asks to wait for {seconds:.0f} seconds, and "
                f"max_wait_seconds is {self._service.max_wait_seconds:g}; start again later, with "
                "the same --score_cache, or raise it"
            )
        self._pace.pause(seconds)


def _sleep(seconds: float, stopped: threading.Event) -> None:
    if stopped.wait(seconds):
        raise CallFailedError("the run stopped")


_KINDS = {
    "ConnectError": "no connection",
    "ConnectTimeout": "no connection in time",
    "ReadTimeout": "no answer in time",
    "WriteTimeout": "no answer in time",
    "PoolTimeout": "no answer in time",
}


def seconds_of(retry_after: str) -> float:
    """A Retry-After header, which is a number of seconds or a date; 0 for anything else."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        until = email.utils.parsedate_to_datetime(retry_after)
    except (ValueError, TypeError):
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=timezone.utc)
    return max(0.0, (until - datetime.now(timezone.utc)).total_seconds())
