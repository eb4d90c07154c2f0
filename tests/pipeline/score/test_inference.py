"""A handler gets as many texts as it allows, like with like, and each text of the run once."""

from __future__ import annotations

import collections
import sys
import types

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pytest
from apache_beam.ml.inference.base import ModelHandler
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from fairflip.pipeline.score import inference
from fairflip.pipeline.score.handlers.functions import registered
from fairflip.pipeline.score.handlers.imported import ImportedModelHandler
from fairflip.pipeline.score.transforms import SCORED, ScoreExamples, ScorePairs
from fairflip.protos.config_pb2 import DataSpec, ModelSpec
from fairflip.protos.errors import ConfigurationError
from support import tiny_models

DATA = DataSpec(id_feature="id")
KEPT: list[pa.RecordBatch] = []
CALLS: list[list[str]] = []
RESTARTED: list[bool] = []


class Model:
    """Something to hold by a weak reference."""


class Recording(ModelHandler):
    """The length of a text; keeps what each call held."""

    def load_model(self):
        return Model()

    def run_inference(self, batch, model, inference_args=None):
        CALLS.append(list(batch))
        return [len(text) / 100 for text in batch]


def keep(batch):
    # The in-memory runner works in this process, so that elements can be handed back.
    KEPT.append(batch)


@pytest.fixture
def handlers(monkeypatch):
    made = types.ModuleType("recording_handlers")
    made.eight = lambda: Recording(max_batch_size=8)
    made.unlimited = Recording
    monkeypatch.setitem(sys.modules, "recording_handlers", made)
    CALLS.clear()
    KEPT.clear()
    yield
    inference._MODELS.clear()


def pairs(num=500, seed=0):
    """Pairs of few texts, so that the same ones come again and again."""
    rng = np.random.default_rng(seed)
    texts = np.array(list(dict.fromkeys(tiny_models.texts(180, seed))), object)
    return pa.table(
        {
            "id": [str(i // 3) for i in range(num)],
            "comment_text": rng.choice(texts, num),
            "counterfactual.comment_text": rng.choice(texts, num),
        }
    )


def score(batches, factory="eight", with_examples=False, cache=""):
    models = [ModelSpec(name="m", handler=f"recording_handlers:{factory}")]
    with beam.Pipeline(FnApiRunner()) as pipeline:
        source = pipeline | beam.Create(batches).with_output_types(pa.RecordBatch)
        (source | "Pairs" >> ScorePairs(models, DATA, run="one", score_cache=cache))[
            SCORED
        ] | beam.Map(keep)
        if with_examples:
            source | "Examples" >> ScoreExamples(models, DATA, run="one")


@pytest.mark.parametrize("rows_a_batch", [1, 7, 64, 1000])
def test_calls_hold_eight_wherever_there_are_eight_and_each_text_once(handlers, rows_a_batch):
    table = pairs()
    score(table.to_batches(rows_a_batch), with_examples=True)
    asked = [text for call in CALLS for text in call]
    distinct = {*table["comment_text"].to_pylist()}
    distinct |= {*table["counterfactual.comment_text"].to_pylist()}
    assert collections.Counter(asked) == collections.Counter(distinct)
    sizes = [len(call) for call in CALLS]
    assert sizes == [8] * (len(distinct) // 8) + [len(distinct) % 8] * (len(distinct) % 8 > 0)
    # Like with like: no call holds a text that is shorter than one of the call before.
    lengths = [len(text) for text in asked]
    assert lengths == sorted(lengths)
    scored = pa.Table.from_batches(KEPT)
    # The batches come out as they went in, each row with its own score.
    assert [b.num_rows for b in KEPT] == [b.num_rows for b in table.to_batches(rows_a_batch)]
    for side in ("", "counterfactual."):
        expected = [len(text) / 100 for text in scored[f"{side}comment_text"].to_pylist()]
        assert scored[f"{side}score.m"].to_pylist() == expected
    assert scored.select(table.schema.names).equals(table)


def test_what_is_gathered_is_bounded_and_a_text_of_two_gatherings_is_asked_once(
    handlers, monkeypatch
):
    monkeypatch.setattr(ImportedModelHandler, "rows_to_gather", 100)
    table = pairs()
    score(table.to_batches(20))
    asked = [text for call in CALLS for text in call]
    assert len(asked) == len(set(asked))
    # Five gatherings, each with at most one call that is not full.
    assert sum(len(call) < 8 for call in CALLS) <= 5
    assert max(len(call) for call in CALLS) == 8
    assert len(KEPT) == 25


def test_repeats_ask_once_for_each_side_and_answer(handlers, monkeypatch):
    monkeypatch.setattr(ImportedModelHandler, "rows_to_gather", 100)
    table = pairs()
    models = [ModelSpec(name="m", handler="recording_handlers:eight")]
    with beam.Pipeline(FnApiRunner()) as pipeline:
        source = pipeline | beam.Create(table.to_batches(20)).with_output_types(pa.RecordBatch)
        (source | ScorePairs(models, DATA, repeats=3))[SCORED] | beam.Map(keep)
    asked = collections.Counter(text for call in CALLS for text in call)
    sides = [set(table[f"{side}comment_text"].to_pylist()) for side in ("", "counterfactual.")]
    assert asked == {text: 3 * sum(text in side for side in sides) for text in set.union(*sides)}


def test_what_was_kept_is_not_asked_again(handlers, tmp_path):
    half, table = pairs(60), pairs(500)
    score(half.to_batches(20), cache=str(tmp_path))
    known = {text for call in CALLS for text in call}
    inference._MODELS.clear()
    CALLS.clear()
    KEPT.clear()
    score(table.to_batches(20), cache=str(tmp_path))
    asked = [text for call in CALLS for text in call]
    every = {*table["comment_text"].to_pylist(), *table["counterfactual.comment_text"].to_pylist()}
    assert known
    assert sorted(asked) == sorted(every - known)
    scored = pa.Table.from_batches(KEPT)
    for side in ("", "counterfactual."):
        expected = [len(text) / 100 for text in scored[f"{side}comment_text"].to_pylist()]
        assert scored[f"{side}score.m"].to_pylist() == expected


def test_a_model_that_breaks_leaves_what_it_answered(handlers, tmp_path):
    class Breaking(Recording):
        def run_inference(self, batch, model, inference_args=None):
            if len(CALLS) == 5 and not RESTARTED:
                raise ConnectionError
            return super().run_inference(batch, model)

    sys.modules["recording_handlers"].breaking = lambda: Breaking(max_batch_size=8)
    RESTARTED.clear()
    with pytest.raises(RuntimeError, match="ConnectionError"):
        score(pairs().to_batches(20), "breaking", cache=str(tmp_path))
    answered = [text for call in CALLS for text in call]
    assert len(answered) == 40
    RESTARTED.append(True)
    inference._MODELS.clear()
    CALLS.clear()
    score(pairs().to_batches(20), "breaking", cache=str(tmp_path))
    assert not {text for call in CALLS for text in call} & set(answered)


def test_an_object_of_this_process_has_no_kept_scores(handlers):
    with registered({"m": Recording()}) as paths:
        handler = ImportedModelHandler(ModelSpec(name="m", handler=paths["m"]), ["comment_text"])
        with pytest.raises(ConfigurationError, match="no identity that lasts"):
            handler.lasting_identity  # noqa: B018


def test_a_module_that_changes_is_another_model(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "changing_model.py"
    spec = ModelSpec(name="m", function="changing_model:scores")
    path.write_text("def scores(texts):\n    return [0.5] * len(texts)\n")
    first = ImportedModelHandler(spec, ["comment_text"]).lasting_identity
    assert ImportedModelHandler(spec, ["comment_text"]).lasting_identity == first
    path.write_text("def scores(texts):\n    return [0.25] * len(texts)\n")
    assert ImportedModelHandler(spec, ["comment_text"]).lasting_identity != first


def test_batches_of_other_columns_are_not_gathered_together(handlers):
    table = pairs(40)
    more = table.append_column("gender", pa.array([["female"]] * 40))
    score([*table.to_batches(), *more.to_batches(), *table.to_batches()])
    assert [batch.num_columns for batch in KEPT] == [5, 6, 5]
    asked = [text for call in CALLS for text in call]
    assert len(asked) == len(set(asked))


def test_a_handler_without_a_limit_gets_256(handlers):
    texts = [f"text {i}" for i in range(1000)]
    table = pa.table({"id": texts, "comment_text": texts, "counterfactual.comment_text": texts})
    score(table.to_batches(100), "unlimited")
    assert [len(call) for call in CALLS] == [256, 256, 256, 232]


def test_the_workers_needs_are_the_handlers(handlers):
    class Wanting(Recording):
        def get_resource_hints(self):
            return {"min_ram": "8GB"}

    sys.modules["recording_handlers"].wanting = Wanting
    spec = ModelSpec(name="m", handler="recording_handlers:wanting")
    assert ImportedModelHandler(spec, ["comment_text"]).resource_hints() == {"min_ram": "8GB"}
    nowhere = ModelSpec(name="m", handler="not_on_this_machine:factory")
    assert ImportedModelHandler(nowhere, ["comment_text"]).resource_hints() == {}


def test_a_loaded_model_keeps_the_scores_of_each_folder_apart(tmp_path, monkeypatch):
    held, sizes = inference.Held(None), []
    for name in ("one", "two", "one"):
        (tmp_path / name).mkdir(exist_ok=True)
        monkeypatch.chdir(tmp_path / name)
        stored = held.cache("scores", ["model"])
        sizes.append(len(stored))
        stored.add([f"a text of {name}".encode()], np.array([0.5]))
    assert sizes == [0, 0, 1]
    assert sorted(path.parent.name for path in tmp_path.glob("*/scores")) == ["one", "two"]
