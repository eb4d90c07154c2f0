"""Finished training is used again for the same baseline and data, and for no other."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json

import numpy as np
import pyarrow as pa
import pytest

from fairflip.protos import config_pb2
from fairflip.remediation.sweep.run_keeper import RUNS_FILE, RunKeeper
from fairflip.remediation.sweep.sweep import SweepSetting, sweep
from fairflip.remediation.training.data import TrainingData
from fairflip.remediation.training.evaluation_data import EvaluationData
from fairflip.remediation.training.fingerprints import content_fingerprint, model_fingerprint
from fairflip.remediation.training.step import remediate

pytestmark = pytest.mark.system

NUM_TEXTS = 3000


def numbers(seed: int, rows: int = 40) -> np.ndarray:
    return np.random.default_rng(seed).random((rows, 2)).astype("float32")


def some_data(**changes) -> TrainingData:
    labels = (np.arange(40) % 2).astype(float)
    actual = {
        "inputs": numbers(0),
        "labels": labels,
        "counterfactual_inputs": numbers(1, 10),
        "counterfactual_rows": np.arange(10),
        "groups": {"g": pa.array(["a", "b"] * 20)},
    }
    return TrainingData(**{**actual, **changes})


def a_model(seed: int = 0, rate: float = 0.01):
    import keras

    keras.utils.set_random_seed(seed)
    layers = [
        keras.Input((2,), name="in"),
        keras.layers.Dense(1, activation="sigmoid", name="out"),
    ]
    model = keras.Sequential(layers, name="m")
    model.compile(optimizer=keras.optimizers.SGD(rate), loss="binary_crossentropy")
    return model


def test_every_value_of_the_data_counts():
    texts = np.array([f"text {i}" for i in range(NUM_TEXTS)], object)
    labels = np.zeros(NUM_TEXTS)
    plain = TrainingData(texts, labels)
    again = TrainingData(copy.deepcopy(texts), labels.copy())
    assert content_fingerprint(plain) == content_fingerprint(again)
    other_texts = texts.copy()
    other_texts[1] = "text 1 otherwise"
    others = [
        plain,
        TrainingData(other_texts, labels),
        TrainingData(texts, labels, weights=np.ones(NUM_TEXTS)),
        TrainingData(texts, labels, groups={"g": pa.array(["a"] * NUM_TEXTS)}),
        TrainingData(texts, labels, groups={"g": pa.array(["b"] * NUM_TEXTS)}),
        TrainingData(texts, labels, validation=TrainingData(texts[:2], labels[:2])),
        TrainingData(texts, labels, validation=TrainingData(texts[:1], labels[:1])),
        TrainingData(texts, labels, unlabelled_originals=texts, unlabelled_counterfactuals=texts),
        TrainingData(
            texts, labels, counterfactual_inputs=texts[:1], counterfactual_rows=np.array([0])
        ),
        TrainingData(
            texts, labels, counterfactual_inputs=texts[:1], counterfactual_rows=np.array([1])
        ),
        TrainingData({"a": texts}, labels),
    ]
    assert len({content_fingerprint(data) for data in others}) == len(others)


@pytest.mark.parametrize("odd", [["a", 1], ["\ud800", "b"], [["a"], ["b", "c"]]])
def test_columns_of_any_values_are_told_apart(odd):
    def column(values):
        made = np.empty(len(values), object)
        made[:] = values
        return made

    assert content_fingerprint(column(odd)) == content_fingerprint(column(copy.deepcopy(odd)))
    assert content_fingerprint(column(odd)) != content_fingerprint(column(odd[::-1]))


def test_slices_of_a_column_are_their_values():
    whole = pa.array(["a", None, "b", "c"] * 3)
    assert content_fingerprint(whole[4:8]) == content_fingerprint(whole[:4])
    assert content_fingerprint(whole[4:8]) != content_fingerprint(whole[3:7])


def test_a_model_is_its_weights_and_how_it_was_compiled(tmp_path):
    import keras

    model = a_model()
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert model_fingerprint(loaded) == model_fingerprint(model)
    assert model_fingerprint(a_model(seed=1)) != model_fingerprint(model)
    assert model_fingerprint(a_model(rate=0.5)) != model_fingerprint(model)


def test_a_vocabulary_is_part_of_its_model():
    import keras

    def reader(words) -> str:
        layer = keras.layers.TextVectorization(name="v")
        layer.adapt(words)
        model = keras.Sequential([keras.Input((1,), dtype="string", name="in"), layer], name="m")
        return model_fingerprint(model)

    assert reader(["x", "y"]) == reader(["x", "y"])
    assert reader(["x", "y"]) != reader(["x", "z"])


def evaluation(seed: int = 5) -> EvaluationData:
    return EvaluationData(
        numbers(seed),
        (np.arange(40) % 2).astype(np.int8),
        numbers(seed + 1, 12),
        numbers(seed + 2, 12),
        np.zeros(12, bool),
    )


def test_a_sweep_takes_up_only_its_own_runs(tmp_path, monkeypatch):
    """Another baseline, other data to train or to measure on: trained and measured anew."""
    from fairflip.remediation.sweep import sweep as module

    trained: list[int] = []

    def counted(*arguments, **keywords):
        trained.append(1)
        return remediate(*arguments, **keywords)

    monkeypatch.setattr(module, "remediate", counted)
    spec = config_pb2.RemediationSpec(auc_budget=1.0, batch_size=20)

    def swept(folder, data=None, baseline=None, measured=None, **changes):
        trained.clear()
        result = sweep(
            spec,
            data or some_data(),
            baseline or a_model(),
            measured or evaluation(),
            settings=[SweepSetting("plain")],
            output_dir=folder,
            **changes,
        )
        return result, len(trained)

    first, count = swept(tmp_path)
    assert count == 1
    again, count = swept(tmp_path)
    assert count == 0
    assert again.sweep == first.sweep
    (run,) = json.loads((tmp_path / RUNS_FILE).read_text()).values()
    seconds = {point.name: point.seconds for point in again.sweep.points}
    assert seconds == {"baseline": 0.0, "plain": run["record"]["seconds"]}
    assert seconds["plain"] > 0
    others = {
        "baseline": {"baseline": a_model(seed=1)},
        "weights": {"data": some_data(weights=np.linspace(1, 9, 40))},
        "validation": {"data": some_data(validation=TrainingData(numbers(3, 4), np.ones(4)))},
        "evaluation": {"measured": evaluation(9)},
        "seed": {"seed": 1},
    }
    for what, change in others.items():
        shared, count = swept(tmp_path, **change)
        assert count == 1, what
        if what not in ("weights", "evaluation"):  # of data to train on, and of what is measured
            continue
        alone, _ = swept(None, **change)
        for point in (*shared.sweep.points, *alone.sweep.points):
            point.ClearField("seconds")
        assert shared.sweep == alone.sweep, what
        if shared.chosen is not None:
            for a, b in zip(
                shared.chosen.model.get_weights(), alone.chosen.model.get_weights(), strict=True
            ):
                np.testing.assert_array_equal(a, b, err_msg=what)


def test_a_model_and_its_record_are_of_one_run(tmp_path):
    """Kept under two keys and two seeds, each is given back with its own record."""
    from fairflip.remediation.sweep.score_metrics import PricePoint
    from fairflip.remediation.training.own_trainer import RemediationResult

    point = PricePoint(**{f.name: 0.5 for f in dataclasses.fields(PricePoint)})
    setting, models = SweepSetting("plain"), {}
    for number, (key, seed) in enumerate(itertools.product("ab", (0, 1))):
        models[key, seed] = model = a_model(number)
        result = RemediationResult(model, {"of": f"{key}{seed}"}, 1.0)
        RunKeeper(tmp_path, key).keep(setting, seed, point, result, with_model=True)
    for (key, seed), model in models.items():
        actual = RunKeeper(tmp_path, key).model_of(setting.name, seed, model)
        assert actual.record == {"of": f"{key}{seed}"}
        np.testing.assert_array_equal(actual.model.get_weights()[0], model.get_weights()[0])
    assert not list(tmp_path.glob("*.partial*"))
    without = RunKeeper(tmp_path, "c")
    without.keep(setting, 0, point, result, with_model=False)
    assert RunKeeper(tmp_path, "c").find(setting, 0, with_model=False) == point
    assert RunKeeper(tmp_path, "c").find(setting, 0, with_model=True) is None


@pytest.mark.parametrize("changed", ["", "baseline", "weights", "validation"])
def test_a_checkpoint_is_of_one_baseline_and_one_set_of_data(tmp_path, changed):
    spec = config_pb2.RemediationSpec(technique="plain", epochs=3, batch_size=20)

    def stop(share, text):
        if share > 0.8:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        remediate(spec, some_data(), a_model(), output_dir=tmp_path, progress=stop)
    data = {
        "weights": some_data(weights=np.linspace(1, 9, 40)),
        "validation": some_data(validation=TrainingData(numbers(3, 4), np.ones(4))),
    }.get(changed, some_data())
    made = remediate(spec, data, a_model(seed=int(changed == "baseline")), output_dir=tmp_path)
    assert made.record["first_epoch"] == (0 if changed else 2)
