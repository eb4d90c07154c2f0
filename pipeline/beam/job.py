"""Runs one graph to its end on any runner: errors as the user needs them, counters kept.

A worker's exception reaches the launcher in the same process as an object, from
another process as the text of a traceback. What was the user's to mend is made an
`InputError` again, so that it ends in one sentence wherever it was found.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.pipeline.beam.dataflow_options import only_submits
from fairflip.pipeline.beam.garbage import seldom_garbage
from fairflip.pipeline.beam.job_time_limit import wait
from fairflip.pipeline.beam.kept_pickles import pickles_kept_plain, type_hints_without_origin
from fairflip.pipeline.beam.known_signatures import signatures_read_once
from fairflip.pipeline.beam.local_bundles import light_bundles
from fairflip.pipeline.beam.lost_workers import LOST, Watch, fail_when_a_worker_is_lost
from fairflip.pipeline.beam.pickled_paths import without_local_folders
from fairflip.pipeline.beam.plain_labels import plain_labels
from fairflip.pipeline.beam.unchecked_graphs import graphs_unchecked
from fairflip.pipeline.beam.whole_elements import whole_elements
from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.pipeline.storage.run_folder import WORK
from fairflip.protos.errors import ConfigurationError, InputError, UserError

#: Beam's counters of the namespace "fairflip", for whoever wants to know afterwards.
COUNTERS = f"{WORK}/counters.json"
_NAMESPACE = "fairflip"

#: An exception of ours at the end of a traceback: up to where Beam says that it was
#: raised, or else its first line.
_USER_ERROR = re.compile(
    r"^fairflip\.protos\.errors\.(InputError|ConfigurationError|UserError): "
    r"(?:(?P<whole>(?:(?!\n\n|\nTraceback).)*?) ?\[while running '|(?P<line>[^\n]+))",
    re.MULTILINE | re.DOTALL,
)
#: The last line of a traceback: the exception's class and what it says.
_EXCEPTION = re.compile(
    r"^((?:[a-zA-Z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt): .+)$", re.MULTILINE
)
_MAX_FAULT_CHARACTERS = 500
#: What Beam adds to a message: where in its graph it was raised.
_STAGES = re.compile(r" ?\[while running '[^\n]*?'\]")
#: Ctrl-C, as the end of a traceback.
_INTERRUPTED = re.compile(r"^KeyboardInterrupt\b:? ?(?:\[while running|$)", re.MULTILINE)
#: What Beam's local job service says of a worker that is gone.
_BROKEN_CHANNEL = "RuntimeError: Channel closed prematurely."
#: A disk that is full, over its quota, read-only or not ours, as Python and Arrow name it.
_NO_ROOM = re.compile(r"\[[Ee]rrno (13|28|30|122)\]")


@seldom_garbage()
@signatures_read_once()
@plain_labels()
@type_hints_without_origin()
def run_graph(
    build: Callable[[beam.Pipeline], None], options: PipelineOptions, output_dir: str
) -> dict[str, int]:
    """Builds a graph, runs it and waits for its end; a template is only submitted.

    Args:
        build: Adds the graph to an empty pipeline.
        options: Beam's.
        output_dir: Where the graph writes; what failed attempts left there is removed.

    Returns:
        The counters of the namespace "fairflip" by name.

    Raises:
        UserError: A worker found something wrong with the input.
        RuntimeError: The job failed otherwise.
    """
    pipeline = beam.Pipeline(options=options)
    with graphs_unchecked(options):
        build(pipeline)
    result, watch = None, Watch()
    try:
        with (
            fail_when_a_worker_is_lost() as watch,
            whole_elements(),
            without_local_folders(),
            pickles_kept_plain(options),
            light_bundles(options),
            _kept_memory(),
        ):
            result = pipeline.run()
            if only_submits(options):
                return {}
            state = wait(result, options)
        if state not in (None, "DONE"):
            raise RuntimeError(f"the job ended in the state {state}")
    except UserError as error:
        raise _as_raised(error) from error
    except Exception as error:
        text = "\n".join([str(error), *_messages(result)])
        if _INTERRUPTED.search(text):
            # A worker in this process was at work when it came.
            raise KeyboardInterrupt from error
        cause = user_error(text) or _disk_error(text)
        if cause is not None:
            raise cause from error
        raise RuntimeError(
            LOST
            if watch.is_lost
            else fault(text) or without_stages(f"{type(error).__name__}: {error}")
        ) from error
    finally:
        if not only_submits(options):
            # The job is over, so nobody writes them any more.
            run_folder.delete_temporary(output_dir)
    counters = read_counters(result)
    filesystem.write_json(filesystem.join(output_dir, *COUNTERS.split("/")), counters)
    return counters


@contextlib.contextmanager
def _kept_memory() -> Iterator[None]:
    """Within it, Arrow takes its memory from the C library, which keeps what is given back.

    Arrow's own allocators soon return it to the system. A batch lives for milliseconds,
    so that the next one pays for the same pages again: a twentieth of an evaluation's CPU.
    """
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)


def _as_raised(error: UserError) -> UserError:
    """The error that a worker in this process raised, without what Beam put behind it."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, UserError):
            error = cause
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, ConfigurationError):
        return ConfigurationError([without_stages(problem) for problem in error.problems])
    return InputError(without_stages(str(error)))


def without_stages(text: str) -> str:
    """A message without the names of Beam's stages that Beam puts behind it."""
    return _STAGES.sub("", text)


def user_error(text: str) -> UserError | None:
    """The first error of the user's that a job's messages tell of; None without any."""
    raised = _USER_ERROR.search(text)
    if raised is None:
        return None
    sentence = (raised["whole"] or raised["line"]).strip()
    if raised[1] == "ConfigurationError":
        return ConfigurationError(sentence.splitlines())
    return InputError(sentence)


def _disk_error(text: str) -> InputError | None:
    named = _NO_ROOM.search(text)
    if named is None:
        return None
    reason = os.strerror(int(named[1]))
    return InputError(
        f"output.output_dir: a worker could not write its part ({reason}); make room there and "
        "in the workers' temporary folders, or give write permission, and start again"
    )


def fault(text: str) -> str:
    """The last exception in a job's messages, as one line; empty without any."""
    lost = LOST if LOST in text or _BROKEN_CHANNEL in text else ""
    raised = [m for m in _EXCEPTION.findall(text) if "Traceback (most recent" not in m]
    return lost or (without_stages(raised[-1])[:_MAX_FAULT_CHARACTERS] if raised else "")


def _messages(result: Any) -> list[str]:
    """What a job service told of the job; the portable runner's own error says little."""
    return [
        message.message_response.message_text
        for message in list(getattr(result, "_messages", None) or ())
        if message.HasField("message_response")
    ]


def read_counters(result: Any) -> dict[str, int]:
    """The job's counters of the namespace "fairflip"; empty where the runner has none."""
    from apache_beam.metrics.metric import MetricsFilter

    try:
        answer = result.metrics().query(MetricsFilter().with_namespace(_NAMESPACE))
    except Exception:  # counters are no result: a runner without them is no fault
        return {}
    counters: dict[str, int] = {}
    for entry in answer["counters"]:
        name = entry.key.metric.name
        value = entry.committed if entry.committed is not None else entry.attempted
        counters[name] = counters.get(name, 0) + int(value or 0)
    return dict(sorted(counters.items()))
