"""Transforms are called alike in a notebook and outside of it."""

from __future__ import annotations

from types import SimpleNamespace

import apache_beam as beam
import IPython
from apache_beam import pipeline as beam_pipeline
from apache_beam.utils import interactive_utils

from fairflip.pipeline.beam.plain_labels import plain_labels


def test_a_kernel_gets_no_interactive_environment(monkeypatch):
    asked = []
    monkeypatch.setattr(interactive_utils, "is_in_ipython", lambda: asked.append(1) or True)
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(execution_count=3))
    original = beam_pipeline.alter_label_if_ipython
    with plain_labels():
        made = beam.Pipeline() | "Numbers" >> beam.Create([1])
    assert made.producer.full_label.split("/")[0] == "Numbers"
    assert not asked
    assert beam_pipeline.alter_label_if_ipython is original
