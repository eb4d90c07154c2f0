"""CounterfactualModel as an ordinary Keras citizen."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from fairflip.remediation import counterfactual  # noqa: E402
from fairflip.remediation.counterfactual.keras import CounterfactualModel, align  # noqa: E402
from fairflip.remediation.counterfactual.keras.utils import (  # noqa: E402
    CounterfactualPackedInputs,
    pack_counterfactual_data,
)

ROWS = 48


def tabular(seed=0, **dense):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(6, activation="tanh", **dense),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


@pytest.fixture
def rows():
    """Tabular rows whose first column is what a counterfactual changes."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(ROWS, 3)).astype("float32")
    changed = x.copy()
    changed[:, 0] = -changed[:, 0]
    y = (x[:, 0] + x[:, 1] > 0).astype("float32")[:, None]
    return x, changed, y, rng.random(ROWS) < 0.4


def compiled(model, pair_loss="pairwise_mse", weight=1.0, **kwargs):
    wrapped = CounterfactualModel(model, pair_loss, weight)
    kwargs = {"optimizer": keras.optimizers.SGD(0.2), "loss": "binary_crossentropy", **kwargs}
    wrapped.compile(**kwargs)
    return wrapped


def fit(wrapped, x, y, **kwargs):
    kwargs = {"batch_size": 16, "epochs": 2, "shuffle": False, "verbose": 0, **kwargs}
    return wrapped.fit(x, y, **kwargs).history


def test_the_loss_is_the_sum_numpy_makes_of_it(rows):
    x, changed, y, has = rows
    model = tabular()
    weight = np.linspace(0.5, 2, ROWS).astype("float32")
    wrapped = compiled(model, weight=2.5, optimizer=keras.optimizers.SGD(0.0))
    logs = fit(wrapped, align(x, changed, has, weight), y, batch_size=ROWS, epochs=1)
    p, q = (model.predict(side, verbose=0).astype("float64") for side in (x, changed))
    cross_entropy = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    pair = np.sum(weight[has] * ((p - q) ** 2)[has, 0]) / has.sum()
    np.testing.assert_allclose(logs["original_loss"], [cross_entropy], rtol=1e-5)
    np.testing.assert_allclose(logs["counterfactual_loss"], [pair], rtol=1e-5)
    np.testing.assert_allclose(logs["loss"], [cross_entropy + 2.5 * pair], rtol=1e-5)


def test_aligned_and_packed_pairs_are_the_same_training(rows):
    x, changed, y, has = rows
    models = tabular(), tabular()
    fit(compiled(models[0]), align(x, changed, has), y, batch_size=ROWS, epochs=1)
    packed = pack_counterfactual_data(
        tf.data.Dataset.from_tensor_slices((x, y)).batch(ROWS),
        tf.data.Dataset.from_tensor_slices(
            (x[has], changed[has], np.ones(has.sum(), "float32"))
        ).batch(int(has.sum())),
    )
    compiled(models[1]).fit(packed, verbose=0)
    for a, b in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-7)


def test_a_dataset_trains_without_a_warning_about_its_order(rows, recwarn):
    x, changed, y, has = rows
    aligned = tf.data.Dataset.from_tensor_slices((align(x, changed, has), y)).batch(16)
    compiled(tabular()).fit(aligned, verbose=0)
    packed = pack_counterfactual_data(
        tf.data.Dataset.from_tensor_slices((x, y)).batch(16),
        tf.data.Dataset.from_tensor_slices((x[has], changed[has])).batch(8).repeat(),
    )
    compiled(tabular()).fit(packed, verbose=0)
    assert [str(w.message) for w in recwarn if "shuffle" in str(w.message)] == []
    compiled(tabular()).fit(packed, shuffle=True, verbose=0)
    assert any("shuffle" in str(w.message) for w in recwarn), "who asks for it is told"


def stateful():
    keras.utils.set_random_seed(1)
    inputs = keras.Input((3,))
    x = keras.layers.Dense(8, kernel_regularizer=keras.regularizers.L2(0.05))(inputs)
    x = keras.layers.BatchNormalization(momentum=0.5)(x)
    x = keras.layers.Dropout(0.4, seed=11)(keras.layers.Activation("relu")(x))
    x = keras.layers.ActivityRegularization(l2=0.02)(x)
    return keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(x))


@pytest.mark.parametrize("weighting", ["sample_weight", "class_weight"])
def test_dropout_batchnorm_and_regularisers_are_as_in_plain_fit(rows, weighting):
    x, changed, y, has = rows
    plain, wrapped_model = stateful(), stateful()
    plain.compile(optimizer=keras.optimizers.SGD(0.2), loss="binary_crossentropy")
    weights = {
        "sample_weight": np.linspace(0.1, 2, ROWS).astype("float32"),
        "class_weight": {0: 1.0, 1: 3.0},
    }
    chosen = {weighting: weights[weighting]}
    expected = fit(plain, x, y, **chosen)
    logs = fit(compiled(wrapped_model, weight=0.0), align(x, changed, has), y, **chosen)
    np.testing.assert_allclose(logs["loss"], expected["loss"], rtol=1e-5)
    np.testing.assert_allclose(logs["original_loss"], expected["loss"], rtol=1e-5)
    for ours, theirs in zip(wrapped_model.variables, plain.variables, strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-6)
    assert np.all(np.asarray(logs["counterfactual_loss"]) > 0)


@pytest.mark.parametrize("weighting", ["sample_weight", "class_weight"])
def test_class_and_sample_weights_reach_packed_batches(rows, weighting):
    x, changed, y, _ = rows
    weight = np.linspace(0.1, 2, ROWS).astype("float32")
    parts = (x, y, weight) if weighting == "sample_weight" else (x, y)
    chosen = {"class_weight": {0: 1.0, 1: 3.0}} if weighting == "class_weight" else {}
    data = tf.data.Dataset.from_tensor_slices(parts).batch(16)
    pairs = tf.data.Dataset.from_tensor_slices((x, changed)).batch(8)
    plain, model = tabular(), tabular()
    plain.compile(optimizer=keras.optimizers.SGD(0.2), loss="binary_crossentropy")
    expected = plain.fit(data, verbose=0, **chosen).history["loss"]
    packed = pack_counterfactual_data(data, pairs)
    logs = compiled(model, weight=0.0).fit(packed, verbose=0, **chosen).history
    np.testing.assert_allclose(logs["original_loss"], expected, rtol=1e-5)


def test_callbacks_validation_and_early_stopping(rows):
    x, changed, y, has = rows
    stop = keras.callbacks.EarlyStopping("val_loss", patience=1, min_delta=10.0)
    wrapped = compiled(tabular(), metrics=["accuracy"])
    data = align(x, changed, has)
    logs = fit(wrapped, data, y, epochs=5, validation_data=(x, y), callbacks=[stop])
    assert len(logs["loss"]) == 2
    assert {"accuracy", "val_accuracy", "val_loss", "counterfactual_loss"} <= set(logs)
    assert "val_counterfactual_loss" not in logs
    with_pairs = fit(wrapped, data, y, epochs=1, validation_data=(data, y))
    assert with_pairs["val_counterfactual_loss"][0] > 0
    plain = wrapped.evaluate(x, y, verbose=0, return_dict=True)
    assert "counterfactual_loss" not in plain
    np.testing.assert_allclose(plain["loss"], plain["original_loss"], rtol=1e-6)
    np.testing.assert_allclose(
        wrapped.predict(x, verbose=0), wrapped.original_model.predict(x, verbose=0)
    )


def test_training_without_counterfactuals_is_refused(rows):
    x, _, y, _ = rows
    with pytest.raises(ValueError, match="without counterfactuals"):
        fit(compiled(tabular()), x, y)


@pytest.mark.parametrize("normalised", [False, True], ids=["plain", "batchnorm"])
def test_a_batch_without_pairs_adds_nothing(rows, normalised):
    x, changed, y, _ = rows
    model = stateful() if normalised else tabular()
    changed = np.full_like(changed, np.nan)
    logs = fit(compiled(model, weight=3.0), align(x, changed, np.zeros(ROWS, bool)), y)
    assert logs["counterfactual_loss"] == [0.0, 0.0]
    np.testing.assert_allclose(logs["loss"], logs["original_loss"])
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_an_empty_packed_batch_adds_nothing(rows):
    x, changed, y, _ = rows
    sizes = tf.data.Dataset.from_tensor_slices([5, 0, 3])
    data = tf.data.Dataset.from_tensor_slices((x, y)).batch(16)
    packed = tf.data.Dataset.zip((data, sizes)).map(
        lambda batch, n: CounterfactualPackedInputs(
            batch, (tf.constant(x)[:n], tf.constant(changed)[:n])
        )
    )
    model = tabular()
    logs = compiled(model).fit(packed, epochs=2, verbose=0).history
    assert np.isfinite(logs["loss"]).all()
    assert all(np.isfinite(w).all() for w in model.get_weights())


# One without settings and one with; what each remembers of itself is in test_losses.py.
@pytest.mark.parametrize("loss", ["pairwise_mse", "pairwise_decision"])
def test_keras_file_round_trip_and_resumed_training(rows, tmp_path, loss):
    x, changed, y, has = rows
    keras.utils.set_random_seed(4)
    model = keras.Sequential(
        [
            keras.Input((3,)),
            keras.layers.Dense(4, activation="tanh"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    wrapped = compiled(
        model,
        loss,
        0.7,
        optimizer=keras.optimizers.Adam(0.05),
        loss="sparse_categorical_crossentropy",
    )
    data = align(x, changed, has)
    fit(wrapped, data, y)
    wrapped.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, CounterfactualModel)
    assert loaded.get_config()["loss"] == wrapped.get_config()["loss"]
    assert loaded.get_config()["loss_weight"] == 0.7
    np.testing.assert_allclose(
        loaded.predict(x, verbose=0), wrapped.predict(x, verbose=0), rtol=1e-6
    )
    resumed, unbroken = fit(loaded, data, y), fit(wrapped, data, y)
    np.testing.assert_allclose(resumed["loss"], unbroken["loss"], rtol=1e-5)


def test_save_original_model_as_file_and_as_saved_model(rows, tmp_path):
    x, changed, y, has = rows
    wrapped = compiled(tabular())
    fit(wrapped, align(x, changed, has), y, epochs=1)
    expected = wrapped.predict(x, verbose=0)
    wrapped.save_original_model(str(tmp_path / "exported"), save_format="tf")
    loaded = tf.saved_model.load(str(tmp_path / "exported"))
    served = loaded.serve(x)
    np.testing.assert_allclose(served, expected, rtol=1e-5)
    wrapped.save_original_model(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert not isinstance(loaded, CounterfactualModel)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), expected, rtol=1e-6)


def test_mixed_precision_trains_in_float32_losses(rows):
    x, changed, y, has = rows
    keras.utils.set_random_seed(2)
    keras.mixed_precision.set_global_policy("mixed_float16")
    try:
        model = keras.Sequential(
            [
                keras.Input((3,)),
                keras.layers.Dense(6, activation="tanh"),
                keras.layers.Dense(1, activation="sigmoid"),
            ]
        )
        wrapped = compiled(model, "pairwise_symmetric_kl")
        assert type(wrapped.optimizer).__name__ == "LossScaleOptimizer"
        logs = fit(wrapped, align(x, changed, has), y, epochs=4)
    finally:
        keras.mixed_precision.set_global_policy("float32")
    assert np.isfinite(logs["loss"]).all()
    assert logs["loss"][-1] < logs["loss"][0]


def test_mirrored_strategy_gives_what_one_device_gives(rows):
    x, changed, y, _ = rows
    has = np.ones(ROWS, bool)
    single = tabular()
    expected = fit(compiled(single, weight=2.0), align(x, changed, has), y)
    strategy = tf.distribute.MirroredStrategy(["CPU:0"])
    with strategy.scope():
        model = tabular()
        wrapped = compiled(model, weight=2.0)
    logs = fit(wrapped, align(x, changed, has), y)
    for name in ("loss", "original_loss", "counterfactual_loss"):
        np.testing.assert_allclose(logs[name], expected[name], rtol=1e-5)
    for a, b in zip(model.get_weights(), single.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_a_loss_and_a_weight_per_output(rows):
    x, changed, y, has = rows
    keras.utils.set_random_seed(6)
    inputs = keras.Input((3,))
    hidden = keras.layers.Dense(4, activation="tanh")(inputs)
    outputs = {
        "first": keras.layers.Dense(1, activation="sigmoid", name="first")(hidden),
        "second": keras.layers.Dense(3, activation="softmax", name="second")(hidden),
    }
    model = keras.Model(inputs, outputs)
    wrapped = CounterfactualModel(
        model,
        {"first": "pairwise_mse", "second": "pairwise_symmetric_kl"},
        {"first": 2.0, "second": 0.5},
    )
    wrapped.compile(
        optimizer=keras.optimizers.SGD(0.1),
        loss={"first": "binary_crossentropy", "second": "sparse_categorical_crossentropy"},
    )
    targets = {"first": y, "second": (y * 2).astype("int64")}
    logs = fit(wrapped, align(x, changed, has), targets)
    parts = [np.asarray(logs[f"{name}_counterfactual_loss"]) for name in ("first", "second")]
    np.testing.assert_allclose(logs["counterfactual_loss"], parts[0] + parts[1], rtol=1e-5)
    np.testing.assert_allclose(
        logs["loss"],
        np.asarray(logs["original_loss"]) + 2.0 * parts[0] + 0.5 * parts[1],
        rtol=1e-5,
    )
    wrong = CounterfactualModel(model, {"third": "pairwise_mse"})
    wrong.compile(
        loss={"first": "binary_crossentropy", "second": "sparse_categorical_crossentropy"}
    )
    with pytest.raises(ValueError, match="no output 'third'"):
        fit(wrong, align(x, changed, has), targets)


def test_dict_inputs_of_text_and_numbers(rows):
    x, changed, y, has = rows
    words = np.array([["she said", "he said", "they said"][i % 3] for i in range(ROWS)], object)
    removed = np.array(["said"] * ROWS, object)
    vectorise = keras.layers.TextVectorization(max_tokens=10, output_sequence_length=4)
    vectorise.adapt(words)
    text = keras.Input((), dtype="string", name="text")
    numbers = keras.Input((3,), name="numbers")
    embedded = keras.layers.Embedding(10, 4)(vectorise(text))
    joined = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling1D()(embedded), numbers])
    model = keras.Model(
        {"text": text, "numbers": numbers}, keras.layers.Dense(1, activation="sigmoid")(joined)
    )
    data = tf.data.Dataset.from_tensor_slices(
        (
            align(
                {"text": tf.constant(words), "numbers": x},
                {"text": tf.constant(removed), "numbers": changed},
                has,
            ),
            y,
        )
    ).batch(16)
    wrapped = compiled(model, "pairwise_absolute_difference", 20.0)
    logs = wrapped.fit(data, epochs=8, verbose=0).history
    assert logs["counterfactual_loss"][-1] < logs["counterfactual_loss"][0]


def test_images_with_several_classes():
    rng = np.random.default_rng(0)
    x = rng.random((32, 8, 8, 1)).astype("float32")
    flipped = x[:, :, ::-1]
    y = rng.integers(0, 3, 32)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.BatchNormalization(),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    loss = counterfactual.losses.PairwiseSymmetricKLLoss(from_logits=True)
    wrapped = compiled(
        model,
        loss,
        4.0,
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        optimizer=keras.optimizers.Adam(0.01),
    )
    logs = fit(wrapped, align(x, flipped), y, epochs=8)
    assert logs["counterfactual_loss"][-1] < 0.5 * logs["counterfactual_loss"][0]


def test_sparse_inputs_packed_beside_a_batch_train_as_dense_ones_do(rows):
    x, changed, y, has = rows
    histories = []
    for convert in (lambda values: values, tf.sparse.from_dense):
        data = tf.data.Dataset.from_tensor_slices((convert(x), y)).batch(16)
        pairs = tf.data.Dataset.from_tensor_slices((convert(x[has]), convert(changed[has]))).batch(
            8
        )
        keras.utils.set_random_seed(0)
        is_sparse = len(histories) == 1
        model = keras.Sequential(
            [keras.Input((3,), sparse=is_sparse), keras.layers.Dense(1, "sigmoid")]
        )
        wrapped = compiled(model)
        packed = pack_counterfactual_data(data, pairs)
        histories.append(wrapped.fit(packed, epochs=2, verbose=0).history)
    for name, values in histories[0].items():
        np.testing.assert_allclose(histories[1][name], values, rtol=1e-5, err_msg=name)


def test_sparse_inputs_in_aligned_pairs_are_refused(rows):
    from fairflip.remediation.counterfactual.keras.counterfactual_model import refuse_sparse

    with pytest.raises(ValueError, match="aligned pairs cannot hold sparse inputs"):
        refuse_sparse({"a": rows[0], "b": tf.sparse.from_dense(rows[0])})
