"""The retraining step from Arrow tables to a model on disk."""

from __future__ import annotations

import json
import types

import numpy as np
import pyarrow as pa
import pytest

from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.remediation.training.own_trainer import RemediationResult
from fairflip.remediation.training.step import remediate
from fairflip.remediation.training.tables import training_data_from_tables

pytestmark = pytest.mark.system

WORDS = ("good", "fine", "kind", "bad", "poor", "mean")


@pytest.fixture(scope="module")
def tables():
    """Made-up comments where 'zork' stands in for an identity term that goes with label 1."""
    rng = np.random.default_rng(5)
    rows, pairs = [], []
    for number in range(600):
        label = int(rng.random() < 0.4)
        named = rng.random() < (0.7 if label else 0.1)
        words = rng.choice(WORDS[3:] if label else WORDS[:3], 3).tolist()
        if rng.random() < 0.4:
            words = rng.choice(WORDS, 3).tolist()
        text = " ".join(["zork", *words] if named else words)
        rows.append((f"e{number}", text, float(label), ["zork"] if named else []))
        if named:
            pairs.append((f"e{number}", text, " ".join(words), "zork"))
    train = pa.table(
        {
            "example_id": [r[0] for r in rows],
            "comment_text": [r[1] for r in rows],
            "toxicity": [r[2] for r in rows],
            "group": pa.array([r[3] for r in rows], pa.list_(pa.string())),
        }
    )
    pair_table = pa.table(
        {
            "example_id": [p[0] for p in pairs],
            "comment_text": [p[1] for p in pairs],
            "counterfactual.comment_text": [p[2] for p in pairs],
            "term": [p[3] for p in pairs],
        }
    )
    return train, pair_table


@pytest.fixture(scope="module")
def baseline(tables):
    from fairflip.remediation.training.baseline_model import build_text_classifier, train_baseline

    texts = tables[0]["comment_text"].to_numpy()
    model = build_text_classifier(
        texts, vocabulary_size=32, sequence_length=8, embedding_size=8, filters=8
    )
    history = train_baseline(
        model, texts, tables[0]["toxicity"].to_numpy(), epochs=4, batch_size=32
    )
    assert history["loss"][-1] < history["loss"][0]
    return model


def pair_gap(model, pairs):
    from fairflip.remediation.training.model_inputs import score

    sides = [
        score(model, pairs[name].to_numpy())
        for name in ("comment_text", "counterfactual.comment_text")
    ]
    return float(np.mean(np.abs(sides[0] - sides[1])))


def spec(**fields):
    return config_pb2.RemediationSpec(**{"epochs": 2, "batch_size": 32, **fields})


def test_clp_closes_the_gap_and_leaves_the_baseline_alone(tables, baseline, tmp_path):
    train, pairs = tables
    data = training_data_from_tables(train, pairs)
    assert (data.num_examples, data.num_pairs, data.num_unlabelled_pairs) == (600, len(pairs), 0)
    before = [w.copy() for w in baseline.get_weights()]
    told = []
    result = remediate(
        spec(loss_weights=[10.0], epochs=4),
        data,
        baseline,
        output_dir=tmp_path,
        progress=lambda share, text: told.append((share, text)),
    )
    assert pair_gap(result.model, pairs) < 0.4 * pair_gap(baseline, pairs)
    for old, new in zip(before, baseline.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    history = result.history
    np.testing.assert_allclose(
        history["loss"],
        np.add(history["original_loss"], 10.0 * np.asarray(history["counterfactual_loss"])),
        rtol=1e-5,
    )
    record = json.loads((tmp_path / "training_record.json").read_text())
    assert record["num_pairs"] == len(pairs)
    assert record["pairing"] == "aligned"
    assert record["technique"] == "clp"
    assert not (tmp_path / "checkpoint").exists()
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_unlabelled_pairs_train_too(tables, baseline):
    train, pairs = tables
    unknown = pairs.set_column(0, "example_id", pa.array([f"u{i}" for i in range(len(pairs))]))
    data = training_data_from_tables(train, unknown)
    assert (data.num_pairs, data.num_unlabelled_pairs) == (0, len(pairs))
    result = remediate(spec(loss_weights=[10.0], epochs=4), data, baseline)
    assert result.record["pairing"] == "packed"
    assert pair_gap(result.model, pairs) < 0.4 * pair_gap(baseline, pairs)


def test_packed_pairs_are_repeated_beside_the_batches(tables, baseline):
    train, pairs = tables
    few = pairs.slice(0, 20)
    known = training_data_from_tables(train, few)
    unknown = training_data_from_tables(
        train, few.set_column(0, "example_id", pa.array([f"u{i}" for i in range(len(few))]))
    )
    packed = remediate(spec(pairing="packed"), known, baseline)
    beside = remediate(spec(), unknown, baseline)
    assert packed.record["pairing"] == beside.record["pairing"] == "packed"
    for a, b in zip(packed.model.get_weights(), beside.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    aligned = remediate(spec(), known, baseline)
    gaps = [pair_gap(made.model, few) for made in (packed, aligned)]
    assert gaps[0] < gaps[1]


def test_a_cosine_schedule_ends_at_zero_and_leaves_a_model_that_can_be_trained(tables, baseline):
    import keras

    from fairflip.remediation.models import model_copies

    data = training_data_from_tables(*tables)
    optimizer = model_copies.fresh_optimizer(baseline, 0.1, decay_steps=10)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 5, 10)]
    np.testing.assert_allclose(rates, [0.1, 0.05, 0.0], atol=1e-7)
    made = remediate(spec(learning_rate=0.01, learning_rate_schedule="cosine"), data, baseline)
    assert made.record["learning_rate_schedule"] == "cosine"
    np.testing.assert_allclose(float(made.model.optimizer.learning_rate), 0.01)
    scheduled = model_copies.copy_model(baseline)
    scheduled.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.1, 5)))
    with pytest.raises(ConfigurationError, match="schedule of its own"):
        model_copies.fresh_optimizer(scheduled, None, decay_steps=10)


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_the_same_seed_gives_the_same_model_and_a_resumed_run_too(
    tables, baseline, tmp_path, schedule
):
    train, pairs = tables
    data = training_data_from_tables(train, pairs, train.slice(0, 100))
    settings = {"epochs": 3, "learning_rate_schedule": schedule}
    whole = remediate(spec(**settings), data, baseline, seed=7)

    class Stop(Exception):
        pass

    def stop_in_the_last_epoch(share, text):
        if share > 0.8:
            raise Stop

    with pytest.raises(Stop):
        remediate(
            spec(**settings),
            data,
            baseline,
            seed=7,
            output_dir=tmp_path,
            progress=stop_in_the_last_epoch,
        )
    assert (tmp_path / "checkpoint" / "state.json").exists()
    resumed = remediate(spec(**settings), data, baseline, seed=7, output_dir=tmp_path)
    assert resumed.record["first_epoch"] == 2
    for a, b in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(whole.history["loss"], resumed.history["loss"], rtol=1e-4)


def test_a_checkpoint_of_other_settings_is_not_resumed(tables, baseline, tmp_path):
    train, pairs = tables
    data = training_data_from_tables(train, pairs)

    def stop(share, text):
        if share > 0.6:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        remediate(spec(), data, baseline, output_dir=tmp_path, progress=stop)
    result = remediate(spec(loss_weights=[2.0]), data, baseline, output_dir=tmp_path)
    assert result.record["first_epoch"] == 0


def test_early_stopping_puts_the_best_epoch_back(tables, baseline):
    train, pairs = tables
    data = training_data_from_tables(train, pairs, train.slice(0, 100))
    result = remediate(
        spec(epochs=12, learning_rate=0.05, early_stopping_patience=2), data, baseline
    )
    losses = result.history["val_loss"]
    assert result.record["stopped_early"]
    assert len(losses) < 12
    assert result.record["best_epoch"] == int(np.argmin(losses)) == len(losses) - 3


def test_saved_files_give_the_same_scores(tables, baseline, tmp_path):
    import tensorflow as tf

    from fairflip.remediation.training import saved_model
    from fairflip.remediation.training.model_inputs import score

    texts = tables[0]["comment_text"].to_numpy()[:20]
    expected = score(baseline, texts)
    paths = saved_model.save_model(baseline, tmp_path, text_feature="comment_text")
    loaded = saved_model.load_model(tmp_path)
    np.testing.assert_allclose(score(loaded, texts), expected, rtol=1e-6)
    serving = saved_model.load_model(paths["saved_model"])
    examples = [
        tf.train.Example(
            features=tf.train.Features(
                feature={
                    "comment_text": tf.train.Feature(
                        bytes_list=tf.train.BytesList(value=[text.encode()])
                    )
                }
            )
        ).SerializeToString()
        for text in texts
    ]
    (by_example,) = serving(examples=examples).values()
    np.testing.assert_allclose(by_example[:, 0], expected, rtol=1e-5)
    tensors = saved_model.load_model(paths["saved_model"], signature_name="tensors")
    (by_tensor,) = tensors(comment_text=list(texts)).values()
    np.testing.assert_allclose(by_tensor[:, 0], expected, rtol=1e-5)


def test_a_lambda_layer_is_refused_unless_allowed(tmp_path):
    import keras

    from fairflip.remediation.training import saved_model

    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x * 2)])
    model.save(tmp_path / "model.keras")
    with pytest.raises(InputError, match="allow_custom_code"):
        saved_model.load_model(tmp_path / "model.keras")
    assert saved_model.load_model(tmp_path / "model.keras", allow_custom_code=True) is not None


def test_mindiff_draws_the_groups_negatives_together(tables, baseline):
    from fairflip.remediation.training.model_inputs import score

    train, _ = tables
    data = training_data_from_tables(train, slices=["group"])
    result = remediate(
        spec(technique="mindiff", min_diff_group="group:zork", loss_weights=[3.0], epochs=3),
        data,
        baseline,
    )
    named = np.array([bool(g) for g in train["group"].to_pylist()])
    negative = train["toxicity"].to_numpy() == 0

    def gap(model):
        scores = score(model, train["comment_text"].to_numpy())
        return abs(scores[negative & named].mean() - scores[negative & ~named].mean())

    assert gap(result.model) < 0.5 * gap(baseline)


def test_augmentation_and_plain_training(tables, baseline):
    train, pairs = tables
    data = training_data_from_tables(train, pairs)
    plain = remediate(spec(technique="plain", epochs=1), data, baseline)
    augmented = remediate(spec(technique="augmentation", epochs=1), data, baseline)
    assert plain.record["num_examples"] == 600
    assert augmented.record["num_examples"] == 600 + len(pairs)


def test_from_scratch_keeps_the_vocabulary_only(tables, baseline):
    train, pairs = tables
    data = training_data_from_tables(train, pairs)
    result = remediate(spec(from_scratch=True, epochs=1, learning_rate=1e-9), data, baseline)
    layers = [m.get_layer("words").get_vocabulary() for m in (baseline, result.model)]
    assert layers[0] == layers[1]
    old, new = (m.get_layer("dense").get_weights()[0] for m in (baseline, result.model))
    assert np.abs(old - new).max() > 0.01


def own_trainer(spec, data, baseline, *, seed, output_dir):
    return baseline


def bad_trainer(spec, data, baseline, *, seed, output_dir):
    return types.SimpleNamespace()


def test_a_trainer_of_ones_own(tables, baseline, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "own_trainer_module", sys.modules[__name__])
    data = training_data_from_tables(*tables)
    result = remediate(spec(trainer="own_trainer_module:own_trainer"), data, baseline)
    assert isinstance(result, RemediationResult)
    assert result.model is baseline
    with pytest.raises(ConfigurationError, match="must return a Keras model"):
        remediate(spec(trainer="own_trainer_module:bad_trainer"), data, baseline)
    with pytest.raises(ConfigurationError, match="cannot be imported"):
        remediate(spec(trainer="no_such_module_here:f"), data, baseline)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"technique": "magic"}, "technique: 'magic' is unknown"),
        ({"loss_weights": [1.0, 2.0]}, "sweep"),
        ({"loss_weights": [-1.0]}, "-1.0 is not 0 or more"),
        ({"learning_rate": 0.0}, "give a positive number"),
        ({"epochs": 0}, "epochs: 0 is out of range; give 1 or more"),
        ({"pairing": "loose"}, "pairing: 'loose' is unknown"),
        ({"learning_rate_schedule": "steep"}, "learning_rate_schedule: 'steep' is unknown"),
        ({"technique": "mindiff"}, "min_diff_group"),
        ({"loss": "pairwise_cosine"}, "constant"),
        ({"loss": "no_such_loss"}, "no_such_loss"),
    ],
)
def test_bad_settings_are_named(tables, baseline, fields, message):
    data = training_data_from_tables(*tables)
    with pytest.raises(ConfigurationError, match=message):
        remediate(spec(**fields), data, baseline)


def test_no_pairs_is_refused_by_reason(tables, baseline):
    train, pairs = tables
    data = training_data_from_tables(train, pairs, held_out_terms=["Zork"])
    assert dict(data.num_pairs_left_out) == {"held_out_term": len(pairs)}
    with pytest.raises(InputError, match="held_out_term"):
        remediate(spec(), data, baseline)
