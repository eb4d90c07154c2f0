"""Spares small jobs in this process what Beam does around each bundle for workers elsewhere.

For each bundle Beam starts two threads: one that reads its functions, so that one which never
ends can be told of, and one that measures how long each step takes, which nobody asks. Of each
side input it finds the size in memory, for which it lists the globals of all modules, although
it counts none of them. A small evaluation has some fifty bundles. Beam 2.75 to 2.77.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import types
from collections.abc import Callable, Iterator
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.pipeline.beam.options import is_in_this_process


@contextlib.contextmanager
def light_bundles(options: PipelineOptions) -> Iterator[None]:
    """Within the block, bundles start no threads and side inputs are measured by themselves.

    Args:
        options: The job's; with another runner, or workers in processes of their own,
            nothing is changed.
    """
    from apache_beam.runners.worker import bundle_processor, statecache, statesampler

    if not is_in_this_process(options):
        yield
        return
    bundles: Any = bundle_processor
    cache: Any = statecache
    sampler: Any = statesampler.StateSampler
    beams_own = bundles.concurrent, cache.get_deep_size, sampler.start, sampler.stop

    def size(*objects: Any) -> int:
        return cache.objsize.get_deep_size(
            *objects,
            get_size_func=cache._size_func,
            get_referents_func=cache._get_referents_func,
            filter_func=cache._filter_func,
            # They are reached through modules and functions alone, which the filter leaves out.
            exclude_modules_globals=False,
        )

    def start(self: Any) -> None:
        self.tracked_thread = threading.current_thread()
        statesampler.set_current_tracker(self)
        self.started = True

    def stop(self: Any) -> None:
        statesampler.set_current_tracker(None)
        self.finished = True

    bundles.concurrent = types.SimpleNamespace(
        futures=types.SimpleNamespace(
            ThreadPoolExecutor=_AtOnce, TimeoutError=concurrent.futures.TimeoutError
        )
    )
    cache.get_deep_size = size
    sampler.start, sampler.stop = start, stop
    try:
        yield
    finally:
        bundles.concurrent, cache.get_deep_size, sampler.start, sampler.stop = beams_own


class _AtOnce(contextlib.AbstractContextManager):
    """Stands for a pool of threads: calls in this one."""

    def __init__(self, **of_threads: Any):
        """Takes what says how many threads, and their names."""

    def __exit__(self, *raised: object) -> None:
        """Nothing is left to wait for."""

    def submit(
        self, function: Callable[..., Any], *arguments: Any
    ) -> concurrent.futures.Future[Any]:
        """What a call returns; what it raises is raised here."""
        future: concurrent.futures.Future[Any] = concurrent.futures.Future()
        future.set_result(function(*arguments))
        return future
