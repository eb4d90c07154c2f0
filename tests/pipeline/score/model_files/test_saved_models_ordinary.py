"""Ordinary exports of many kinds run unasked: none of their operations is refused."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.model_files.saved_models import custom_operations
from fairflip.protos.config_pb2 import ModelSpec
from support import tiny_models

pytestmark = pytest.mark.system

TEXTS = tf.constant(["she is rude", "he is nice", "they walk", "a red dog"])
LAYERS = keras.layers


def exported(path, source, output, data=None) -> None:
    """A Keras model's own export; `data` builds what a plain call does not."""
    model = keras.Model(source, output)
    if data is not None:
        model(data)
    model.export(path, verbose=False)


def signature_of(path, function, *specs, module=None) -> None:
    module = module or tf.Module()
    module.serve = tf.function(function, input_signature=specs)
    tf.saved_model.save(module, path, signatures={"serving_default": module.serve})


def text_vectorization(path, folder):
    words = LAYERS.TextVectorization(50, output_sequence_length=4, ngrams=2)
    words.adapt(TEXTS)
    source = keras.Input((), dtype="string")
    hidden = LAYERS.GlobalAveragePooling1D()(LAYERS.Embedding(50, 4)(words(source)))
    exported(path, source, LAYERS.Dense(1, "sigmoid")(hidden))


def tf_idf(path, folder):
    words = LAYERS.TextVectorization(50, output_mode="tf_idf", split="character")
    words.adapt(TEXTS)
    source = keras.Input((), dtype="string")
    exported(path, source, LAYERS.Dense(1, "sigmoid")(words(source)))


def lookups_and_buckets(path, folder):
    colour, age = keras.Input((1,), dtype="string"), keras.Input((1,), dtype="int64")
    height = keras.Input((1,))
    parts = [
        LAYERS.StringLookup(vocabulary=["red", "blue"], output_mode="one_hot")(colour),
        LAYERS.IntegerLookup(vocabulary=[1, 5, 9], output_mode="multi_hot")(age),
        LAYERS.CategoryEncoding(4)(LAYERS.Hashing(4)(colour)),
        LAYERS.CategoryEncoding(4)(LAYERS.Discretization([0.0, 1.0, 2.0])(height)),
        LAYERS.Normalization(mean=1.0, variance=2.0)(height),
    ]
    output = LAYERS.Dense(1, "sigmoid")(LAYERS.Concatenate()(parts))
    exported(path, [colour, age, height], output)


def dense(path, folder):
    source = keras.Input((6,))
    hidden = LAYERS.Dropout(0.2)(LAYERS.BatchNormalization()(LAYERS.Dense(4, "gelu")(source)))
    exported(path, source, LAYERS.Dense(3, "softmax")(hidden))


def convolutions(path, folder):
    source = keras.Input((16, 16, 3))
    hidden = LAYERS.Rescaling(1 / 255)(LAYERS.Resizing(8, 8)(source))
    hidden = LAYERS.Conv2D(4, 3, activation="relu")(hidden)
    hidden = LAYERS.SeparableConv2D(4, 3)(hidden)
    hidden = LAYERS.Conv2DTranspose(2, 2)(LAYERS.MaxPooling2D()(hidden))
    output = LAYERS.Dense(1, "sigmoid")(LAYERS.GlobalMaxPooling2D()(hidden))
    exported(path, source, output)


def recurrent(path, folder):
    source = keras.Input((None,), dtype="int32")
    hidden = LAYERS.Embedding(20, 4, mask_zero=True)(source)
    hidden = LAYERS.Bidirectional(LAYERS.LSTM(4, return_sequences=True))(hidden)
    exported(path, source, LAYERS.Dense(1, "sigmoid")(LAYERS.GRU(3)(hidden)))


def attention(path, folder):
    source = keras.Input((8,), dtype="int32")
    hidden = LAYERS.Embedding(20, 8)(source)
    hidden = LAYERS.LayerNormalization()(hidden + LAYERS.MultiHeadAttention(2, 4)(hidden, hidden))
    exported(path, source, LAYERS.Dense(1, "sigmoid")(LAYERS.Flatten()(hidden)))


def ragged(path, folder):
    table = tf.Variable(tf.random.stateless_normal([10, 4], [1, 2]))

    def serve(text):
        words = tf.strings.split(tf.strings.regex_replace(tf.strings.lower(text), r"\W+", " "))
        numbers = tf.ragged.map_flat_values(tf.strings.to_hash_bucket_fast, words, 10)
        means = tf.reduce_mean(tf.ragged.map_flat_values(tf.gather, table, numbers), axis=1)
        longest = tf.reduce_max(words.row_lengths())
        tf.debugging.assert_less(longest, tf.constant(10_000, tf.int64))
        return {"score": tf.sigmoid(tf.reduce_sum(means, 1))}

    module = tf.Module()
    module.table = table
    signature_of(path, serve, tf.TensorSpec([None], tf.string), module=module)


def sparse(path, folder):
    weights = tf.Variable(tf.ones([20, 1]))

    def serve(text):
        words = tf.strings.split(text).to_sparse()
        numbers = tf.strings.to_hash_bucket_strong(words.values, 20, [1, 2])
        counts = tf.sparse.bincount(
            tf.SparseTensor(words.indices, numbers, words.dense_shape), axis=-1, minlength=20
        )
        dense = tf.sparse.sparse_dense_matmul(
            tf.cast(tf.sparse.reorder(counts), tf.float32), weights
        )
        return {"score": tf.sigmoid(dense[:, 0])}

    module = tf.Module()
    module.weights = weights
    signature_of(path, serve, tf.TensorSpec([None], tf.string), module=module)


def tables_of_vocabulary_files(path, folder):
    """Lookup tables whose vocabulary becomes an asset, and tf.Example parsing."""
    vocabulary = folder / "words.txt"
    vocabulary.write_text("she\nhe\nrude\n")
    module = tf.Module()
    module.words = tf.lookup.StaticVocabularyTable(
        tf.lookup.TextFileInitializer(
            str(vocabulary),
            *(tf.string, tf.lookup.TextFileIndex.WHOLE_LINE),
            *(tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER),
        ),
        num_oov_buckets=2,
    )
    module.points = tf.lookup.StaticHashTable(
        tf.lookup.KeyValueTensorInitializer(["rude", "nice"], [0.9, 0.1]), default_value=0.5
    )

    def serve(examples):
        features = {
            "text": tf.io.FixedLenFeature([], tf.string),
            "tags": tf.io.VarLenFeature(tf.string),
            "age": tf.io.FixedLenSequenceFeature([], tf.float32, allow_missing=True),
        }
        parsed = tf.io.parse_example(examples, features)
        words = tf.strings.split(parsed["text"])
        numbers = tf.cast(module.words.lookup(words.flat_values), tf.float32)
        points = tf.RaggedTensor.from_row_splits(
            module.points.lookup(words.flat_values) + 0.0 * numbers, words.row_splits
        )
        return {"score": tf.reduce_max(points, axis=1)}

    signature_of(path, serve, tf.TensorSpec([None], tf.string), module=module)
    assert (folder / "saved" / "assets" / "words.txt").exists()


def control_flow(path, folder):
    def serve(text):
        lengths = tf.strings.length(text, unit="UTF8_CHAR")
        mapped = tf.map_fn(lambda n: tf.cast(n, tf.float32) / 100.0, lengths, tf.float32)
        total = tf.while_loop(
            lambda i, t: i < 3, lambda i, t: (i + 1, t + 0.01), [0, tf.constant(0.0)]
        )[1]
        branch = tf.switch_case(
            tf.size(text) % 2, [lambda: tf.constant(0.1), lambda: tf.constant(0.2)]
        )
        more = tf.cond(total > 1.0, lambda: tf.constant(0.3), lambda: tf.constant(0.0))
        return {"score": tf.clip_by_value(mapped + branch + more + total, 0.0, 1.0)}

    signature_of(path, serve, tf.TensorSpec([None], tf.string))


def unicode_and_numbers(path, folder):
    def serve(text):
        points = tf.strings.unicode_decode(
            tf.strings.unicode_transcode(text, "UTF-8", "UTF-8"), "UTF-8"
        )
        scripts = tf.strings.unicode_script(points.flat_values)
        joined = tf.strings.reduce_join(tf.strings.ngrams(tf.strings.split(text), 2), axis=-1)
        shares = tf.math.unsorted_segment_mean(
            tf.cast(scripts, tf.float32), points.value_rowids(), points.nrows()
        )
        top = tf.math.top_k(shares[:, None], 1).values[:, 0]
        return {"score": tf.sigmoid(top - tf.cast(tf.strings.length(joined), tf.float32))}

    signature_of(path, serve, tf.TensorSpec([None], tf.string))


def images(path, folder):
    def serve(encoded):
        def one(image):
            pixels = tf.image.decode_image(image, channels=3, expand_animations=False)
            return tf.reduce_mean(tf.image.resize(pixels, [4, 4])) / 255.0

        return {"score": tf.map_fn(one, encoded, tf.float32)}

    signature_of(path, serve, tf.TensorSpec([None], tf.string))


def unrelated_functions(path, folder):
    """A method that writes a file, which neither the signature nor loading calls."""
    module = tf.Module()

    @tf.function(input_signature=[tf.TensorSpec([], tf.string)])
    def export(name):
        tf.io.write_file(name, "x")
        tf.print(name)
        return name

    module.export = export
    signature_of(
        path, lambda x: {"score": tf.sigmoid(x)}, tf.TensorSpec([None], tf.float32), module=module
    )


def tensorflow_1(path, folder):
    """A graph with variables, a saver, and a table that is read from an asset."""
    v1 = tf.compat.v1
    vocabulary = folder / "words.txt"
    vocabulary.write_text("she\nhe\n")
    with v1.Graph().as_default(), v1.Session() as session:
        v1.disable_resource_variables()
        text = v1.placeholder(tf.string, [None])
        weight = v1.get_variable("weight", initializer=tf.random.uniform([1]))
        table = v1.lookup.StaticHashTable(
            v1.lookup.TextFileInitializer(
                str(vocabulary),
                *(tf.string, tf.lookup.TextFileIndex.WHOLE_LINE),
                *(tf.int64, tf.lookup.TextFileIndex.LINE_NUMBER),
            ),
            default_value=-1,
        )
        score = tf.sigmoid(tf.cast(table.lookup(text), tf.float32) * weight)
        session.run([v1.global_variables_initializer(), v1.tables_initializer()])
        v1.saved_model.simple_save(
            session, path, {"text": text}, {"score": score},
            legacy_init_op=v1.tables_initializer(),
        )  # fmt: skip
        v1.enable_resource_variables()


def retrained(path, folder):
    from fairflip.remediation.training import saved_model

    saved_model.save_model(tiny_models.keras_model(), folder, text_feature="comment_text")
    (folder / saved_model.SAVED_MODEL_FOLDER).rename(path)


KINDS = [
    *(text_vectorization, tf_idf, lookups_and_buckets, dense, convolutions, recurrent),
    *(attention, ragged, sparse, tables_of_vocabulary_files, control_flow),
    *(unicode_and_numbers, images, unrelated_functions, tensorflow_1, retrained),
]


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_an_ordinary_export_is_not_refused_and_loads(make, tmp_path):
    path = str(tmp_path / "saved")
    make(path, tmp_path)
    assert custom_operations(path) == []
    loaded = tf.saved_model.load(path)
    assert "serving_default" in loaded.signatures


def test_a_vocabulary_among_the_assets_is_read_when_the_text_file_is_gone(tmp_path):
    path = str(tmp_path / "saved")
    tables_of_vocabulary_files(path, tmp_path)
    (tmp_path / "words.txt").unlink()
    handler = handler_for(ModelSpec(name="m", path=path), ("text",))
    import pyarrow as pa

    [scores] = handler.run_inference(
        [pa.RecordBatch.from_pydict({"text": ["she is rude", "nice", "x"]})], handler.load_model()
    )
    np.testing.assert_allclose(scores, [0.9, 0.1, 0.5], atol=1e-6)
