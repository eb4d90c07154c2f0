"""No element is cut or lost between workers, however slowly it is written."""

from __future__ import annotations

import json
import pathlib
import threading
import time

import apache_beam as beam
import pytest
from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.runners.worker import data_plane

from fairflip.pipeline.beam.job import run_graph
from fairflip.pipeline.beam.options import beam_options
from fairflip.pipeline.beam.whole_elements import whole_elements

TWO_THREADS = ["--direct_num_workers=2", "--direct_running_mode=multi_threading"]
TWO_PROCESSES = ["--direct_num_workers=2", "--direct_running_mode=multi_processing"]


class Slow:
    """A number that takes a while to be written."""

    def __init__(self, number):
        self.number = number


class SlowCoder(beam.coders.Coder):
    """Lets other threads run in the midst of an element."""

    def encode(self, value):
        time.sleep(0.002)
        return b"%08d" % value.number * 40

    def decode(self, encoded):
        assert len(encoded) == 320
        assert encoded == encoded[:8] * 40
        return Slow(int(encoded[:8]))

    def is_deterministic(self):
        return True


beam.coders.registry.register_coder(Slow, SlowCoder)


def write_numbers(grouped, folder):
    key, values = grouped
    numbers = sorted(value.number for value in values)
    pathlib.Path(folder, f"{key}.json").write_text(json.dumps(numbers))


def build(pipeline, folder):
    numbers = (
        pipeline
        | beam.Create(range(4))
        | beam.FlatMap(
            lambda key: [(key, Slow(100 * key + n)) for n in range(100)]
        ).with_output_types(tuple[int, Slow])
    )
    _ = numbers | beam.GroupByKey() | beam.Map(write_numbers, str(folder))


def test_two_threads_lose_no_element_and_cut_none(tmp_path, monkeypatch):
    # Every millisecond instead of every second, so that no run escapes it.
    monkeypatch.setattr(worker_handlers, "DATA_BUFFER_TIME_LIMIT_MS", 1)
    run_graph(lambda pipeline: build(pipeline, tmp_path), beam_options(TWO_THREADS), str(tmp_path))
    for key in range(4):
        numbers = json.loads((tmp_path / f"{key}.json").read_text())
        assert numbers == [100 * key + n for n in range(100)]


@pytest.mark.parametrize(
    "flags", [TWO_THREADS, pytest.param(TWO_PROCESSES, marks=pytest.mark.system)]
)
def test_no_thread_sends_what_a_worker_or_the_runner_writes(tmp_path, monkeypatch, flags):
    started = []
    monkeypatch.setattr(
        data_plane.TimeBasedBufferingClosableOutputStream,
        "_schedule_periodic_flush",
        lambda self: started.append(threading.current_thread().name),
    )
    run_graph(
        lambda pipeline: pipeline | beam.Create(range(9)) | beam.Reshuffle() | beam.Map(str),
        beam_options(flags),
        str(tmp_path),
    )
    assert not started


def test_beam_is_as_before_outside_of_the_block():
    before = worker_handlers.DATA_BUFFER_TIME_LIMIT_MS
    assert before > 0
    with whole_elements():
        assert worker_handlers.DATA_BUFFER_TIME_LIMIT_MS == 0
    assert before == worker_handlers.DATA_BUFFER_TIME_LIMIT_MS
