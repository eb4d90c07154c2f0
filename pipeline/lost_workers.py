"""Makes a local job with several processes fail when one of them is lost.

A Dataflow service starts a killed worker's work again. Beam's local runner waits
for its answer for ever. So every request that a lost worker left open is answered
with an error, which is the runner's own way of hearing that a bundle failed.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

LOST = (
    "a worker process was lost (killed, or out of memory) before its work was done; "
    "start again, with fewer workers (--direct_num_workers) if memory was short"
)


@contextlib.contextmanager
def fail_when_a_worker_is_lost() -> Iterator[None]:
    """Within the block, a lost worker process fails the job that it worked for.

    Nothing changes for workers in this process, or for jobs that run elsewhere.
    """
    from apache_beam.portability.api import beam_fn_api_pb2
    from apache_beam.runners.portability.fn_api_runner.worker_handlers import ControlConnection

    def error(instruction_id: str) -> beam_fn_api_pb2.InstructionResponse:
        return beam_fn_api_pb2.InstructionResponse(instruction_id=instruction_id, error=LOST)

    read, push = ControlConnection._read, ControlConnection.push

    def watched_read(connection: Any) -> None:
        # gRPC raises where the worker's end of the stream breaks off.
        with contextlib.suppress(Exception):
            read(connection)
        connection._fairflip_lost = True
        for name in list(connection._futures_by_id):
            future = connection._futures_by_id.pop(name, None)
            if future is not None:
                future.set(error(name))

    def watched_push(connection: Any, request: Any) -> Any:
        future = push(connection, request)
        if future is not None and getattr(connection, "_fairflip_lost", False):
            connection._futures_by_id.pop(future.instruction_id, None)
            future.set(error(future.instruction_id))
        return future

    ControlConnection._read, ControlConnection.push = watched_read, watched_push
    try:
        yield
    finally:
        ControlConnection._read, ControlConnection.push = read, push
