"""Calls that never end are noticed, told of, and given up."""

from __future__ import annotations

import logging
import threading
import time

import pytest
from apache_beam.ml.inference.base import ModelHandler

from fairflip.pipeline.score.handlers import patient_caller
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.handlers.patient_caller import PatientCaller
from fairflip.protos.config_pb2 import ModelSpec

pytestmark = pytest.mark.system


def test_answers_and_exceptions_come_from_one_thread_of_its_own():
    caller = PatientCaller("model 'm'", 1.0)
    threads = [caller.call(threading.get_ident, "to tell") for _ in range(3)]
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()
    with pytest.raises(KeyError, match="gone"):
        caller.call(lambda: {}["gone"], "to look")
    assert caller.call(lambda: 7, "to count") == 7


def test_a_call_that_never_ends_is_told_of_and_given_up(monkeypatch, caplog):
    monkeypatch.setattr(patient_caller, "SECONDS_BETWEEN_NOTES", 0.05)
    caller = PatientCaller("model 'm'", 0.3 / 60)
    ended = threading.Event()
    started = time.monotonic()
    with (
        caplog.at_level(logging.WARNING),
        pytest.raises(TimeoutError, match=r"model 'm' took more than 0.005 minutes to score 9 rec"),
    ):
        caller.call(ended.wait, "to score 9 records")
    assert 0.25 < time.monotonic() - started < 5
    notes = [record.getMessage() for record in caplog.records]
    assert len(notes) >= 2
    assert all("waited" in note and "model 'm' to score 9 records" in note for note in notes)
    ended.set()


def test_a_quick_call_says_nothing(caplog):
    assert PatientCaller("m", 1.0).call(lambda: "done", "to work") == "done"
    assert caplog.records == []


SILENCE = threading.Event()


class SilentHandler(ModelHandler):
    """A service that took the connection and never answers."""

    def __init__(self, place: str):
        super().__init__()
        self._where = place

    def load_model(self):
        return SILENCE.wait() if self._where == "load" else None

    def run_inference(self, batch, model, inference_args=None):
        SILENCE.wait()
        return [0.0 for _ in batch]


def silent_at_load():
    return SilentHandler("load")


def silent_at_scoring():
    return SilentHandler("score")


@pytest.mark.parametrize("factory", [silent_at_load, silent_at_scoring])
def test_a_handler_that_never_answers_stops_with_the_cure(factory):
    import pyarrow as pa

    spec = ModelSpec(
        name="m", handler=f"{__name__}:{factory.__name__}", max_answer_minutes=0.2 / 60
    )
    handler = handler_for(spec, ("text",))
    batch = pa.RecordBatch.from_pydict({"text": ["a", "b"]})
    with pytest.raises(TimeoutError, match="--max_answer_minutes"):
        handler.run_inference([batch], handler.load_model())


def test_the_limit_has_a_default():
    spec = ModelSpec(name="m", handler=f"{__name__}:silent_at_load")
    assert handler_for(spec, ("text",))._max_minutes == 30.0
