"""Which of a model's numbers is the score: asked for, the only one, of class 1, or nobody knows."""

from __future__ import annotations

import pytest

from fairflip.pipeline.score.libraries.label_choice import choose_label
from fairflip.protos.errors import ConfigurationError


@pytest.mark.parametrize(
    ("names", "output", "label"),
    [
        (["fine", "rude"], "rude", "rude"),
        (["fine", "rude"], ":0", "fine"),
        (["score"], "", "score"),
        (["0", "1"], "", "1"),
        (["LABEL_0", "LABEL_1"], "", "LABEL_1"),
    ],
)
def test_the_label_that_is_asked_for_or_the_only_one_that_can_be_meant(names, output, label):
    assert choose_label(names, output, "m") == label


@pytest.mark.parametrize(
    ("output", "start"), [("", "say which"), (":2", "':2' is none"), ("x", "'x' is none")]
)
def test_where_it_is_open_the_choices_and_the_flag_are_named(output, start):
    with pytest.raises(ConfigurationError, match="'fine', 'rude'") as raised:
        choose_label(["fine", "rude"], output, "m")
    assert start in str(raised.value)
    assert "(--output m=NAME)" in str(raised.value)


def test_two_numbers_that_are_no_classes_must_be_chosen_from():
    with pytest.raises(ConfigurationError, match="2 numbers"):
        choose_label(["0", "1"], "", "m", are_classes=False)


def test_of_many_labels_some_are_named():
    with pytest.raises(ConfigurationError, match="and 3 more"):
        choose_label([f"l{n}" for n in range(15)], "", "m")
