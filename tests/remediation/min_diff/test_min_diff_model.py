"""MinDiffModel as an ordinary Keras citizen, and packing its data."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from fairflip.remediation import min_diff  # noqa: E402
from fairflip.remediation.min_diff.keras import MinDiffModel, pack_min_diff_data  # noqa: E402


def tabular(seed=0):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(6, activation="tanh"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )


@pytest.fixture
def arrays():
    """Rows whose second column tells the group, and goes with the label."""
    rng = np.random.default_rng(0)
    member = (rng.random(256) < 0.4).astype("float32")
    x = np.stack([rng.normal(size=256), member], axis=1).astype("float32")
    y = (x[:, 0] + 1.5 * member + rng.normal(size=256) * 0.3 > 0.7).astype("float32")[:, None]
    return x, y, member.astype(bool)


def datasets(x, y, member, batch=32):
    def of(mask, size):
        return tf.data.Dataset.from_tensor_slices((x[mask], y[mask])).batch(size).repeat()

    full = tf.data.Dataset.from_tensor_slices((x, y)).batch(batch)
    return full, of(member, batch // 2), of(~member, batch // 2)


def compiled(model, loss="mmd", weight=1.0, **kwargs):
    wrapped = MinDiffModel(model, loss, weight, **kwargs)
    wrapped.compile(optimizer=keras.optimizers.Adam(0.02), loss="binary_crossentropy")
    return wrapped


def test_a_dataset_trains_without_a_warning_about_its_order(arrays, recwarn):
    compiled(tabular()).fit(pack_min_diff_data(*datasets(*arrays)), verbose=0)
    assert [str(w.message) for w in recwarn if "shuffle" in str(w.message)] == []


def test_the_groups_come_together(arrays):
    x, _y, member = arrays
    full, sensitive, others = datasets(*arrays)
    packed = pack_min_diff_data(full, sensitive, others)

    def gap(model):
        scores = model.predict(x, verbose=0)[:, 0]
        return abs(scores[member].mean() - scores[~member].mean())

    plain, remedied = tabular(), tabular()
    compiled(plain, weight=0.0).fit(packed, epochs=12, verbose=0)
    loss = min_diff.losses.MMDLoss("gaussian")
    logs = compiled(remedied, loss, 5.0).fit(packed, epochs=12, verbose=0).history
    assert gap(remedied) < 0.5 * gap(plain)
    np.testing.assert_allclose(
        logs["loss"],
        np.asarray(logs["original_loss"]) + 5.0 * np.asarray(logs["min_diff_loss"]),
        rtol=1e-4,
    )


def test_one_group_batches_and_equal_predictions_stay_finite(arrays):
    x, y, _ = arrays
    full, sensitive, _ = datasets(*arrays)
    empty = tf.data.Dataset.from_tensors((x[:0], y[:0])).repeat()
    model = tabular()
    packed = pack_min_diff_data(full, sensitive, empty)
    logs = compiled(model, min_diff.losses.MMDLoss("laplacian"), 3.0).fit(packed, verbose=0).history
    assert logs["min_diff_loss"] == [0.0]
    assert all(np.isfinite(w).all() for w in model.get_weights())


def test_packing_gives_membership_and_keeps_labels_and_weights(arrays):
    x, y, member = arrays
    weight = np.linspace(0, 1, 256).astype("float32")
    full = tf.data.Dataset.from_tensor_slices((x, y, weight)).batch(8)
    sensitive = tf.data.Dataset.from_tensor_slices((x[member], y[member], weight[member])).batch(3)
    others = tf.data.Dataset.from_tensor_slices((x[~member], y[~member])).batch(2)
    inputs, labels, weights = next(iter(pack_min_diff_data(full, sensitive, others)))
    np.testing.assert_array_equal(labels, y[:8])
    np.testing.assert_array_equal(weights, weight[:8])
    pair_x, membership, pair_weight = inputs.min_diff_data
    np.testing.assert_array_equal(membership[:, 0], [1, 1, 1, 0, 0])
    np.testing.assert_array_equal(pair_x, np.concatenate([x[member][:3], x[~member][:2]]))
    np.testing.assert_allclose(pair_weight[:, 0], [*weight[member][:3], 1, 1])
    utils = min_diff.keras.utils
    np.testing.assert_array_equal(utils.unpack_original_inputs(inputs), x[:8])
    assert utils.unpack_min_diff_data(inputs) is inputs.min_diff_data
    assert utils.unpack_min_diff_data(x) is None


def test_wrong_packing_is_refused(arrays):
    full, sensitive, others = datasets(*arrays)
    for groups in ((sensitive, None, None), (None, None, None), (sensitive, others, full)):
        with pytest.raises(ValueError, match="Give both"):
            pack_min_diff_data(full, *groups)
    with pytest.raises(ValueError, match="different applications"):
        pack_min_diff_data(full, {"a": sensitive}, {"b": others})


def test_several_applications_each_with_a_weight(arrays):
    full, sensitive, others = datasets(*arrays)
    packed = pack_min_diff_data(full, {"a": sensitive, "b": others}, {"a": others, "b": sensitive})
    losses = {"a": "mmd", "b": min_diff.losses.AbsoluteCorrelationLoss()}
    wrapped = compiled(tabular(), losses, {"a": 2.0})
    logs = wrapped.fit(packed, verbose=0).history
    np.testing.assert_allclose(
        logs["loss"][0],
        logs["original_loss"][0] + 2 * logs["a_min_diff_loss"][0] + logs["b_min_diff_loss"][0],
        rtol=1e-5,
    )
    with pytest.raises(ValueError, match=r"keys \['c'\]"):
        MinDiffModel(tabular(), losses, {"c": 1.0})


def test_keras_file_round_trip_and_resumed_training(arrays, tmp_path):
    x, _y, _ = arrays
    packed = pack_min_diff_data(*datasets(*arrays))
    wrapped = compiled(tabular(), min_diff.losses.MMDLoss("laplacian"), 0.5)
    wrapped.fit(packed, verbose=0)
    wrapped.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert isinstance(loaded, MinDiffModel)
    np.testing.assert_allclose(loaded.predict(x, verbose=0), wrapped.predict(x, verbose=0))
    again = [m.fit(packed, verbose=0).history["loss"][0] for m in (loaded, wrapped)]
    np.testing.assert_allclose(again[0], again[1], rtol=1e-5)
    wrapped.save_original_model(str(tmp_path / "exported"), save_format="tf")
    assert (tmp_path / "exported" / "saved_model.pb").exists()


def test_an_output_of_several_is_compared_by_name(arrays):
    x, y, _ = arrays
    keras.utils.set_random_seed(0)
    inputs = keras.Input((2,))
    outputs = {
        "one": keras.layers.Dense(1, activation="sigmoid", name="one")(inputs),
        "two": keras.layers.Dense(1, activation="sigmoid", name="two")(inputs),
    }
    model = keras.Model(inputs, outputs)
    targets = {"one": y, "two": 1 - y}
    member = arrays[2]
    full = tf.data.Dataset.from_tensor_slices((x, targets)).batch(32)
    sensitive = tf.data.Dataset.from_tensor_slices((x[member],)).batch(16).repeat()
    others = tf.data.Dataset.from_tensor_slices((x[~member],)).batch(16).repeat()
    packed = pack_min_diff_data(full, sensitive, others)
    wrapped = MinDiffModel(model, "mmd", predictions_transform="two")
    losses = {"one": "binary_crossentropy", "two": "binary_crossentropy"}
    wrapped.compile(optimizer="sgd", loss=losses)
    assert np.isfinite(wrapped.fit(packed, verbose=0).history["min_diff_loss"]).all()
    unnamed = MinDiffModel(model, "mmd")
    unnamed.compile(optimizer="sgd", loss=losses)
    with pytest.raises(ValueError, match="predictions_transform"):
        unnamed.fit(packed, verbose=0)


def test_plain_data_is_for_evaluation_only(arrays):
    x, y, _ = arrays
    wrapped = compiled(tabular())
    with pytest.raises(ValueError, match="pack_min_diff_data"):
        wrapped.fit(x, y, verbose=0)
    assert "min_diff_loss" not in wrapped.evaluate(x, y, verbose=0, return_dict=True)
