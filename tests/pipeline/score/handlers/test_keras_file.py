"""`.keras` files with code of their own, and files that are damaged."""

from __future__ import annotations

import io
import sys
import zipfile

import h5py
import keras
import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.model_files import checks
from fairflip.pipeline.score.model_files.keras_files import custom_classes
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError
from support import tiny_models

pytestmark = pytest.mark.system

CODE = """
import keras, tensorflow as tf

@keras.saving.register_keras_serializable("mine")
def no_digits(x):
    return tf.strings.regex_replace(tf.strings.lower(x), "[0-9]", "")

@keras.saving.register_keras_serializable("mine")
class Doubled(keras.layers.Layer):
    def call(self, x):
        return 2.0 * x
"""
BATCH = pa.RecordBatch.from_pydict({"text": ["she 1 is", "he is rude 2", ""]})


@pytest.fixture(params=["no_digits", "Doubled"])
def own_code(request, tmp_path, monkeypatch):
    """A model that needs the module `own_cleaning`, as a process without it finds it."""
    (tmp_path / "own_cleaning.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import own_cleaning

    is_function = request.param == "no_digits"
    words = keras.layers.TextVectorization(
        9, output_sequence_length=4, standardize=own_cleaning.no_digits if is_function else None
    )
    words.adapt(["she is rude", "he is nice"])
    source = keras.Input((), dtype="string", name="text")
    hidden = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(9, 4)(words(source)))
    output = keras.layers.Dense(1, "sigmoid")(hidden)
    model = keras.Model(source, output if is_function else own_cleaning.Doubled()(output))
    path = str(tmp_path / "own.keras")
    model.save(path)
    expected = model.predict(np.array(BATCH["text"].to_pylist(), object), verbose=0)[:, 0]

    def forget():
        sys.modules.pop("own_cleaning", None)
        for names in (keras.saving.get_custom_objects(),):
            for name in [n for n in names if n.startswith("mine>")]:
                names.pop(name)

    forget()
    yield path, f"mine>{request.param}", expected
    forget()


def test_code_of_ones_own_needs_a_word_and_its_module(own_code):
    path, name, expected = own_code
    assert custom_classes(path) == [name]
    with pytest.raises(ConfigurationError, match=rf"{name}.*--allow_custom_code.*--import MODULE"):
        checks.check_model(ModelSpec(name="m", path=path))
    # The module alone is no word for the file.
    with pytest.raises(ConfigurationError, match="--allow_custom_code"):
        checks.check_model(ModelSpec(name="m", path=path, import_module=["own_cleaning"]))
    sys.modules.pop("own_cleaning", None)
    allowed = ModelSpec(name="m", path=path, allow_custom_code=True, import_module=["own_cleaning"])
    handler = handler_for(allowed, ("text",))
    [scores] = handler.run_inference([BATCH], handler.load_model())
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_without_the_module_the_sentence_names_what_is_missing(own_code):
    path, name, _ = own_code
    sys.modules.pop("own_cleaning", None)
    for key in [n for n in keras.saving.get_custom_objects() if n.startswith("mine>")]:
        keras.saving.get_custom_objects().pop(key)
    handler = handler_for(ModelSpec(name="m", path=path, allow_custom_code=True), ("text",))
    with pytest.raises(ConfigurationError, match=rf"holds {name}.*--import MODULE") as caught:
        handler.load_model()
    assert len(caught.value.problems) == 1
    wrong = ModelSpec(name="m", path=path, allow_custom_code=True, import_module=["no.such"])
    with pytest.raises(ConfigurationError, match=r"import_module: 'no\.such' cannot be imported"):
        checks.check_model(wrong)


def rewritten(path, change) -> str:
    """The tiny model's archive with each part as `change(name, content)` gives it."""
    with (
        zipfile.ZipFile(tiny_models.keras_path()) as source,
        zipfile.ZipFile(path, "w") as target,
    ):
        for name in source.namelist():
            content = change(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
    return str(path)


def linked_weights(_: bytes) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["layers"] = h5py.ExternalLink("/etc/hostname", "/")
    return buffer.getvalue()


DAMAGES = {
    "half of the weights": lambda n, c: c[: len(c) // 2] if n.endswith(".h5") else c,
    "no weights": lambda n, c: None if n.endswith(".h5") else c,
    "weights of zeros": lambda n, c: bytes(len(c)) if n.endswith(".h5") else c,
    "weights in another file": lambda n, c: linked_weights(c) if n.endswith(".h5") else c,
    "a layer too few": lambda n, c: c.replace(b'"Dense"', b'"Dens"') if n == "config.json" else c,
    "no layers": lambda n, c: b"{}" if n == "config.json" else c,
    "a list": lambda n, c: b"[]" if n == "config.json" else c,
    "no JSON": lambda n, c: c[:-9] if n == "config.json" else c,
    "no architecture": lambda n, c: None if n == "config.json" else c,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_the_users_to_mend_in_one_sentence(damage, tmp_path):
    path = rewritten(tmp_path / "x.keras", DAMAGES[damage])
    spec = ModelSpec(name="m", path=path)

    def load():
        checks.check_model(spec)
        handler_for(spec, ("comment_text",)).load_model()

    with pytest.raises(ConfigurationError) as caught:
        load()
    [problem] = caught.value.problems
    assert path in problem
    assert len(problem) < 600


def test_a_file_that_is_cut_off_is_one_too(tmp_path):
    path = tmp_path / "x.keras"
    with open(tiny_models.keras_path(), "rb") as file:
        content = file.read()
    for share in (0.0, 0.3, 0.99):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(ConfigurationError, match="is no Keras 3 model file"):
            checks.check_model(ModelSpec(name="m", path=str(path)))
