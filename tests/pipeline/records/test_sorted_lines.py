"""Lines come in order, from blocks on disk where they do not fit."""

from __future__ import annotations

import random
import tempfile
import tracemalloc

import pytest

from fairflip.pipeline.records import sorted_lines


@pytest.mark.parametrize("most_characters", [0, 7, 60, 1 << 20])
def test_as_if_sorted_in_memory(tmp_path, monkeypatch, most_characters):
    monkeypatch.setattr(sorted_lines, "MOST_CHARACTERS", most_characters)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    lines = [f'{{"record": "{i * 37 % 50}"}}' for i in range(100)]
    with sorted_lines.in_order(iter(lines)) as ordered:
        assert b"".join(ordered).decode() == "".join(line + "\n" for line in sorted(lines))
        folders = list(tmp_path.iterdir())
        assert len(folders) == (most_characters < 1 << 20)
        assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in folders)
    assert not list(tmp_path.iterdir())


def test_nothing_is_nothing():
    with sorted_lines.in_order([]) as ordered:
        assert not list(ordered)


def test_blocks_go_where_a_line_cannot_be_had(tmp_path, monkeypatch):
    monkeypatch.setattr(sorted_lines, "MOST_CHARACTERS", 0)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def lines():
        yield "a"
        raise OSError("unreadable")

    with pytest.raises(OSError, match="unreadable"), sorted_lines.in_order(lines()):
        pass
    assert not list(tmp_path.iterdir())


def test_blocks_and_the_paths_of_blocks_are_merged(tmp_path):
    path = tmp_path / "block"
    path.write_bytes(sorted_lines.compressed(["b", "d"]))
    blocks = [(sorted_lines.compressed(["a", "c"]), ""), (b"", str(path))]
    assert list(sorted_lines.merged(blocks)) == [b"a\n", b"b\n", b"c\n", b"d\n"]


def test_memory_holds_a_part_of_them(monkeypatch):
    monkeypatch.setattr(sorted_lines, "MOST_CHARACTERS", 200_000)
    draw = random.Random(1)
    lines = (f"{draw.random():.17f} {'x' * 100}" for _ in range(24_000))
    tracemalloc.start()
    with sorted_lines.in_order(lines) as ordered:
        num_characters = sum(map(len, ordered))
    highest = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Sorted in memory it is 1.6 times their characters, in blocks 0.37 times (64 KiB a block).
    assert highest < 0.5 * num_characters
