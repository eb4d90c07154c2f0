"""A scoring service on this machine, which misbehaves as services do, and stops by itself."""

from __future__ import annotations

import collections
import contextlib
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator

YAML = """
url: {url}
headers:
  - {{name: Authorization, value: "Bearer ${{SCORING_TOKEN}}"}}
request: '{{"comment": {{"text": {{{{text}}}}}}}}'
answer: {{pointer: /scores/toxic}}
timeout_seconds: {timeout}
concurrency: {concurrency}
max_failed_share: {max_failed_share}
"""


class ScoringService:
    """What the service does and did.

    Attributes:
        url: Where it is.
        score_of: From a text to the answer's score; a string or a mapping is sent as it is.
        delay: Seconds before each answer.
        asked: How often each text was asked for.
        answered: How often an answer with its score was sent off.
        headers: Those of the last request.
        fault_of: From the number of a request to what goes wrong with it: "" nothing, a
            status, "late", or "broken".
    """

    def __init__(self, score_of: Callable[[str], float | str | dict]):
        self.score_of = score_of
        self.url = ""
        self.delay = 0.0
        self.late = 1.0
        self.retry_after = "0"
        self.fault_of: Callable[[int], str] = lambda number: ""
        self.asked: collections.Counter[str] = collections.Counter()
        self.answered: collections.Counter[str] = collections.Counter()
        self.statuses: collections.Counter[str] = collections.Counter()
        self.headers: dict[str, str] = {}
        self.num_at_once = self.most_at_once = 0
        self._lock = threading.Lock()

    def respond(self, request: http.server.BaseHTTPRequestHandler) -> None:
        text = json.loads(request.rfile.read(int(request.headers["Content-Length"])))
        text = text["comment"]["text"]
        with self._lock:
            number = self.asked.total()
            self.asked[text] += 1
            self.headers = dict(request.headers)
            self.num_at_once += 1
            self.most_at_once = max(self.most_at_once, self.num_at_once)
            fault = self.fault_of(number)
            self.statuses[fault or "200"] += 1
        try:
            time.sleep(self.delay + (self.late if fault == "late" else 0))
            if fault == "broken":
                request.close_connection = True
                return
            if fault.isdigit():
                self._send(request, int(fault), b"{}")
                return
            score = self.score_of(text)
            content = {"scores": {"toxic": score}}
            self._send(request, 200, json.dumps(content).encode())
            with self._lock:
                self.answered[text] += fault != "late"
        finally:
            with self._lock:
                self.num_at_once -= 1

    def _send(
        self, request: http.server.BaseHTTPRequestHandler, status: int, content: bytes
    ) -> None:
        request.send_response(status)
        if status == 429:
            request.send_header("Retry-After", self.retry_after)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content)

    def description(self, timeout=10.0, concurrency=4, max_failed_share=0.0) -> str:
        """The service's file, in YAML."""
        return YAML.format(
            url=self.url,
            timeout=timeout,
            concurrency=concurrency,
            max_failed_share=max_failed_share,
        )


@contextlib.contextmanager
def scoring_service(score_of: Callable[[str], float | str | dict]) -> Iterator[ScoringService]:
    """The service, on loopback alone, until the block ends."""
    service = ScoringService(score_of)

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            with contextlib.suppress(ConnectionError):  # who asked is gone
                service.respond(self)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """Of those who asked and were killed nothing is told."""

    server = Server(("127.0.0.1", 0), Handler)
    service.url = f"http://127.0.0.1:{server.server_port}/score?key=${{SCORING_TOKEN}}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
