"""A handler's scores are the model's, and what it raises comes without the texts it was given."""

from __future__ import annotations

import pickle
import sys
import types

import numpy as np
import pyarrow as pa
import pytest
from apache_beam.ml.inference.base import KeyedModelHandler, ModelHandler
from apache_beam.ml.inference.sklearn_inference import ModelFileType, SklearnModelHandlerNumpy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError

TEXTS = ['a "quoted" line\nand more', "größer 日本", "x"]
BATCH = pa.RecordBatch.from_pydict({"comment_text": TEXTS})


class Quoting(ModelHandler):
    """Breaks on every text, and says on which."""

    form = staticmethod(str)

    def load_model(self):
        return None

    def run_inference(self, batch, model, inference_args=None):
        raise KeyError(f"no token for x in {' and '.join(map(self.form, batch))}")


@pytest.fixture
def module(monkeypatch):
    made = types.ModuleType("quoting_handlers")
    monkeypatch.setitem(sys.modules, "quoting_handlers", made)
    return made


@pytest.mark.parametrize("form", [str, repr])
def test_texts_of_the_data_leave_the_message(module, form):
    handler_class = type("Own", (Quoting,), {"form": staticmethod(form)})
    module.factory = handler_class
    handler = handler_for(ModelSpec(name="m", handler="quoting_handlers:factory"), ["comment_text"])
    with pytest.raises(RuntimeError, match=r"models\[m\]: the handler raised KeyError") as raised:
        handler.run_inference([BATCH], handler.load_model())
    message = str(raised.value)
    assert message.count("(a text of the data)") == 2
    assert "quoted" not in message
    assert "größer" not in message
    assert "no token for x" in message


def test_a_mistake_of_the_configuration_keeps_its_sentence(module):
    class Refusing(Quoting):
        def run_inference(self, batch, model, inference_args=None):
            raise ConfigurationError("set the model's language")

    module.factory = Refusing
    handler = handler_for(ModelSpec(name="m", handler="quoting_handlers:factory"), ["comment_text"])
    with pytest.raises(ConfigurationError, match="set the model's language"):
        handler.run_inference([BATCH], handler.load_model())


@pytest.mark.parametrize("is_keyed", [False, True])
def test_beams_own_handler_of_an_estimator_gives_its_scores(module, tmp_path, is_keyed):
    texts = [f"she {word} {i}" for i in range(40) for word in ("good", "bad", "cat")]
    estimator = make_pipeline(TfidfVectorizer(), LogisticRegression())
    estimator.fit(texts, ["bad" in text for text in texts])
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(estimator))

    def factory():
        made = SklearnModelHandlerNumpy(
            str(tmp_path / "model.pkl"),
            ModelFileType.PICKLE,
            inference_fn=lambda model, batch, _: model.predict_proba(batch),
            max_batch_size=16,
        )
        return KeyedModelHandler(made) if is_keyed else made

    module.factory = factory
    handler = handler_for(ModelSpec(name="m", handler="quoting_handlers:factory"), ["comment_text"])
    batch = pa.RecordBatch.from_pydict({"comment_text": texts})
    expected = estimator.predict_proba(texts)[:, 1]
    np.testing.assert_allclose(
        handler.score_batch(batch, handler.load_model()), expected, rtol=0, atol=1e-12
    )
