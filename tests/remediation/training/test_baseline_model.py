"""The built-in baseline trains until it has learnt, and no longer."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.system


@pytest.fixture(scope="module")
def module():
    from fairflip.remediation.training import baseline_model

    return baseline_model


def examples(number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Texts of ten words whose label two of them give away, most of the time."""
    random = np.random.default_rng(seed)
    words = np.array([f"w{i}" for i in range(40)])
    rows = random.integers(0, 40, (number, 10))
    label = (rows < 2).any(axis=1) ^ (random.random(number) < 0.1)
    return np.array([" ".join(words[row]) for row in rows], object), label.astype(np.float32)


def untrained(module, texts, learning_rate=1e-2):
    return module.build_text_classifier(
        texts,
        vocabulary_size=50,
        sequence_length=10,
        embedding_size=8,
        filters=8,
        learning_rate=learning_rate,
        has_convolutions=False,
    )


def auc_of(model, texts, labels) -> float:
    from fairflip.metrics.flips.ranking import roc_auc
    from fairflip.remediation.training.model_inputs import score

    return roc_auc(score(model, texts), labels)


def test_it_stops_when_validation_gains_no_more_and_keeps_the_best(module):
    train, validation = examples(400, 0), examples(200, 1)
    model, output = untrained(module, train[0]), []
    history = module.train_baseline(
        model,
        *train,
        validation=validation,
        epochs=60,
        patience=3,
        batch_size=32,
        progress=lambda share, text: output.append((share, text)),
    )
    aucs = history["auc"]
    assert 4 <= len(aucs) < 60, "before the ceiling"
    best = auc_of(model, *validation)
    assert best == pytest.approx(max(aucs), abs=module.LEAST_GAIN)
    assert max(aucs) > 0.8
    remaining = len(aucs) - 3
    assert output[-1] == (
        1.0,
        f"kept epoch {remaining} of {len(aucs)} (at most 60): AUC {best:.3f} on 200 validation examples",
    )


def test_the_ceiling_holds_and_says_that_there_was_more_to_gain(module):
    train, output = examples(400, 0), []
    history = module.train_baseline(
        untrained(module, train[0], learning_rate=1e-3),
        *train,
        validation=examples(200, 1),
        epochs=2,
        patience=3,
        batch_size=32,
        progress=lambda _, text: output.append(text),
    )
    assert len(history["auc"]) == 2
    assert output[-1].endswith("it still gained: allow more epochs") == (
        history["auc"][1] > history["auc"][0] + module.LEAST_GAIN
    )


def test_it_waits_for_a_model_that_has_not_begun_to_learn(module, monkeypatch):
    monkeypatch.setattr(module, "roc_auc", lambda scores, labels: 0.55)
    train = examples(60, 0)
    history = module.train_baseline(untrained(module, train[0]), *train, epochs=9, patience=2)
    assert len(history["auc"]) == 9


def test_too_few_validation_examples_leave_it_to_the_training_examples(module):
    train, output = examples(300, 0), []
    texts, labels = examples(200, 1)
    few = np.flatnonzero(labels > 0)[: module.LEAST_OF_A_CLASS - 1]
    rows = np.r_[few, np.flatnonzero(labels == 0)]
    module.train_baseline(
        untrained(module, train[0]),
        *train,
        validation=(texts[rows], labels[rows]),
        epochs=2,
        patience=2,
        progress=lambda _, text: output.append(text),
    )
    assert "on 300 training examples" in output[-1]


def test_without_patience_every_epoch_is_trained(module):
    train = examples(100, 0)
    history = module.train_baseline(untrained(module, train[0]), *train, epochs=5)
    assert len(history["loss"]) == 5
    assert "auc" not in history


@pytest.mark.parametrize(
    ("num_examples", "epochs"), [(50, 8), (4_800, 8), (14_000, 3), (19_200, 2), (10**7, 2)]
)
def test_patience_is_a_number_of_steps_within_bounds(module, num_examples, epochs):
    assert module.patience_for(num_examples, 128) == epochs
