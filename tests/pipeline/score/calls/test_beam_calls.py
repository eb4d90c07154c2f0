"""A handler of any of Beam's kinds answers as it does in RunInference, each text its own score."""

from __future__ import annotations

import apache_beam as beam
import pytest
from apache_beam.ml.inference.base import (
    KeyedModelHandler,
    KeyModelMapping,
    MaybeKeyedModelHandler,
    ModelHandler,
    PredictionResult,
    RemoteModelHandler,
    RunInference,
)
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.pipeline.score.calls.beam_calls import BeamCalls
from fairflip.protos.errors import ConfigurationError

TEXTS = ["a", "bbb", "cc", "dddddd", "eeee"]


class Factor:
    """A model: an object, as Beam holds models by weak references."""

    def __init__(self, times):
        self._times = times

    def times(self):
        return self._times


class Lengths(ModelHandler):
    """The length of a text times a number."""

    def __init__(self, times=1, **settings):
        super().__init__(**settings)
        self.times = times

    def load_model(self):
        return Factor(self.times)

    def run_inference(self, batch, model, inference_args=None):
        times = model.times()
        return [PredictionResult(text, len(text) * times) for text in batch]


def values_of(handler, key="", texts=TEXTS):
    calls = BeamCalls(handler, "m", key)
    answers = calls.answers(calls.elements_of(texts), calls.load("test-of-calls"))
    return [getattr(answer, "inference", answer) for answer in answers]


def in_beam(handler, elements):
    KEPT.clear()
    with beam.Pipeline(FnApiRunner()) as pipeline:
        pipeline | beam.Create(elements) | RunInference(handler) | beam.Map(keep)
    return sorted(getattr(answer, "inference", answer) for answer in KEPT)


KEPT: list = []


def keep(element):
    # The in-memory runner works in this process, so that elements can be handed back.
    KEPT.append(element)


def test_functions_before_and_behind_run_in_beams_order():
    handler = (
        Lengths()
        .with_preprocess_fn(lambda text: text + "!")
        .with_preprocess_fn(lambda text: text * 2)
        .with_postprocess_fn(lambda result: result.inference + 0.5)
        .with_postprocess_fn(lambda number: -number)
    )
    assert values_of(handler) == [-(2 * len(text) + 1) - 0.5 for text in TEXTS]
    assert sorted(values_of(handler)) == in_beam(handler, TEXTS)


def test_a_handler_that_takes_batches_gets_them_whole():
    handler = Lengths().with_no_batching().with_preprocess_fn(lambda batch: [t * 3 for t in batch])
    assert values_of(handler) == [3 * len(text) for text in TEXTS]


@pytest.mark.parametrize("handler", [KeyedModelHandler, MaybeKeyedModelHandler])
def test_keys_are_given_and_taken_away(handler):
    assert values_of(handler(Lengths())) == [len(text) for text in TEXTS]


def test_keys_that_the_handlers_own_function_gives():
    handler = KeyedModelHandler(Lengths()).with_preprocess_fn(lambda text: ("same", text))
    assert values_of(handler) == [len(text) for text in TEXTS]


def several_models():
    mappings = [KeyModelMapping(["x", "y"], Lengths(10)), KeyModelMapping(["z"], Lengths(100))]
    return KeyedModelHandler(mappings)


def test_of_several_models_the_key_chooses_one():
    assert values_of(several_models(), "y") == [10 * len(text) for text in TEXTS]
    assert values_of(several_models(), "z") == [100 * len(text) for text in TEXTS]
    with pytest.raises(ConfigurationError, match=r"3 keys \('x', 'y', 'z'\); name the key"):
        values_of(several_models())
    with pytest.raises(ConfigurationError, match="'w' is none of them"):
        values_of(several_models(), "w")


def test_answers_of_several_models_come_back_in_order():
    handler = several_models().with_preprocess_fn(lambda text: ("xzy"[len(text) % 3], text))
    assert values_of(handler) == [len(t) * (100 if len(t) % 3 == 1 else 10) for t in TEXTS]


class Flaky(RemoteModelHandler):
    """Fails the first time, as services do."""

    def __init__(self):
        super().__init__("flaky", num_retries=2, throttle_delay_secs=0)
        self.num_requests = 0

    def create_client(self):
        return 7

    def request(self, batch, model, inference_args=None):
        self.num_requests += 1
        if self.num_requests == 1:
            raise ConnectionError("not yet")
        return [len(text) * model for text in batch]


def test_a_remote_handler_tries_again_by_itself(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    handler = Flaky()
    assert values_of(handler) == [7 * len(text) for text in TEXTS]
    assert handler.num_requests == 2


def test_its_environment_is_set_before_it_loads(monkeypatch):
    monkeypatch.delenv("LENGTHS_TIMES", raising=False)
    seen = []

    class Reading(Lengths):
        def load_model(self):
            import os

            seen.append(os.environ["LENGTHS_TIMES"])
            return Factor(1)

    values_of(Reading(env_vars={"LENGTHS_TIMES": "3"}))
    assert seen == ["3"]


@pytest.mark.system
def test_processes_share_a_model_that_says_so():
    calls = BeamCalls(Lengths(5, model_copies=2), "m")
    model = calls.load("test-of-shared-lengths")
    assert calls.answers(["abc"], model)[0].inference == 15
    assert len({id(model.next()), id(model.next())}) == 2
    # Another handler that asks for the same tag gets the copies that are there.
    again = BeamCalls(Lengths(6, model_copies=2), "m")
    assert again.answers(["abc"], again.load("test-of-shared-lengths"))[0].inference == 15
    alone = BeamCalls(Lengths(6), "m")
    assert alone.answers(["abc"], alone.load("test-of-shared-lengths"))[0].inference == 18
