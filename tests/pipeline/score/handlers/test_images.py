"""Images for any model: pixels a few at a time, and what cannot be read has no score."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.images.decoded_columns import KEPT_BYTES, Decoder, pixels_of
from fairflip.metrics.images.decoding import encode_png
from fairflip.pipeline.pair.shards import in_batches
from fairflip.pipeline.score.handlers import images
from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import InputError

PIXELS = np.random.default_rng(0).integers(0, 256, (10, 4, 6, 3)).astype(np.uint8)
ENCODED = [encode_png(image) for image in PIXELS]


class Brightness(BatchModelHandler):
    """Two numbers of each image and an age: its mean, and the age."""

    identity = "brightness"

    def __init__(self, spec: ModelSpec):
        super().__init__(spec, ["image", "age"])
        self.sizes: list[int] = []

    def load_model(self):
        return "model"

    def score_batch(self, batch, model):
        assert model == "model"
        self.sizes.append(batch.num_rows)
        means = pixels_of(batch["image"]).astype(float).mean(axis=(1, 2, 3))
        return np.stack([means, batch["age"].to_numpy()], axis=1)


def handler(**fields) -> images.ImageModelHandler:
    return images.ImageModelHandler(Brightness(ModelSpec(name="m", image_channels=3, **fields)))


def records(encoded=ENCODED) -> pa.RecordBatch:
    image = pa.array(encoded, pa.large_binary())
    return pa.record_batch({"image": image, "age": np.arange(len(encoded), dtype=float)})


def test_scores_are_those_of_the_pixels_in_small_calls(monkeypatch):
    monkeypatch.setattr(images, "IMAGES_PER_CALL", 4)
    asked = handler()
    scores = asked.score_batch(records(), asked.load_model())
    expected = PIXELS.astype(float).mean(axis=(1, 2, 3))
    assert scores == pytest.approx(np.stack([expected, np.arange(10)], axis=1))
    assert asked._inner.sizes == [4, 4, 2]
    monkeypatch.setattr(images, "BYTES_PER_CALL", 2 * 4 * 4 * 6 + 10)
    asked.score_batch(records(), "model")
    assert max(asked._inner.sizes[3:]) == 2


def test_images_of_few_bytes_and_many_pixels_are_decoded_once_for_two_models(monkeypatch):
    decoder = Decoder()
    monkeypatch.setattr(images, "SHARED", decoder)
    levels = np.arange(240, dtype=np.uint8).repeat(256 * 256 * 3).reshape(-1, 256, 256, 3)
    encoded = [encode_png(image) for image in levels]
    assert levels.nbytes > 2 * KEPT_BYTES > 100 * sum(map(len, encoded))
    table = pa.Table.from_batches([records(encoded)])
    batches = list(in_batches(table.append_column("id", table["age"]), "id"))
    assert sum(batch.num_rows for batch in batches) == 240
    for batch in batches:
        for asked in (handler(), handler()):
            scores = asked.score_batch(batch.drop_columns(["id"]), "model")
            assert (scores[:, 0] == scores[:, 1]).all()
    assert decoder.num_decoded == 240


def test_an_image_that_cannot_be_read_has_no_score_and_the_others_do():
    damaged = [*ENCODED[:3], ENCODED[3][:-40], *ENCODED[4:]]
    scores = handler().score_batch(records(damaged), "model")
    assert np.isnan(scores).any(axis=1).tolist() == [place == 3 for place in range(10)]
    assert scores[:, 1][[2, 4]].tolist() == [2, 4]
    none = handler().score_batch(records([b"x"] * 3), "model")
    assert np.isnan(none).all()
    assert len(none) == 3


def test_shares_and_gray_are_read_as_the_model_asks():
    asked = images.ImageModelHandler(
        Brightness(ModelSpec(name="m", image_channels=1, pixel_range="1"))
    )
    scores = asked.score_batch(records(), "model")[:, 0]
    gray = PIXELS @ np.array([0.299, 0.587, 0.114])
    assert scores == pytest.approx(gray.mean(axis=(1, 2)) / 255, abs=0.005)
    assert asked.identity != handler().identity


def test_two_sizes_in_one_call_are_refused_with_both():
    mixed = [*ENCODED, encode_png(PIXELS[0].transpose(1, 0, 2))]
    with pytest.raises(InputError, match="'image' holds images of 4 × 6 and 6 × 4 pixels"):
        handler().score_batch(records(mixed), "model")


def test_training_tables_hold_pixels_and_leave_damage_out_by_name():
    ids = [f"p{place}" for place in range(10)]
    damaged = [*ENCODED[:9], ENCODED[9][:-40]]
    tables = {
        "train": pa.table({"id": ids, "image": pa.array(damaged, pa.large_binary())}),
        "pairs": None,
    }
    made, rejects = images.tables_with_pixels(tables, ModelSpec(image_channels=3), "id")
    assert made["pairs"] is None
    column = made["train"]["image"].combine_chunks()
    assert (pixels_of(column.chunk(0) if hasattr(column, "chunk") else column) == PIXELS[:9]).all()
    assert [(one.record, one.reason) for one in rejects] == [("p9", "unreadable_image")]
