"""Keeps Beam's local runner from sending half an element between workers.

Beam sends what a worker has written so far once a second, from a thread of its own, and then
forgets it. Nothing keeps this thread from coming while an element is being written, or between
sending and forgetting: then the runner gets half of an element, or never gets it. With workers that
are threads some evaluations broke in this way; had whole elements been lost, counts would have been
too small and nobody would have known. Without that thread data is sent when it is 10 MiB, and at
the end of a bundle, by the worker itself. Workers of other runners do this from the start.
Beam 2.75 to 2.77.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def whole_elements() -> Iterator[None]:
    """Within the block, workers of a local job send their data themselves, element by element."""
    from apache_beam.runners.portability.fn_api_runner import worker_handlers

    module: Any = worker_handlers
    milliseconds = module.DATA_BUFFER_TIME_LIMIT_MS
    module.DATA_BUFFER_TIME_LIMIT_MS = 0
    try:
        yield
    finally:
        module.DATA_BUFFER_TIME_LIMIT_MS = milliseconds
