"""Controls of images by a function: what it gives, in which rows, and what is refused."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.images.decoding import decode, encode_png
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.tabular.image_controls import NO_EDIT, with_image_controls
from fairflip.protos.errors import InputError

PIXELS = np.random.default_rng(0).integers(0, 200, (3, 6, 6, 3)).astype(np.uint8)
NAMES = PairColumns(id="id", text="", label="label", inputs=("image", "age"))


def pairs() -> pa.RecordBatch:
    after = PIXELS.copy()
    after[:, :2, :2] += 50
    return pa.record_batch(
        {
            "id": ["a", "a", "b"],
            "counterfactual_index": pa.array([0, 1, 0], pa.int32()),
            "image": pa.array([encode_png(image) for image in PIXELS], pa.large_binary()),
            "counterfactual.image": pa.array(map(encode_png, after), pa.large_binary()),
            "age": [1.0, 1.0, 2.0],
            "group": [["x"], ["y"], ["x"]],
        }
    )


def elsewhere(original, counterfactual, number):
    """The same difference in another corner."""
    difference = counterfactual.astype(int) - original
    return (original + np.roll(difference, 2 + number, axis=(0, 1))).astype(np.uint8)


def test_controls_stand_behind_the_pairs_of_their_original():
    batch, coverage = with_image_controls(pairs(), elsewhere, ["image"], 2, NAMES)
    assert batch["id"].to_pylist() == ["a"] * 6 + ["b"] * 3
    assert (
        batch["edit"].to_pylist()
        == ["identity"] * 2 + ["control"] * 4 + ["identity"] + ["control"] * 2
    )
    assert batch["control_of"].to_pylist() == [None, None, 0, 0, 1, 1, None, 0, 0]
    assert batch["counterfactual_index"].to_pylist() == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    # Of pairs that bring no terms, too.
    assert batch["term"].to_pylist() == [["image"]] * 9
    assert batch["group"].to_pylist() == [["x"], ["y"], *[["x"]] * 2, *[["y"]] * 2, *[["x"]] * 3]
    for place, row in ((2, 0), (3, 0), (4, 1), (7, 2)):
        expected = PIXELS[row].copy()
        shift = 2 + (place in (3,))
        expected[shift : shift + 2, shift : shift + 2] += 50
        assert (decode(batch["counterfactual.image"][place].as_py()) == expected).all()
    assert (coverage.num_pairs, coverage.num_control_pairs) == (3, 6)
    assert (coverage.by_column, coverage.shortages) == ({"image": 6}, {})
    assert coverage.hash_sum != 0


def test_none_and_what_changes_nothing_leave_a_pair_with_fewer():
    def some(original, counterfactual, number):
        return None if number == 0 else original

    batch, coverage = with_image_controls(pairs(), some, ["image"], 2, NAMES)
    assert batch["edit"].to_pylist() == ["identity"] * 3
    assert coverage.shortages == {NO_EDIT: 3}
    assert coverage.pairs_by_controls == {0: 3}


def test_the_function_cannot_change_what_it_is_given():
    def rude(original, counterfactual, number):
        original[:] = 0
        counterfactual[:] = 0
        return original

    batch, _ = with_image_controls(pairs(), rude, ["image"], 1, NAMES)
    assert (decode(batch["image"][0].as_py()) == PIXELS[0]).all()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda a, b, n: a[:3], r"uint8 of the shape \(3, 6, 3\), expected is uint8 of .* \(6, 6"),
        (lambda a, b, n: a / 255, "float64"),
        (lambda a, b, n: 1 / 0, "raised ZeroDivisionError on images of 6 × 6 pixels"),
    ],
)
def test_other_answers_are_refused_with_what_is_expected(function, message):
    with pytest.raises(InputError, match=message):
        with_image_controls(pairs(), function, ["image"], 1, NAMES)


def test_an_image_that_cannot_be_read_has_no_control():
    broken = pairs()
    images = broken["image"].to_pylist()
    images[0] = images[0][:-40]
    broken = broken.set_column(2, "image", pa.array(images, pa.large_binary()))
    batch, _ = with_image_controls(broken, elsewhere, ["image"], 1, NAMES)
    assert batch["control_of"].to_pylist() == [None, None, 1, None, 0]
