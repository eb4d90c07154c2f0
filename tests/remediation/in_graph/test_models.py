"""A model with a remedy in its graph: the scores of the same remedy in Python."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

import fairflip
from fairflip.pipeline.averaging.in_graph import write_in_graph
from fairflip.pipeline.averaging.plain import PLAIN
from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.protos.config_pb2 import InferenceRemedy
from fairflip.protos.errors import InputError
from fairflip.remediation.in_graph.models import with_remedy
from fairflip.remediation.training.baseline_model import build_text_classifier
from fairflip.remediation.training.saved_model import TENSOR_SIGNATURE
from support.remediation.odd_texts import odd_texts

pytestmark = pytest.mark.system

TERMS = [term.text for term in load_terms("identity").terms]
TEXTS = odd_texts(TERMS, 10_000, seed=1)


@pytest.fixture(scope="module")
def model():
    # A file of a vocabulary splits it at the line breaks that odd texts hold.
    plain = [text for text in TEXTS if text.isascii() and text.isprintable()]
    made = build_text_classifier(plain, text_feature="text", has_convolutions=False)
    # Weights as they are drawn give scores that hardly differ.
    made.get_layer("embedding").set_weights(
        [50 * w for w in made.get_layer("embedding").get_weights()]
    )
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory, model):
    folder = tmp_path_factory.mktemp("in_graph")
    model.save(folder / "baseline.keras")
    return folder


def saved(folder, model, technique, method):
    path = folder / technique / method
    if not path.exists():
        fields = {"technique": technique, "method": method, "text_feature": "text"}
        remedy = InferenceRemedy(edits=PLAIN, terms="identity", **fields)
        write_in_graph(model, remedy, str(path))
    return path


@pytest.mark.parametrize(
    ("technique", "method", "num_texts"),
    [
        ("averaging", "substitution", 10_000),
        ("averaging", "ablation", 2_000),
        ("blindness", "ablation", 2_000),
    ],
)
def test_scores_equal_those_of_python(folder, model, technique, method, num_texts):
    texts = TEXTS[:num_texts]
    path = saved(folder, model, technique, method)
    settings = {"terms": "identity", "edits": "plain"}
    if technique == "averaging":
        python = fairflip.averaged(str(folder / "baseline.keras"), generator=method, **settings)
    else:
        python = fairflip.blinded(str(folder / "baseline.keras"), **settings)
    expected = python(texts)
    plain = model.predict(np.array(texts, object), batch_size=1024, verbose=0)[:, 0]
    assert np.mean(np.abs(plain - expected) > 1e-3) > 0.2
    loaded = keras.saving.load_model(path / "model.keras")
    actual = loaded.predict(np.array(texts, object), batch_size=1024, verbose=0)
    assert actual.shape == (num_texts, 1)
    np.testing.assert_allclose(actual[:, 0], expected, rtol=0, atol=1e-6)
    module = tf.saved_model.load(str(path / "saved_model"))
    served = module.signatures[TENSOR_SIGNATURE](text=tf.constant(texts))
    (scores,) = served.values()
    np.testing.assert_allclose(scores.numpy()[:, 0], expected, rtol=0, atol=1e-6)


def test_auto_is_plain_for_a_keras_model_and_full_for_a_function(model, folder):
    texts = ["saw her naked", "she is a fool"]
    of_file = fairflip.averaged(str(folder / "baseline.keras"), terms="clp_tutorial")
    of_function = fairflip.averaged(lambda texts: [0.5] * len(texts), terms="clp_tutorial")
    plain = fairflip.averaged(lambda texts: [0.5] * len(texts), terms="clp_tutorial", edits="plain")
    assert of_file.texts_asked(texts) == plain.texts_asked(texts)
    assert of_file.texts_asked(texts) != of_function.texts_asked(texts)


def test_the_saved_model_needs_no_code_of_ours(folder, model, tmp_path):
    """Another process, without fairflip, asks it about tf.Examples."""
    import subprocess
    import sys

    path = saved(folder, model, "averaging", "substitution")
    program = f"""
import sys
sys.modules["fairflip"] = None
import tensorflow as tf
def example(text):
    value = tf.train.Feature(bytes_list=tf.train.BytesList(value=[text]))
    return tf.train.Example(features=tf.train.Features(feature={{"text": value}}))
module = tf.saved_model.load({str(path / "saved_model")!r})
serialized = [example(t).SerializeToString() for t in (b"she is late", b"he is late")]
(scores,) = module.signatures["serving_default"](examples=tf.constant(serialized)).values()
print(*scores.numpy()[:, 0])
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=300, check=True
    )
    first, second = map(float, done.stdout.split())
    expected = fairflip.averaged(str(folder / "baseline.keras"), terms="identity")(
        ["she is late", "he is late"]
    )
    np.testing.assert_allclose([first, second], expected, rtol=0, atol=1e-6)
    assert first == pytest.approx(second, abs=1e-6)


def test_several_outputs_and_a_column_of_texts():
    texts = keras.Input((1,), dtype="string", name="words")
    vectorise = keras.layers.TextVectorization(max_tokens=50, output_sequence_length=8)
    vectorise.adapt(["she he sings tea late women men"])
    mean = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(50, 3)(vectorise(texts)))
    outputs = {
        "insult": keras.layers.Dense(1, "sigmoid", name="insult")(mean),
        "threat": keras.layers.Dense(2, "softmax", name="threat")(mean),
    }
    inner = keras.Model(texts, outputs)
    made = with_remedy(inner, load_terms("clp_tutorial"))
    asked = [["she sings"], ["he sings"], ["tea"]]
    means = made(tf.constant(asked))
    plain = inner(tf.constant(asked))
    for name in outputs:
        expected = np.array(plain[name])
        expected[:2] = expected[:2].mean(axis=0)
        np.testing.assert_allclose(means[name], expected, rtol=0, atol=1e-6)


def test_a_model_of_other_inputs_is_refused():
    numbers = keras.Input((3,))
    model = keras.Model(numbers, keras.layers.Dense(1)(numbers))
    with pytest.raises(InputError, match="not one text"):
        with_remedy(model, load_terms("clp_tutorial"))
