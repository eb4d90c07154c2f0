"""Made-up pictures: a bright square says yes, and a coloured ground comes along with it.

The label is whether the square is bright. In training data a blue ground stands where the label
is 1 nine times out of ten, so that a model learns to look at the ground. The counterfactual of
a picture is the same with the other ground.
"""

from __future__ import annotations

import pathlib
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from fairflip.metrics.images.decoding import encode_png

SIZE = 16
GROUNDS = {"blue": (30, 40, 200), "green": (30, 180, 40)}
OTHER = {"blue": "green", "green": "blue"}


class Pictures(NamedTuple):
    """Pictures on both sides.

    Attributes:
        ids: [n].
        grounds: [n] "blue" or "green", of the original.
        labels: [n] 0 or 1.
        before: uint8 [n, SIZE, SIZE, 3].
        after: The same with the other ground.
    """

    ids: list[str]
    grounds: np.ndarray
    labels: np.ndarray
    before: np.ndarray
    after: np.ndarray


def pictures(number: int, seed: int = 0, tied: float = 0.9, size: int = SIZE) -> Pictures:
    """Made-up pictures; `tied` is the share whose ground goes with the label."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, number)
    goes_along = rng.random(number) < tied
    grounds = np.where((labels == 1) == goes_along, "blue", "green")
    brightness = np.clip(np.where(labels == 1, 150, 105) + rng.normal(0, 28, number), 0, 255)
    sides = []
    noise = rng.integers(-15, 16, (number, size, size, 3))
    for names in (grounds, [OTHER[name] for name in grounds]):
        image = np.zeros((number, size, size, 3))
        image[:] = np.array([GROUNDS[name] for name in names])[:, None, None, :]
        quarter = size // 4
        image[:, quarter:-quarter, quarter:-quarter] = brightness[:, None, None, None]
        sides.append(np.clip(image + noise, 0, 255).astype(np.uint8))
    ids = [f"p{place}" for place in range(number)]
    return Pictures(ids, grounds, labels, *sides)


def table(made: Pictures, **changed: Any) -> pa.Table:
    """Pairs as encoded bytes."""
    rows = {
        "id": made.ids,
        "image": [encode_png(image) for image in made.before],
        "counterfactual.image": [encode_png(image) for image in made.after],
        "label": made.labels,
        "ground": made.grounds,
        "group": [[OTHER[name]] for name in made.grounds],
    }
    return pa.table({**rows, **changed})


def write_files(made: Pictures, folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    """A folder of originals and one of counterfactuals, of the same names."""
    folders = folder / "originals", folder / "counterfactuals"
    for place, images in zip(folders, (made.before, made.after), strict=True):
        place.mkdir(parents=True)
        for id, image in zip(made.ids, images, strict=True):
            (place / f"{id}.png").write_bytes(encode_png(image))
    return folders


def fitted_model(path: pathlib.Path, size: int = SIZE, seed: int = 1) -> pathlib.Path:
    """A small Keras model of pixels from 0 to 255, trained on pictures where the ground tells."""
    import keras

    keras.utils.set_random_seed(seed)
    made = pictures(600, seed=seed, size=size)
    model = keras.Sequential(
        [
            keras.Input((size, size, 3), name="image"),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(4, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(8, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy")
    model.fit(made.before.astype("float32"), made.labels, epochs=6, batch_size=64, verbose=0)
    model.save(path)
    return path
