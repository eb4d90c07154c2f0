"""A service that misbehaves is asked until it has answered every text, once in the kept scores."""

from __future__ import annotations

import apache_beam as beam
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.pipeline.records.rejects import REJECTS
from fairflip.pipeline.score import inference
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.score_cache import ScoreCache
from fairflip.pipeline.score.second_look import SecondLookSpec
from fairflip.pipeline.score.services import client
from fairflip.pipeline.score.transforms import SCORED, SECOND_LOOKS, ScoreExamples, ScorePairs
from fairflip.protos.config_pb2 import DataSpec, ModelSpec
from fairflip.protos.errors import ConfigurationError, InputError
from support.scoring_service import scoring_service

# Most of these are whole scorings on a runner, beside a service.
pytestmark = pytest.mark.system

DATA = DataSpec(id_feature="id", text_feature="text")
KEPT: dict[str, list] = {"scored": [], "rejects": [], "looks": []}


def keep(element, into):
    # The in-memory runner works in this process, so that elements can be handed back.
    KEPT[into].append(element)


def score_of(text):
    return sum(map(ord, text)) % 101 / 100


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("SCORING_TOKEN", "token")
    monkeypatch.setattr(client, "_FIRST_WAIT", 0.02)
    for elements in KEPT.values():
        elements.clear()
    inference._MODELS.clear()
    with scoring_service(score_of) as running:
        yield running
    inference._MODELS.clear()


def pairs(num=300):
    return pa.table(
        {
            "id": [str(i // 3) for i in range(num)],
            "text": [f"she has {i // 3 % 60} cats" for i in range(num)],
            "counterfactual.text": [f"he has {i % 90} cats" for i in range(num)],
        }
    )


def texts_of(table):
    return {*table["text"].to_pylist(), *table["counterfactual.text"].to_pylist()}


def evaluate(service, tmp_path, table, cache="scores", **settings):
    path = tmp_path / "service.yaml"
    path.write_text(service.description(**settings))
    models = [ModelSpec(name="m", service=str(path), allow_remote=True)]
    common = {"run": "one", "score_cache": cache and str(tmp_path / cache)}
    with beam.Pipeline(FnApiRunner()) as pipeline:
        source = pipeline | beam.Create(table.to_batches(50)).with_output_types(pa.RecordBatch)
        look = SecondLookSpec(0.5)
        scored = source | ScorePairs(models, DATA, second_look=look, **common)
        scored[SCORED] | "KeepScored" >> beam.Map(keep, "scored")
        scored[REJECTS] | "KeepRejects" >> beam.Map(keep, "rejects")
        scored[SECOND_LOOKS] | "KeepLooks" >> beam.Map(keep, "looks")
        source | ScoreExamples(models, DATA, **common)
    return handler_for(models[0], ["text"])


def test_every_text_is_answered_once_through_all_that_goes_wrong(service, tmp_path):
    def fault_of(number):
        if number == 11:
            return "broken"
        return "429" if number % 3 == 1 else "late" if number % 25 == 2 else ""

    service.fault_of, service.late = fault_of, 1.0
    table = pairs()
    handler = evaluate(service, tmp_path, table, timeout=0.4, concurrency=8)
    texts = texts_of(table)
    assert set(service.answered) == texts
    assert set(service.answered.values()) == {1}
    assert service.statuses["429"] >= len(texts) / 3
    assert service.statuses["broken"] == 1
    assert service.statuses["late"] >= 3
    assert service.most_at_once <= 8
    cache = ScoreCache(str(tmp_path / "scores"), handler.lasting_identity)
    assert len(cache) == len(texts)
    scored = pa.Table.from_batches(KEPT["scored"])
    assert scored.num_rows == table.num_rows
    for side in ("", "counterfactual."):
        expected = [score_of(text) for text in scored[f"{side}text"].to_pylist()]
        assert scored[f"{side}score.m"].to_pylist() == expected
    assert KEPT["rejects"] == []
    assert KEPT["looks"] == [], "a second look would be paid for"
    # What is kept is asked by nobody again.
    inference._MODELS.clear()
    service.asked.clear()
    evaluate(service, tmp_path, table)
    assert service.asked.total() == 0


def test_a_run_that_stops_keeps_its_answers(service, tmp_path):
    table = pairs()
    service.fault_of = lambda number: "401" if number >= 40 else ""
    with pytest.raises(InputError, match="it answered 401"):
        evaluate(service, tmp_path, table)
    answered = set(service.answered)
    service.fault_of = lambda number: ""
    service.asked.clear()
    inference._MODELS.clear()
    evaluate(service, tmp_path, table)
    again = set(service.asked) & answered
    # Only what was under way beside the call that stopped the run.
    assert len(again) < 4
    assert set(service.asked) | answered == texts_of(table)


def test_answers_that_cannot_be_read_are_left_out_up_to_a_share(service, tmp_path):
    service.score_of = lambda text: "I cannot say" if text.startswith("he has 7 ") else 0.5
    table = pairs()
    evaluate(service, tmp_path, table, max_failed_share=0.01)
    bad = [text for text in table["counterfactual.text"].to_pylist() if "has 7 cats" in text]
    assert len(KEPT["rejects"]) == len(bad) > 0
    assert {record.reason for record in KEPT["rejects"]} == {"score_missing"}
    assert sum(batch.num_rows for batch in KEPT["scored"]) == table.num_rows - len(bad)


def test_more_than_the_share_stops_the_run_with_the_share(service, tmp_path):
    service.score_of = lambda text: "I cannot say" if "1" in text else 0.5
    with pytest.raises(InputError) as raised:
        evaluate(service, tmp_path, pairs(), max_failed_share=0.05)
    assert "have no answer that can be read (8: the answer is no number)" in str(raised.value)
    assert "max_failed_share allows 5.0% of 150 texts" in str(raised.value)


def test_nothing_is_sent_unless_that_was_allowed(service, tmp_path):
    path = tmp_path / "service.yaml"
    path.write_text(service.description())
    handler = handler_for(ModelSpec(name="m", service=str(path)), ["text"])
    with pytest.raises(ConfigurationError, match="if that is meant, give --allow_remote"):
        handler.load_model()
    assert service.asked.total() == 0


def test_without_a_cache_a_text_is_still_asked_once(service, tmp_path):
    evaluate(service, tmp_path, pairs(), cache="")
    assert set(service.asked.values()) == {1}
    assert set(service.asked) == texts_of(pairs())


def test_a_service_reads_one_feature(service, tmp_path):
    path = tmp_path / "service.yaml"
    path.write_text(service.description())
    with pytest.raises(ConfigurationError, match="input_features names 2"):
        handler_for(ModelSpec(name="m", service=str(path)), ["text", "length"])
