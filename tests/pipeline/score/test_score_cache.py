"""Kept scores are exact, whole after any end of a process, and shared by many."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time

import numpy as np
import pytest

from fairflip.pipeline.score.score_cache import ScoreCache
from fairflip.protos.errors import InputError

WRITER = """
import sys
import numpy as np
from fairflip.pipeline.score.score_cache import ScoreCache
cache = ScoreCache(sys.argv[1], "a model")
for start in range(int(sys.argv[2]), int(sys.argv[3]), 7):
    numbers = range(start, min(start + 7, int(sys.argv[3])))
    cache.add([str(n).encode() for n in numbers], np.sqrt(list(numbers)))
    print(numbers[-1], flush=True)
"""


def keys_of(numbers):
    return [str(number).encode() for number in numbers]


def test_it_is_a_dictionary_of_floats_that_stays(tmp_path):
    numbers = list(range(2000))
    cache = ScoreCache(str(tmp_path / "scores"), "a model")
    assert not cache.look_up(keys_of(numbers))[0].any()
    cache.add(keys_of(numbers), np.sqrt(numbers) / 7)
    cache.close()
    again = ScoreCache(str(tmp_path / "scores"), "a model")
    is_kept, scores = again.look_up(keys_of([5000, *numbers[::-1], -1]))
    assert is_kept.tolist() == [False, *[True] * 2000, False]
    np.testing.assert_array_equal(scores, [np.nan, *(np.sqrt(numbers) / 7)[::-1], np.nan])
    assert len(again) == 2000


def test_models_do_not_share_scores(tmp_path):
    ScoreCache(str(tmp_path), "one").add(keys_of([1]), np.array([0.5]))
    assert not ScoreCache(str(tmp_path), "another").look_up(keys_of([1]))[0].any()


def test_no_answer_is_not_kept_and_the_first_answer_stays(tmp_path):
    cache = ScoreCache(str(tmp_path), "m")
    cache.add(keys_of([1, 2, 3]), np.array([np.nan, np.inf, 0.25]))
    cache.add(keys_of([1, 3]), np.array([0.5, 0.75]))
    assert cache.look_up(keys_of([1, 2, 3]))[1].tolist() == [0.5, np.inf, 0.25]
    cache.add([], np.empty(0))
    assert cache.look_up([])[1].tolist() == []


def test_no_text_is_stored_and_the_folder_is_its_owners(tmp_path):
    folder = tmp_path / "scores"
    cache = ScoreCache(str(folder), "m")
    cache.add([b"a comment that nobody may read"], np.array([0.5]))
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert b"comment" not in content
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_is_wrong_with_a_file_is_said_in_a_sentence(tmp_path):
    cache = ScoreCache(str(tmp_path), "m")
    cache.close()
    for path in tmp_path.iterdir():
        path.write_bytes(b"no database at all" * 1000)
    with pytest.raises(InputError, match=r"is damaged .*; delete the file"):
        ScoreCache(str(tmp_path), "m")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        ScoreCache(str(tmp_path / "file" / "below"), "m")


@pytest.mark.system
def test_processes_that_write_at_once_lose_nothing(tmp_path):
    spans = [(0, 1400), (700, 2100), (2100, 2800)]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path, *map(str, span)], stdout=subprocess.DEVNULL
        )
        for span in spans
    ]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    is_kept, scores = ScoreCache(str(tmp_path), "a model").look_up(keys_of(range(2800)))
    assert is_kept.all()
    np.testing.assert_array_equal(scores, np.sqrt(np.arange(2800)))


@pytest.mark.system
def test_a_killed_process_leaves_all_that_it_said_it_added(tmp_path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, tmp_path, "0", "10000000"], stdout=subprocess.PIPE, text=True
    )
    added = 0
    until = time.monotonic() + 60
    while added < 2000 and time.monotonic() < until:
        added = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().split()
    writer.wait(30)
    last = int(rest[-1]) if rest else added
    cache = ScoreCache(str(tmp_path), "a model")
    is_kept, scores = cache.look_up(keys_of(range(last + 1)))
    assert is_kept.all()
    np.testing.assert_array_equal(scores, np.sqrt(np.arange(last + 1)))
    # At most the one that was under way is there besides, and it is whole.
    assert len(cache) in (last + 1, last + 8)
