"""Each kind of model, one batch at a time, against the model called directly."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.model_files import checks
from fairflip.pipeline.score.model_files.fingerprint import model_fingerprint
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError
from support import tiny_models

pytestmark = pytest.mark.system

TEXTS = [*tiny_models.texts(300), "größer 日本", "x"]
BATCH = pa.RecordBatch.from_pydict({"comment_text": TEXTS})
FEATURES = ("comment_text",)


def run(handler, batch=BATCH):
    [scores] = handler.run_inference([batch], handler.load_model())
    assert scores.dtype == np.float64
    assert scores.shape == (batch.num_rows,)
    return scores


def handler_of(path, features=FEATURES, name="m", **fields):
    return handler_for(ModelSpec(name=name, path=path, **fields), features)


@pytest.mark.parametrize(
    "spec",
    [
        lambda: ModelSpec(name="m", path=tiny_models.keras_path()),
        lambda: ModelSpec(name="m", path=tiny_models.example_saved_model(), output_name="score"),
        lambda: ModelSpec(name="m", path=tiny_models.named_saved_model() + "/"),
        lambda: ModelSpec(
            name="m", path=tiny_models.named_saved_model(), signature_name="serving_default"
        ),
    ],
    ids=["keras", "tf.Example", "named", "signature"],
)
def test_scores_are_the_models_own(spec):
    handler = handler_for(spec(), FEATURES)
    np.testing.assert_allclose(run(handler), tiny_models.direct(TEXTS), rtol=0, atol=1e-6)
    assert run(handler, BATCH.slice(0, 0)).shape == (0,)


def test_a_unit_of_an_output_is_chosen_by_index():
    path = tiny_models.example_saved_model()
    second = run(handler_of(path, output_name="twice:1"))
    np.testing.assert_allclose(second, 1 - tiny_models.direct(TEXTS), atol=1e-6)


def test_long_batches_are_cut_and_give_the_same(monkeypatch):
    from fairflip.pipeline.score.handlers import base

    handler = handler_of(tiny_models.keras_path())
    whole = run(handler)
    monkeypatch.setattr(base, "MAX_ROWS_PER_CALL", 7)
    np.testing.assert_allclose(run(handler), whole, atol=1e-7)


def test_batches_of_all_sizes_share_one_trace():
    handler = handler_of(tiny_models.keras_path())
    model = handler.load_model()
    for size in (3, 4, 5, 100, 77, 1, 2):
        handler.score_batch(BATCH.slice(0, size), model)
    _, function = model.keep
    assert function.experimental_get_tracing_count() == 1


def test_several_inputs_by_name_and_several_outputs():
    import keras
    import tensorflow as tf

    path = tiny_models.two_input_path()
    lengths = [float(len(text)) for text in TEXTS]
    batch = BATCH.append_column("length", pa.array(lengths))
    model = keras.models.load_model(path)
    expected = model({"comment_text": tf.constant(TEXTS), "length": tf.constant(lengths)[:, None]})
    for output, values in (
        ("score", expected["score"][:, 0]),
        ("pair:0", expected["pair"][:, 0]),
        ("pair", expected["pair"][:, 1]),  # a softmax: of two classes the second
    ):
        handler = handler_of(path, ("comment_text", "length"), output_name=output)
        np.testing.assert_allclose(run(handler, batch), np.asarray(values), atol=1e-6)
    for features, output, message in (
        (("comment_text",), "score", "length"),
        (("comment_text", "length"), "", "set it to one of pair, score"),
        (("comment_text", "length"), "pair:2", "':2' is none of them"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            run(handler_of(path, features, output_name=output), batch)


def test_several_outputs_come_from_one_call_and_are_named_by_the_model():
    path, features = tiny_models.two_input_path(), ("comment_text", "length")
    batch = BATCH.append_column("length", pa.array([float(len(text)) for text in TEXTS]))
    spec = ModelSpec(name="m", path=path, output_names=["score", "pair:0", "pair:1"])
    handler = handler_for(spec, features)
    model = handler.load_model()
    assert handler.output_names(batch.slice(0, 2), model) == ("score", "pair:0", "pair:1")
    together = handler.score_batch(batch, model)
    assert together.shape == (len(TEXTS), 3)
    for column, output in zip(together.T, spec.output_names, strict=True):
        single = handler_of(path, features, output_name=output)
        np.testing.assert_allclose(column, run(single, batch), atol=1e-7)
        assert single.lasting_identity in handler.identities_by_output


@pytest.mark.parametrize("name", ["LengthHandler", "BatchHandler"])
def test_any_beam_handler_by_import_path(name):
    spec = ModelSpec(name="m", handler=f"support.tiny_models:{name}")
    scores = run(handler_for(spec, FEATURES))
    np.testing.assert_allclose(scores, [len(text) / 100 for text in TEXTS], atol=1e-7)


def test_identity_tells_models_and_their_contents_apart(tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(b"one")
    first = handler_of(str(path), name="a").identity
    assert handler_of(str(path), name="b").identity == first
    path.write_bytes(b"two")
    assert handler_of(str(path), name="a").identity != first


def test_wrong_specifications_are_refused_before_anything_runs(tmp_path):
    broken = tmp_path / "broken.keras"
    broken.write_bytes(b"no zip")
    folder = tmp_path / "folder"
    folder.mkdir()
    for spec, message in (
        (ModelSpec(name="m", path=str(tmp_path / "none.keras")), "does not exist"),
        (ModelSpec(name="m", path=str(folder)), "neither a .keras file nor a SavedModel"),
        (ModelSpec(name="m", path=str(broken)), "no Keras 3 model file"),
        (ModelSpec(name="m"), "exactly one of"),
        (ModelSpec(name="m", path="x", score_feature="y"), "path, score_feature"),
        (ModelSpec(name="m", handler="no_such_module:f"), "cannot be imported"),
        (ModelSpec(name="m", handler="support.tiny_models:nothing"), "cannot be imported"),
        (ModelSpec(name="m", handler="tiny_models"), "package.module:name"),
    ):
        with pytest.raises(ConfigurationError) as caught:
            checks.check_model(spec)
        assert message in str(caught.value)
        assert "models[m]" in str(caught.value) or "broken" in str(caught.value)
    with pytest.raises(ConfigurationError) as caught:
        checks.check_models(
            [ModelSpec(name="a"), ModelSpec(name="a", score_feature="s"), ModelSpec(name="b")]
        )
    assert len(caught.value.problems) == 3
    with pytest.raises(ConfigurationError, match="train it first"):
        handler_for(ModelSpec(name="m"), FEATURES)
    path = tiny_models.example_saved_model()
    with pytest.raises(ConfigurationError, match="there are: serving_default"):
        handler_of(path, signature_name="other").load_model()


def test_lambda_layers_are_refused_unless_allowed():
    path = tiny_models.lambda_path()
    spec = ModelSpec(name="m", path=path)
    with pytest.raises(ConfigurationError, match=r"Lambda.*allow_custom_code"):
        checks.check_model(spec)
    with pytest.raises(ConfigurationError, match="Lambda"):
        handler_of(path, ("x",)).load_model()
    spec.allow_custom_code = True
    checks.check_model(spec)
    handler_of(path, ("x",), allow_custom_code=True).load_model()


def keras_file(path, layer):
    """A file that claims to hold `layer`, as an attacker would write it."""
    config = {"class_name": "Sequential", "module": "keras", "config": {"layers": [layer]}}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.12.0"}))
    path.write_bytes(buffer.getvalue())
    return str(path)


@pytest.mark.parametrize(
    ("layer", "actual"),
    [
        ({"class_name": "Popen", "module": "subprocess", "config": {}}, "subprocess.Popen"),
        (
            {
                "class_name": "function",
                "module": "builtins",
                "config": {"name": "f", "inner": {"class_name": "__lambda__", "config": {}}},
            },
            "__lambda__",
        ),
        (
            {"class_name": "Mine", "module": None, "registered_name": "Own>Mine", "config": {}},
            "Own>Mine",
        ),
    ],
)
def test_classes_from_elsewhere_are_seen_before_loading(tmp_path, layer, actual):
    path = keras_file(tmp_path / "x.keras", layer)
    with pytest.raises(ConfigurationError, match="custom code") as caught:
        checks.check_model(ModelSpec(name="m", path=path))
    assert actual in str(caught.value)


def test_graphs_that_reach_files_are_refused(tmp_path):
    import tensorflow as tf

    class Reader(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def serve(self, text):
            tf.io.write_file("/nowhere/never", "x")
            return {"score": tf.zeros(tf.shape(text))}

    module = Reader()
    path = str(tmp_path / "writer")
    tf.saved_model.save(module, path, signatures=module.serve)
    with pytest.raises(ConfigurationError, match="WriteFile"):
        checks.check_model(ModelSpec(name="m", path=path))
    checks.check_model(ModelSpec(name="m", path=path, allow_custom_code=True))


def test_fingerprints_follow_content_and_names(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        (folder / "saved_model.pb").write_bytes(b"x")
        (folder / "v").write_bytes(b"yz")
    assert model_fingerprint(str(first)) == model_fingerprint(str(second) + "/")
    (second / "v").rename(second / "w")
    assert model_fingerprint(str(first)) != model_fingerprint(str(second))
