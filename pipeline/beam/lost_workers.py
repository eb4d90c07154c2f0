"""Makes a local job with several processes fail when one of them is lost.

A Dataflow service starts a killed worker's work again. Beam's local runner waits
for its answer for ever. So every request that a lost worker left open is answered
with an error, which is the runner's own way of hearing that a bundle failed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from typing import Any

LOST = (
    "a worker process was lost (killed, or out of memory) before its work was done; "
    "start again, with fewer workers (--direct_num_workers) if memory was short"
)
#: Beam's threads that end with an exception when a worker's end of a stream breaks off.
_BEAM_THREADS = ("run_worker", "read_grpc_client_inputs", "beam_control_read")


@dataclasses.dataclass
class Watch:
    """Whether a worker was lost so far."""

    is_lost: bool = False


@contextlib.contextmanager
def fail_when_a_worker_is_lost() -> Iterator[Watch]:
    """Within the block, a lost worker process fails the job that it worked for.

    Nothing changes for workers in this process, or for jobs that run elsewhere.
    """
    from apache_beam.portability.api import beam_fn_api_pb2
    from apache_beam.runners.portability.fn_api_runner import worker_handlers

    watch = Watch()
    connections: Any = worker_handlers.ControlConnection
    read, push, hook = connections._read, connections.push, threading.excepthook

    def answer(connection: Any, name: str) -> None:
        future = connection._futures_by_id.pop(name, None)
        if future is not None:
            watch.is_lost = True
            future.set(beam_fn_api_pb2.InstructionResponse(instruction_id=name, error=LOST))

    def watched_read(connection: Any) -> None:
        # gRPC raises where the worker's end of the stream breaks off.
        with contextlib.suppress(Exception):
            read(connection)
        connection._fairflip_lost = True
        for name in list(connection._futures_by_id):
            answer(connection, name)

    def watched_push(connection: Any, request: Any) -> Any:
        future = push(connection, request)
        if future is not None and getattr(connection, "_fairflip_lost", False):
            answer(connection, future.instruction_id)
        return future

    def quiet_hook(arguments: Any) -> None:
        name = arguments.thread.name if arguments.thread is not None else ""
        if not name.startswith(_BEAM_THREADS):
            hook(arguments)
        elif "Worker subprocess exited" in str(arguments.exc_value):
            watch.is_lost = True

    connections._read, connections.push = watched_read, watched_push
    threading.excepthook = quiet_hook
    try:
        yield watch
    finally:
        connections._read, connections.push = read, push
        threading.excepthook = hook
