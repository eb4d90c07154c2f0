"""What a worker found wrong with the input is the user's to mend, wherever it was found."""

from __future__ import annotations

import contextlib
import gc

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.pipeline.beam.job import fault, run_graph, user_error
from fairflip.pipeline.beam.lost_workers import LOST
from fairflip.pipeline.beam.options import beam_options
from fairflip.protos.errors import ConfigurationError, InputError

_FRAMES = (
    "Error processing instruction process_bundle-7. Original traceback is\n"
    "Traceback (most recent call last):\n"
    '  File "apache_beam/runners/common.py", line 1500, in process\n'
    "{line}\n"
    "\n"
    "During handling of the above exception, another exception occurred:\n"
    "\n"
    "Traceback (most recent call last):\n"
    '  File "apache_beam/runners/worker/sdk_worker.py", line 311, in _execute\n'
    "{line} [while running 'ReadPairs/ReadParts-ptransform-31']\n"
)


def test_an_input_error_in_a_traceback_becomes_one_again():
    sentence = "gs://b/pairs.parquet: is corrupt (OSError); write the file again"
    text = _FRAMES.format(line=f"fairflip.protos.errors.InputError: {sentence}")
    error = user_error(f"RuntimeError: {text}")
    assert isinstance(error, InputError)
    assert str(error) == sentence


def test_a_sentence_of_several_lines_stays_whole():
    line = "fairflip.protos.errors.ConfigurationError: first problem\nsecond problem"
    error = user_error(line + " [while running 'ScorePairs/RunModel[m]-ptransform-3']")
    assert isinstance(error, ConfigurationError)
    assert error.problems == ("first problem", "second problem")


@pytest.mark.parametrize(
    "text",
    ["", "RuntimeError: pipeline failed", "a text that names fairflip.protos.errors.InputError"],
)
def test_other_faults_are_not_the_users(text):
    assert user_error(text) is None


def test_a_fault_is_named_by_the_last_exception():
    text = _FRAMES.format(line="ZeroDivisionError: division by zero")
    assert fault(text) == "ZeroDivisionError: division by zero"
    assert fault(f"RuntimeError: {LOST}") == LOST
    assert fault("Traceback\nRuntimeError: Channel closed prematurely.\n") == LOST
    assert fault("nothing to see") == ""


@pytest.mark.parametrize(
    ("before", "within"),
    [
        ((700, 10, 10), (100_000, 20, 100)),
        ((500_000, 20, 100), (500_000, 20, 100)),
        ((0, 10, 10), (0, 10, 10)),
    ],
)
@pytest.mark.parametrize("fails", [False, True])
def test_garbage_is_looked_for_seldom_until_the_graph_ends(tmp_path, before, within, fails):
    seen = []

    def build(pipeline):
        seen.append(gc.get_threshold())
        if fails:
            raise ZeroDivisionError

    own = gc.get_threshold()
    gc.set_threshold(*before)
    try:
        with contextlib.suppress(ZeroDivisionError):
            run_graph(build, beam_options([]), str(tmp_path))
        assert gc.get_threshold() == before
    finally:
        gc.set_threshold(*own)
    assert seen == [within]


def test_pickled_functions_do_not_tell_where_they_lie():
    import base64
    import bz2
    import os

    from apache_beam.internal import cloudpickle_pickler

    from fairflip.pipeline.beam.pickled_paths import shortened, without_local_folders

    here = os.path.dirname(os.path.abspath(__file__)).encode()

    def pickled() -> bytes:
        return bz2.decompress(base64.b64decode(cloudpickle_pickler.dumps(lambda x: x + 1)))

    assert here in pickled()
    with without_local_folders():
        content = pickled()
        assert here not in content
        assert b"test_job.py" in content
    assert here in pickled()
    assert shortened("/somewhere/else/module.py") == "module.py"
    assert shortened("<string>") == "<string>"


class _Endless:
    """A job elsewhere that does not end."""

    state = "RUNNING"
    is_cancelled = False

    def wait_until_finish(self, duration=None):
        self.waited = duration
        return self.state

    def cancel(self):
        self.is_cancelled = True


def test_a_job_that_does_not_end_is_cancelled():
    from apache_beam.options.pipeline_options import PipelineOptions

    from fairflip.pipeline.beam.job_time_limit import wait

    job = _Endless()
    with pytest.raises(RuntimeError, match="did not end within 2 minutes"):
        wait(job, PipelineOptions(["--max_job_minutes=2"]))
    assert job.is_cancelled
    assert job.waited == 120_000
    job.state = "DONE"
    assert wait(job, PipelineOptions(["--max_job_minutes=2"])) == "DONE"
    assert wait(job, PipelineOptions([])) == "DONE"
    assert job.waited is None


ERRORS = {
    InputError: InputError("x.csv: is empty; give another"),
    ConfigurationError: ConfigurationError(["first problem", "second problem"]),
    RuntimeError: ZeroDivisionError("division by zero"),
    KeyboardInterrupt: KeyboardInterrupt(),
}


@pytest.mark.parametrize("kind", ERRORS)
def test_what_a_stage_raises_comes_out_without_the_stages_name(kind, tmp_path):
    def fail(_):
        raise ERRORS[kind]

    def build(pipeline):
        pipeline | beam.Create([1]) | "Stage/With[name]" >> beam.Map(fail)

    options = PipelineOptions(
        ["--runner=apache_beam.runners.portability.fn_api_runner.FnApiRunner"]
    )
    with pytest.raises(kind) as caught:
        run_graph(build, options, str(tmp_path))
    assert "while running" not in str(caught.value)
    assert str(ERRORS[kind]) in str(caught.value)
    if kind is ConfigurationError:
        assert caught.value.problems == ("first problem", "second problem")
