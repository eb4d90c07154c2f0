"""A handler with a remedy around it: the mean over what is asked, for any kind of model."""

from __future__ import annotations

import sys
import types

import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.averaging.handler import RemedyHandler, handlers_of
from fairflip.pipeline.averaging.texts import TextsToAsk
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.protos.config_pb2 import DataSpec, InferenceRemedy, ModelSpec
from fairflip.protos.errors import ConfigurationError

TEXTS = ["she sings", "he sings", "a cat sings", "the woman and her cat", "she sings"]
BATCH = pa.RecordBatch.from_pydict({"comment_text": TEXTS})


def length_score(texts):
    """Told apart by every letter."""
    return [sum(map(ord, text)) % 97 / 97 for text in texts]


@pytest.fixture
def model(monkeypatch):
    module = types.ModuleType("model_that_is_asked")
    module.asked = []

    def score(texts):
        module.asked += texts
        return length_score(texts)

    module.score = score
    module.with_length = lambda frame: (
        frame["length"].to_numpy() / 100 + length_score(frame["comment_text"])
    )
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module


def spec(function="score", **fields):
    remedy = InferenceRemedy(technique="averaging", method="substitution", **fields)
    return ModelSpec(name="m", function=f"model_that_is_asked:{function}", at_inference=remedy)


def means(texts, remedy):
    return [float(np.mean(length_score(each))) for each in TextsToAsk(remedy).of(texts)]


def test_scores_are_means_and_each_text_is_asked_once(model):
    handler = RemedyHandler(spec(), ["comment_text"])
    scores = handler.score_batch(BATCH, handler.load_model())
    expected = means(TEXTS, spec().at_inference)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)
    assert scores[0] == scores[1] == scores[4]
    assert sorted(model.asked) == sorted(set(model.asked))
    assert set(model.asked) == {*TEXTS, "the man and his cat"}


def test_blindness_scores_the_text_without_terms(model):
    blind = spec()
    blind.at_inference.technique = "blindness"
    handler = RemedyHandler(blind, ["comment_text"])
    scores = handler.score_batch(BATCH, handler.load_model())
    np.testing.assert_allclose(
        scores, length_score(["sings", "sings", "a cat sings", "the and cat", "sings"])
    )


class InParts(BatchModelHandler):
    """Answers one record after the other, the last first, and not at all where told so."""

    nan_is_missing = True

    def __init__(self, missing=()):
        super().__init__(ModelSpec(name="m"), ["comment_text"])
        self._missing = missing

    @property
    def identity(self):
        return "in-parts"

    def load_model(self):
        return None

    def score_batch(self, batch, model):
        raise AssertionError("asked as a whole")

    def score_parts(self, batch, model, num_known=0):
        texts = batch.column(0).to_pylist()
        for row in reversed(range(len(texts))):
            score = np.nan if texts[row] in self._missing else length_score([texts[row]])[0]
            yield np.array([row]), np.array([score])


def test_a_row_comes_once_all_of_its_texts_have(model):
    handler = RemedyHandler(spec(), ["comment_text"])
    handler._inner = InParts()
    parts = list(handler.score_parts(BATCH, handler.load_model()))
    rows = np.concatenate([rows for rows, _ in parts])
    assert sorted(rows) == list(range(5))
    assert len(parts) > 2
    scores = np.empty(5)
    for part, values in parts:
        scores[part] = values
    np.testing.assert_allclose(scores, means(TEXTS, spec().at_inference), rtol=0, atol=1e-12)


def test_a_text_without_an_answer_leaves_its_mean_without_one(model):
    handler = RemedyHandler(spec(), ["comment_text"])
    handler._inner = InParts(missing=["he sings"])
    scores = handler.score_batch(BATCH, handler.load_model())
    assert np.isnan(scores).tolist() == [True, True, False, False, True]


def test_other_features_stay_beside_each_text(model):
    batch = pa.RecordBatch.from_pydict({"comment_text": TEXTS, "length": [1, 2, 3, 4, 5]})
    handler = RemedyHandler(
        spec("with_length", text_feature="comment_text"), ["comment_text", "length"]
    )
    scores = handler.score_batch(batch, handler.load_model())
    expected = np.array(means(TEXTS, spec().at_inference)) + np.arange(1, 6) / 100
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)
    with pytest.raises(ConfigurationError, match="name the text"):
        RemedyHandler(spec("with_length"), ["comment_text", "length"])


def test_class_scores_are_means_too(model):
    class WithClasses(InParts):
        def score_and_classes(self, batch, model):
            scores = np.array(length_score(batch.column(0).to_pylist()))
            return scores, np.stack([1 - scores, scores], 1)

    handler = RemedyHandler(spec(), ["comment_text"])
    handler._inner = WithClasses()
    scores, classes = handler.score_and_classes(BATCH, handler.load_model())
    expected = means(TEXTS, spec().at_inference)
    np.testing.assert_allclose(scores, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(classes[:, 1], expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(classes.sum(1), 1.0)


def test_the_identity_tells_remedies_and_models_apart(model):
    plain = RemedyHandler(spec(), ["comment_text"])
    assert plain.identity == RemedyHandler(spec(), ["comment_text"]).identity
    assert plain.identity != RemedyHandler(spec(num_averaged=2), ["comment_text"]).identity
    assert plain.identity != plain._inner.identity


def test_each_of_several_outputs_is_a_mean(model):
    model.both = lambda texts: [
        {"a": one, "b": 1 - one * one, "c": 0.5} for one in length_score(texts)
    ]
    several = spec("both")
    several.output_names.extend(["b", "a"])
    handler = RemedyHandler(several, ["comment_text"])
    actual = handler.score_batch(BATCH, handler.load_model())
    remedy = several.at_inference
    asked = [np.array(length_score(each)) for each in TextsToAsk(remedy).of(TEXTS)]
    expected = [[np.mean(1 - one * one), np.mean(one)] for one in asked]
    np.testing.assert_allclose(actual, expected, rtol=0, atol=1e-12)


def test_a_remedy_of_a_table_changes_what_the_model_reads(model):
    attribute = spec("frame")
    attribute.at_inference.method = "attribute"
    attribute.at_inference.attribute = "gender"
    attribute.at_inference.attribute_values.extend(["f", "m"])
    model.frame = lambda frame: frame["income"] + 10.0 * (frame["gender"] == "m")
    handler = RemedyHandler(attribute, ["gender", "income"])
    batch = pa.RecordBatch.from_pydict({"gender": ["f", "m", "x", None], "income": [1, 2, 3, 4]})
    scores = handler.score_batch(batch, handler.load_model())
    np.testing.assert_allclose(scores, [6, 7, 3, 4], rtol=0, atol=1e-12)
    other = ModelSpec()
    other.CopyFrom(attribute)
    other.at_inference.attribute_values[:] = ["m", "f"]
    assert RemedyHandler(other, ["gender", "income"]).identity != handler.identity
    with pytest.raises(ConfigurationError, match="changes 'gender', which is none"):
        RemedyHandler(attribute, ["income"])


def test_only_models_with_a_remedy_get_one(model):
    models = [
        ModelSpec(name="plain", function="model_that_is_asked:score"),
        spec(),
        ModelSpec(name="known", score_feature="s", at_inference=InferenceRemedy()),
    ]
    data = DataSpec(text_feature="comment_text")
    handlers = handlers_of(models, ["comment_text"], data)
    assert list(handlers) == ["m"]
    assert not models[1].at_inference.text_feature  # the caller's stays as it was
