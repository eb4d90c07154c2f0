"""Where word vectors are read from."""

from __future__ import annotations

import gzip

import pytest

from fairflip.pipeline.generate.vector_files import read_vectors
from fairflip.protos.errors import ConfigurationError


def test_a_file_plain_or_compressed(tmp_path):
    (tmp_path / "plain.txt").write_text("tea 1 2\nsoup 3 4\n", encoding="utf-8")
    with gzip.open(tmp_path / "made.gz", "wt", encoding="utf-8") as file:
        file.write("tea 1 2\nsoup 3 4\n")
    for name in ("plain.txt", "made.gz"):
        actual = read_vectors(str(tmp_path / name), ["soup", "cake"], "--vectors")
        assert {word: list(row) for word, row in actual.items()} == {"soup": [3, 4]}


def test_no_such_file(tmp_path):
    with pytest.raises(ConfigurationError, match=r"--vectors: .*is no file"):
        read_vectors(str(tmp_path / "none"), ["soup"], "--vectors")
