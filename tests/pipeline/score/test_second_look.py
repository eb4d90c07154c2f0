"""A model is asked again for a sample of texts, and what differs is counted."""

from __future__ import annotations

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.metrics.flips.buckets import hash_ids
from fairflip.pipeline.score import inference
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.second_look import (
    NUM_TEXTS,
    SecondLookSpec,
    compare_answers,
    least_hashes,
)
from fairflip.pipeline.score.transforms import SECOND_LOOKS, ScorePairs
from fairflip.protos.config_pb2 import DataSpec, ModelSpec

DATA = DataSpec(id_feature="id", text_feature="text")
NUM_PAIRS = 500
# By test: what handlers were asked, and what came out. Beam copies handlers, not modules.
ASKED: list[list[str]] = []
LOOKS: list = []


class Judge(BatchModelHandler):
    """Says how long a text is, and is wrong by `error` from the second call of a text on."""

    def __init__(self, name: str = "m", error: float = 0.0, scale: str = "probability"):
        super().__init__(ModelSpec(name=name, score_scale=scale), ["text"])
        self._error, self._scale = error, scale
        self.may_be_asked_again = error != -1.0

    @property
    def identity(self) -> str:
        return f"judge/{self.name}/{self._error}"

    def load_model(self) -> set[str]:
        return set()

    def score_batch(self, batch, model):
        texts = batch.column("text").to_pylist()
        ASKED.append(texts)
        scores = np.array([len(text) / 200 + self._error * (text in model) for text in texts])
        model.update(texts)
        return np.log(scores / (1 - scores)) if self._scale == "logit" else scores


def pairs() -> pa.Table:
    # Every tenth text stands under two IDs, and every original has two counterfactuals.
    texts = [
        f"she sings {'la ' * (i % 30)}{i // 10 * 10 if i % 10 == 1 else i}" for i in range(250)
    ]
    rows = [i for i in range(250) for _ in range(2)]
    return pa.table(
        {
            "id": [f"id{i}" for i in rows],
            "text": [texts[i] for i in rows],
            "counterfactual.text": [f"he sings {n}" for n in range(NUM_PAIRS)],
        }
    )


def _keep(look) -> None:
    LOOKS.append(look)


def looks(judges, batches, repeats=1) -> dict:
    """(name -> SecondLook) of a run, and in ASKED what was asked."""
    # A judge that another test asked may be there still, and knows the texts.
    inference._MODELS.clear()
    ASKED.clear()
    LOOKS.clear()
    specs = [judge.spec for judge in judges]
    handlers = {judge.name: judge for judge in judges}
    transform = ScorePairs(
        specs, DATA, handlers, repeats=repeats, second_look=SecondLookSpec(0.5, seed=3)
    )
    pipeline = beam.Pipeline(FnApiRunner())
    source = pipeline | beam.Create(batches).with_output_types(pa.RecordBatch)
    (source | "Score" >> transform)[SECOND_LOOKS] | beam.Map(_keep)
    pipeline.run().wait_until_finish()
    return dict(LOOKS)


def test_a_steady_model_answers_the_same_and_a_sample_is_really_asked_again():
    actual = looks([Judge()], pairs().to_batches(64))["m"]
    assert actual.num_texts == NUM_TEXTS
    assert (actual.num_differing_scores, actual.num_differing_decisions) == (0, 0)
    originals = set(pairs()["text"].to_pylist())
    again = ASKED[-1]
    assert len(again) == len(set(again)) == NUM_TEXTS
    assert set(again) <= originals
    assert originals <= {text for call in ASKED[:-1] for text in call}, "asked before"


def test_the_sample_is_the_same_in_any_batching_and_follows_the_texts_hash():
    def sample(batches):
        looks([Judge()], batches)
        return ASKED[-1]

    table = pairs()
    expected = sample(table.to_batches(64))
    assert sample(table.to_batches(7)) == expected
    assert sample(table.take(np.arange(NUM_PAIRS)[::-1]).to_batches(499)) == expected
    texts = sorted(set(table["text"].to_pylist()))
    by_hash = np.argsort(hash_ids(texts, seed=3))[:NUM_TEXTS]
    assert expected == [texts[i] for i in by_hash]


def test_answers_that_differ_are_counted_against_a_recount():
    actual = looks([Judge(error=0.1)], pairs().to_batches(64))["m"]
    first = np.array([len(text) / 200 for text in ASKED[-1]])
    assert actual.num_differing_scores == NUM_TEXTS
    assert actual.num_differing_decisions == ((first <= 0.5) & (first + 0.1 > 0.5)).sum() > 0
    assert actual.largest_difference == pytest.approx(0.1)


def test_logits_are_compared_as_probabilities():
    actual = looks([Judge(error=0.1, scale="logit")], pairs().to_batches(64))["m"]
    assert actual.num_differing_scores == NUM_TEXTS
    assert actual.largest_difference == pytest.approx(0.1)


def test_each_model_is_asked_but_those_that_must_not_be():
    judges = [Judge("a"), Judge("paid", error=-1.0), Judge("b", error=0.2)]
    actual = looks(judges[:1] + judges[2:], pairs().to_batches(100))
    assert set(actual) == {"a", "b"}
    assert actual["b"].num_differing_scores == NUM_TEXTS
    judges[1]._error = 0.0
    assert looks(judges[1:2], pairs().to_batches(100)) == {}


def test_with_repeats_the_second_answers_are_there_and_nothing_more_is_asked():
    actual = looks([Judge(error=0.1)], [pairs().combine_chunks().to_batches()[0]], repeats=2)["m"]
    assert len(ASKED) == 2, "one batch, twice"
    assert actual.num_texts == NUM_TEXTS
    assert actual.num_differing_scores == NUM_TEXTS


def test_of_nothing_nothing_is_said():
    assert looks([Judge()], []) == {}


def test_controls_are_not_asked_again():
    table = pairs().append_column("edit", pa.array(["control", None] * (NUM_PAIRS // 2)))
    table = table.set_column(1, "text", pa.array([f"text {i}" for i in range(NUM_PAIRS)]))
    looks([Judge()], table.to_batches(64))
    assert {int(text.split()[1]) % 2 for text in ASKED[-1]} == {1}


def test_the_least_hashes_are_kept_once_each():
    batch = pa.RecordBatch.from_pydict(
        {
            "text_hash": pa.array([5, 3, 5, 9], pa.uint64()),
            "id_hash": pa.array([2, 7, 1, 1], pa.uint64()),
        }
    )
    remaining = least_hashes([batch.slice(0, 1), batch.slice(1)], 2)
    assert remaining.to_pydict() == {"text_hash": [3, 5], "id_hash": [7, 1]}


@pytest.mark.parametrize(
    ("second", "scores", "decisions"),
    [
        (0.5000001 + 3e-7, 0, 0),  # float32 in another order of summing
        (0.4999999, 0, 0),  # … even where a threshold lies between
        (0.5002, 1, 0),
        (0.4, 1, 1),
        (float("nan"), 1, 1),
    ],
)
def test_noise_of_batching_is_no_difference(second, scores, decisions):
    actual = compare_answers(np.array([0.5000001, 0.1]), np.array([second, 0.1]), 0.5)
    assert (actual.num_differing_scores, actual.num_differing_decisions) == (scores, decisions)
    assert np.isfinite(actual.largest_difference)
