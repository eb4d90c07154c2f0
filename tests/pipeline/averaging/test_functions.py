"""A model with a remedy as a function of texts."""

from __future__ import annotations

import sys
import types

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fairflip.pipeline.averaging.functions import RemediedModel
from fairflip.protos.config_pb2 import InferenceRemedy, ModelSpec


@pytest.fixture
def spec(monkeypatch):
    module = types.ModuleType("model_as_function")
    module.score = lambda texts: [len(text) / 100 for text in texts]
    module.frame_score = lambda frame: frame["text"].str.len() / 100 + frame["number"]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    remedy = InferenceRemedy(technique="averaging", method="substitution", text_feature="text")
    return ModelSpec(name="m", function="model_as_function:score", at_inference=remedy)


def test_texts_in_any_order_and_none(spec):
    model = RemediedModel(spec)
    scores = model(["she sings", "a cat", "women"])
    np.testing.assert_allclose(scores, [0.085, 0.05, 0.04])
    np.testing.assert_allclose(model(np.array(["women", "a cat"], object)), [0.04, 0.05])
    assert model([]).shape == (0,)
    assert model.texts_asked(["women"]) == [["women", "men"]]


def test_tables_where_a_model_reads_more_than_the_text(spec):
    spec.function = "model_as_function:frame_score"
    model = RemediedModel(spec, ["text", "number"])
    frame = pd.DataFrame({"number": [1.0, 2.0], "other": [0, 0], "text": ["women", "a cat"]})
    expected = [1.04, 2.05]
    np.testing.assert_allclose(model(frame), expected)
    np.testing.assert_allclose(model(pa.table(frame)), expected)
