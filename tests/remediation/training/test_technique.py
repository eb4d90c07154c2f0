"""Which loss a copy of a baseline is trained with, and which baselines are refused."""

from __future__ import annotations

import keras
import pytest

from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training.technique import training_loss

pytestmark = pytest.mark.system

LAYERS, LOSSES = keras.layers, keras.losses


def model(units=1, activation="sigmoid", loss=None, names=("score",)):
    source = keras.Input((4,))
    outputs = {name: LAYERS.Dense(units, activation, name=name)(source) for name in names}
    made = keras.Model(source, outputs[names[0]] if len(names) == 1 else outputs)
    if loss is not None:
        made.compile("sgd", loss if len(names) == 1 else dict.fromkeys(names, loss))
    return made


@pytest.mark.parametrize(
    ("baseline", "expected"),
    [
        (model(), LOSSES.BinaryCrossentropy),
        (model(2, "softmax"), LOSSES.SparseCategoricalCrossentropy),
        (model(3, None), LOSSES.SparseCategoricalCrossentropy),
        (model(3, "softmax", "categorical_crossentropy"), LOSSES.SparseCategoricalCrossentropy),
        (
            model(3, "softmax", LOSSES.CategoricalCrossentropy()),
            LOSSES.SparseCategoricalCrossentropy,
        ),
        (model(1, "sigmoid", LOSSES.MeanSquaredError()), LOSSES.MeanSquaredError),
    ],
)
def test_a_loss_that_fits_labels_of_one_column(baseline, expected):
    assert isinstance(training_loss(baseline), expected)


def test_a_loss_of_ones_own_for_classes_is_kept():
    for loss in ("sparse_categorical_crossentropy", LOSSES.SparseCategoricalCrossentropy()):
        assert training_loss(model(3, "softmax", loss)) is not None
        assert "parse" in str(getattr(training_loss(model(3, "softmax", loss)), "name", loss))


@pytest.mark.parametrize(
    ("baseline", "message"),
    [
        (model(7, "sigmoid", "binary_crossentropy"), "gives 7 numbers for each record"),
        (model(7, "sigmoid"), "gives 7 numbers for each record"),
        (model(2, None, "mse"), "gives 2 numbers for each record"),
        (
            model(1, "sigmoid", "binary_crossentropy", ("toxicity", "insult")),
            r"has 2 outputs \((toxicity, insult|insult, toxicity)\)",
        ),
    ],
)
def test_several_numbers_that_one_label_does_not_explain_are_refused(baseline, message):
    with pytest.raises(ConfigurationError, match=message) as caught:
        training_loss(baseline)
    assert len(caught.value.problems) == 1
