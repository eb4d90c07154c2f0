"""What a handler raises reaches the user without the texts that it was given."""

from __future__ import annotations

import sys
import types

import pyarrow as pa
import pytest
from apache_beam.ml.inference.base import ModelHandler

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
