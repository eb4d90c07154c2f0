"""Small text models for the tests of scoring, made once in a process."""

from __future__ import annotations

import functools
import pathlib
import tempfile

import numpy as np
from apache_beam.ml.inference.base import ModelHandler, PredictionResult

WORDS = ["she", "he", "they", "walks", "runs", "red", "good", "bad", "the", "a", "cat", "dog"]


def texts(num: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(1, 9))) for _ in range(num)]


@functools.cache
def folder() -> pathlib.Path:
    return pathlib.Path(tempfile.mkdtemp(prefix="tiny-models-"))


def _text_layers(sequence_shape, units=1):
    import keras

    vectorize = keras.layers.TextVectorization(max_tokens=40, output_sequence_length=10)
    vectorize.adapt(texts(200))
    source = keras.Input(sequence_shape, dtype="string", name="comment_text")
    hidden = keras.layers.Embedding(40, 8)(vectorize(source))
    hidden = keras.layers.GlobalAveragePooling1D()(hidden)
    # Large weights, so that texts get visibly different scores.
    initializer = keras.initializers.RandomNormal(stddev=20.0, seed=1)
    output = keras.layers.Dense(
        units, activation="sigmoid", name="score", kernel_initializer=initializer
    )(hidden)
    return source, hidden, output


@functools.cache
def keras_model():
    import keras

    keras.utils.set_random_seed(3)
    source, _, output = _text_layers((1,))
    return keras.Model(source, output)


@functools.cache
def keras_path() -> str:
    path = str(folder() / "plain.keras")
    keras_model().save(path)
    return path


def direct(model_texts) -> np.ndarray:
    """Scores by the model itself, float64 (n,)."""
    import tensorflow as tf

    inputs = tf.constant(list(model_texts))[:, None]
    return keras_model().predict(inputs, verbose=0, batch_size=512)[:, 0].astype(np.float64)


@functools.cache
def example_saved_model() -> str:
    """A SavedModel whose serving_default takes serialized tf.Examples."""
    import keras
    import tensorflow as tf

    model = keras_model()
    archive = keras.export.ExportArchive()
    archive.track(model)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
    def serve(examples):
        spec = {"comment_text": tf.io.FixedLenFeature([], tf.string)}
        parsed = tf.io.parse_example(examples, spec)
        score = model(parsed["comment_text"][:, None], training=False)
        return {"score": score, "twice": tf.concat([score, 1 - score], 1)}

    archive.add_endpoint("serving_default", serve)
    path = str(folder() / "examples")
    archive.write_out(path, verbose=False)
    return path


@functools.cache
def named_saved_model() -> str:
    """A SavedModel of a plain Keras export: features by name."""
    path = str(folder() / "named")
    keras_model().export(path, verbose=False)
    return path


@functools.cache
def two_input_path() -> str:
    """Reads the text and a number; two outputs, one of them with two units."""
    import keras

    source, hidden, output = _text_layers(())
    length = keras.Input((1,), name="length")
    joined = keras.layers.Concatenate()([hidden, length])
    pair = keras.layers.Dense(2, activation="softmax", name="pair")(joined)
    model = keras.Model({"comment_text": source, "length": length}, {"score": output, "pair": pair})
    path = str(folder() / "two.keras")
    model.save(path)
    return path


@functools.cache
def three_class_model(seed: int = 0, num_classes: int = 3):
    """A softmax over three classes, the middle one of which is the score, or over as many as said."""
    import keras

    keras.utils.set_random_seed(30 + seed)
    source, hidden, _ = _text_layers((1,))
    start = keras.initializers.RandomNormal(stddev=20.0, seed=10 + seed)
    output = keras.layers.Dense(num_classes, activation="softmax", kernel_initializer=start)(hidden)
    return keras.Model(source, output)


@functools.cache
def three_class_path(seed: int = 0, num_classes: int = 3) -> str:
    path = str(folder() / f"{num_classes}-classes-{seed}.keras")
    three_class_model(seed, num_classes).save(path)
    return path


def direct_classes(model_texts, seed: int = 0) -> np.ndarray:
    """Class scores by the model itself, float64 (n, 3)."""
    import tensorflow as tf

    inputs = tf.constant(list(model_texts))[:, None]
    actual = three_class_model(seed).predict(inputs, verbose=0, batch_size=512)
    return actual.astype(np.float64)


@functools.cache
def lambda_path() -> str:
    import keras

    source = keras.Input((1,), name="x")
    model = keras.Model(source, keras.layers.Lambda(lambda x: x * 2)(source))
    path = str(folder() / "lambda.keras")
    model.save(path)
    return path


class LengthHandler(ModelHandler[str, PredictionResult, float]):
    """Beam's ordinary shape of handler: one text in, one PredictionResult out."""

    loads = 0

    def load_model(self) -> float:
        type(self).loads += 1
        return 100.0

    def run_inference(self, batch, model, inference_args=None):
        return [PredictionResult(text, np.float32(len(text) / model)) for text in batch]


class BatchHandler(LengthHandler):
    """Takes Arrow batches."""

    takes_record_batches = True
    seen: list[int] = []  # noqa: RUF012 (one process, for the test to look at)

    def run_inference(self, batch, model, inference_args=None):
        for part in batch:
            self.seen.append(part.num_rows)
            yield np.array([len(text) / model for text in part.column(0).to_pylist()])


class BrokenHandler(BatchHandler):
    """NaN for texts with "cat", 1.5 for those with "dog"."""

    def run_inference(self, batch, model, inference_args=None):
        for part in batch:
            words = [text.split() for text in part.column(0).to_pylist()]
            yield np.array([np.nan if "cat" in w else 1.5 if "dog" in w else 0.5 for w in words])
