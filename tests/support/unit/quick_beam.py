"""Beam as jobs of ours run it: signatures read once, and views of options made once.

Of a small graph that a test builds with Beam's own `Pipeline`, two thirds of the time go
there. Jobs of ours do the same by `fairflip.pipeline.beam.job` and `options`.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from typing import Any

import pytest

from support import TESTS

#: Its tests are about what Beam does with and without.
WITHOUT = TESTS / "pipeline" / "beam"


class QuickBeam:
    """Holds the patches from the first test on that finds Beam imported."""

    def __init__(self) -> None:
        self._patches = contextlib.ExitStack()
        self._is_on = False

    def set_for(self, item: pytest.Item) -> None:
        """Beam as a test wants it."""
        if WITHOUT in item.path.parents:
            self.stop()
        else:
            self.start()

    def start(self) -> None:
        """Patches Beam if it is there and has not been patched."""
        if self._is_on or "apache_beam.pipeline" not in sys.modules:
            return
        from fairflip.pipeline.beam.known_signatures import signatures_read_once

        self._is_on = True
        self._patches.enter_context(signatures_read_once())
        self._patches.enter_context(_views_made_once())

    def stop(self) -> None:
        """Beam as it was."""
        self._patches.close()
        self._is_on = False


@contextlib.contextmanager
def _views_made_once():
    from apache_beam.options.pipeline_options import PipelineOptions
    from apache_beam.pipeline import Pipeline

    from fairflip.pipeline.beam.kept_views import KeptViewsOptions

    plain = Pipeline.__init__

    @functools.wraps(plain)
    def init(self, runner=None, options: Any = None, argv=None, **keywords):
        if argv is None and (options is None or type(options) is PipelineOptions):
            kept_views = KeptViewsOptions([])
            # The values are those of the options themselves, also those set later.
            kept_views.__dict__.update({} if options is None else options.__dict__)
            options = kept_views
        plain(self, runner, options, argv, **keywords)

    Pipeline.__init__ = init
    try:
        yield
    finally:
        Pipeline.__init__ = plain
