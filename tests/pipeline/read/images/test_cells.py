"""Columns of images: encoded bytes and paths, and what is wrong with them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.metrics.images import decoding
from fairflip.metrics.images.decoding import encode_png
from fairflip.pipeline.read.images.cells import first_size, read_images

PIXELS = np.random.default_rng(0).integers(0, 256, (4, 8, 6, 3)).astype(np.uint8)
ENCODED = [encode_png(image) for image in PIXELS]


@pytest.fixture
def folder(tmp_path):
    for number, image in enumerate(ENCODED):
        (tmp_path / f"{number}.png").write_bytes(image)
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "words.png").write_text("no image")
    return tmp_path


def test_bytes_and_paths_give_the_same_images(folder):
    source = str(folder / "data.csv")
    paths = ["0.png", str(folder / "1.png"), "./2.png", None]
    for kind in (pa.string(), pa.binary(), pa.large_string()):
        read = read_images(pa.array(paths).cast(kind), source)
        assert read.images.to_pylist() == [*ENCODED[:3], None]
        assert (read.faults, read.sizes) == ({}, ((8, 6), (8, 6), (8, 6), None))
    assert read_images(pa.array(ENCODED), source).images.to_pylist() == ENCODED


def test_each_fault_is_named_and_no_path_is(folder):
    values = ["0.png", "empty.png", "words.png", "not_there.png", "", "a\0b", "."]
    read = read_images(pa.array(values), str(folder / "data.csv"))
    assert read.images.is_valid().to_pylist() == [True, *[False] * 6]
    places = {name: np.flatnonzero(mask).tolist() for name, mask in read.faults.items()}
    assert places == {
        "the path of an empty file": [1],
        "bytes that are none of PNG, JPEG, BMP, WEBP": [2],
        "the path of a file that cannot be opened": [3, 6],
        "bytes that are neither an image nor a path": [5],
    }


def test_other_types_are_no_images():
    read = read_images(pa.array([1, None, 2]), "data.parquet")
    assert read.images.null_count == 3
    assert read.faults["a value of the type int64"].tolist() == [True, False, True]
    assert read_images(pa.nulls(2), "data.parquet").images.null_count == 2


def test_a_file_beyond_the_limit_is_not_read_whole(folder, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_BYTES", 50)
    monkeypatch.setattr("fairflip.pipeline.read.images.cells.MAX_BYTES", 50)
    read = read_images(pa.array(["0.png"]), str(folder / "data.csv"))
    assert list(read.faults) == ["an image of more than 0 MiB"]


def test_the_first_image_that_can_be_read_has_the_size():
    wide = encode_png(PIXELS[0].transpose(1, 0, 2))
    columns = [pa.array([None, b"\x89PNG\r\n\x1a\n", ENCODED[0]]), pa.array([None, wide, wide])]
    assert first_size(columns, "x") == (6, 8)
    assert first_size([pa.array([None], pa.binary())], "x") is None
