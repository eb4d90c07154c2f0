"""A run's progress as a bar in a notebook's cell."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from fairflip.pipeline.run.progress import Progress
from fairflip.view.notebook.progress_bar import ProgressBar, in_notebook


class Handle:
    def __init__(self):
        self.shown: list[str] = []

    def update(self, html):
        self.shown.append(html.data)


@pytest.fixture
def handle():
    return Handle()


def test_each_line_moves_one_bar(handle):
    bar = ProgressBar(handle)
    print("fairflip: evaluate <b>mine</b> ...", file=bar)
    print("fairflip: mine: 1,200 of 4,800 texts, 40.0 a second, 90 s left", file=bar)
    assert "value=1200 max=4800" in handle.shown[-1]
    assert "90 s left" in handle.shown[-1]
    assert handle.shown[0].count("<progress") == 1
    assert "&lt;b&gt;mine" in handle.shown[0]
    print("fairflip: evaluate mine: 15 s so far", file=bar)
    print("fairflip: texts are read from the only column that fits", file=bar)
    print("fairflip: evaluate mine: done in 17.5 s", file=bar)
    print("fairflip: write the report ...", file=bar)
    print("fairflip: write the report: done in 1,002.5 s", file=bar)
    assert "<progress" not in handle.shown[-1]
    assert "done in 1020.0 s" in handle.shown[-1]
    assert "the only column that fits" in handle.shown[-1]
    assert "so far" not in handle.shown[-1]


def test_it_takes_the_place_of_a_stream(handle):
    progress = Progress(ProgressBar(handle))
    with progress.step("read"):
        assert "<progress" in handle.shown[-1]
    assert "done in" in handle.shown[-1]


def test_a_notebook_is_a_kernel_and_no_terminal(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert not in_notebook()
    terminal = SimpleNamespace()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: terminal))
    assert not in_notebook()
    kernel = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: kernel))
    assert in_notebook()
