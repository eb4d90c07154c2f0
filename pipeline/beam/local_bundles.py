"""Spares small jobs in this process what Beam does around each bundle for workers elsewhere.

For each bundle Beam starts two threads: one that reads its functions, so that one which never
ends can be told of, and one that measures how long each step takes, which nobody asks. Of each
side input it finds the size in memory, for which it lists the globals of all modules, although
it counts none of them. And it copies collections and coders of the whole graph three times. A
small evaluation has some fifty bundles, and each tells of all its steps and collections how long
and how many, where counters alone are read. What a step has written it holds until the graph ends,
in a buffer of up to twice the size: where slices are thousands, each step that hands their sums
on held them once more. Beam 2.75 to 2.77.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.pipeline.beam.options import is_in_this_process


@contextlib.contextmanager
def light_bundles(options: PipelineOptions) -> Iterator[None]:
    """Within the block, bundles start no threads, and know, measure and hold only what is theirs.

    Args:
        options: The job's; with another runner, or workers in processes of their own,
            nothing is changed.
    """
    from apache_beam.runners.portability.fn_api_runner import execution
    from apache_beam.runners.worker import bundle_processor, statecache, statesampler

    if not is_in_this_process(options):
        yield
        return
    bundles: Any = bundle_processor
    cache: Any = statecache
    sampler: Any = statesampler.StateSampler
    manager: Any = execution.BundleContextManager
    describe = manager._build_process_bundle_descriptor
    processor: Any = bundles.BundleProcessor
    tell = processor.monitoring_infos
    output: Any = bundles.DataOutputOperation
    finish = output.finish
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

    def describe_own(self: Any) -> Any:
        needed = components_of(self.stage.transforms, self.execution_context.pipeline_components)
        return describe(self if needed is None else _WithComponents(self, needed))

    def tell_counters(self: Any) -> list[Any]:
        told: dict[Any, Any] = {}
        for name, operation in self.ops.items():
            told.update(operation.user_monitoring_infos(name))
        return list(told.values())

    def finish_and_let_go(self: Any) -> None:
        finish(self)
        self.output_stream = None  # The next bundle brings its own.

    bundles.concurrent = types.SimpleNamespace(
        futures=types.SimpleNamespace(
            ThreadPoolExecutor=_AtOnce, TimeoutError=concurrent.futures.TimeoutError
        )
    )
    cache.get_deep_size = size
    sampler.start, sampler.stop = start, stop
    manager._build_process_bundle_descriptor = describe_own
    processor.monitoring_infos = tell_counters
    output.finish = finish_and_let_go
    try:
        yield
    finally:
        bundles.concurrent, cache.get_deep_size, sampler.start, sampler.stop = beams_own
        manager._build_process_bundle_descriptor = describe
        processor.monitoring_infos = tell
        output.finish = finish


def components_of(transforms: Iterable[Any], components: Any) -> Any:
    """Of a graph's components those that a stage's transforms name, directly or by others.

    Args:
        transforms: The stage's, as messages.
        components: The graph's.

    Returns:
        What has the fields of `components` that a bundle is described by; None where a
        transform may name others, as one with states or timers does.
    """
    from apache_beam.portability import common_urns
    from apache_beam.portability.api import beam_fn_api_pb2, beam_runner_api_pb2
    from apache_beam.runners.worker import bundle_processor

    combine = common_urns.combine_components
    combining = (
        combine.COMBINE_PER_KEY_PRECOMBINE.urn,
        combine.COMBINE_PER_KEY_MERGE_ACCUMULATORS.urn,
        combine.COMBINE_PER_KEY_EXTRACT_OUTPUTS.urn,
    )
    ports = (bundle_processor.DATA_INPUT_URN, bundle_processor.DATA_OUTPUT_URN)
    named, collections = [], {}
    for transform in transforms:
        urn, payload = transform.spec.urn, transform.spec.payload
        if urn == common_urns.primitives.PAR_DO.urn:
            function = beam_runner_api_pb2.ParDoPayload.FromString(payload)
            if function.state_specs or function.timer_family_specs or function.restriction_coder_id:
                return None
        elif urn in ports:
            named.append(beam_fn_api_pb2.RemoteGrpcPort.FromString(payload).coder_id)
        elif urn in combining:
            named.append(
                beam_runner_api_pb2.CombinePayload.FromString(payload).accumulator_coder_id
            )
        elif urn != common_urns.primitives.FLATTEN.urn:
            return None
        for name in (*transform.inputs.values(), *transform.outputs.values()):
            if name not in components.pcollections:
                return None
            collections[name] = components.pcollections[name]
    named += [one.coder_id for one in collections.values()]
    named += [one.window_coder_id for one in components.windowing_strategies.values()]
    coders: dict[str, Any] = {}
    while named:
        name = named.pop()
        if name not in components.coders:
            return None
        if name not in coders:
            coders[name] = components.coders[name]
            named += coders[name].component_coder_ids
    return types.SimpleNamespace(
        pcollections=collections,
        coders=coders,
        windowing_strategies=components.windowing_strategies,
        environments=components.environments,
    )


class _WithComponents:
    """What describes a bundle, as if its graph had only some components."""

    def __init__(self, manager: Any, components: Any):
        self._manager = manager
        self.execution_context = types.SimpleNamespace(pipeline_components=components)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manager, name)


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
