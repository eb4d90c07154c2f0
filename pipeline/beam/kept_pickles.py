"""Spares small jobs in this process what Beam does for jobs that travel.

Beam compresses each pickle of a graph by bz2, and reads it again for each stage and bundle:
some 200 and 350 times in a small evaluation, a twelfth of its CPU, where none leaves the process.
Each function that a bundle is to run it reads, pickles anew with its windowing, and reads again.
It also keeps where in the code each type hint was made, some 600 tracebacks. Beam 2.75 to 2.77.
"""

from __future__ import annotations

import bz2
import contextlib
import types
from collections.abc import Iterator
from typing import Any

from apache_beam.options.pipeline_options import PipelineOptions

from fairflip.pipeline.beam.options import is_in_this_process

_MAGIC = b"BZh"


@contextlib.contextmanager
def pickles_kept_plain(options: PipelineOptions) -> Iterator[None]:
    """Within the block, Beam's pickles are not compressed, if all who read them are in here.

    Args:
        options: The job's; with another runner, or workers in processes of their own,
            nothing is changed.
    """
    from apache_beam.internal import cloudpickle_pickler, pickler

    if not is_in_this_process(options):
        yield
        return
    from apache_beam.runners.worker import bundle_processor, operations

    module: Any = cloudpickle_pickler
    of_bundles: tuple[Any, ...] = (bundle_processor, operations)
    compressor = module.bz2
    module.bz2 = types.SimpleNamespace(
        compress=lambda content, compresslevel: content,
        # A part of the graph may have been pickled before the block.
        decompress=lambda content: (
            bz2.decompress(content) if content.startswith(_MAGIC) else content
        ),
    )
    # What a bundle pickles it has just read or made, and hands to one operation.
    handing_on = types.SimpleNamespace(
        dumps=_HandedOn,
        loads=lambda sent: sent.value if isinstance(sent, _HandedOn) else pickler.loads(sent),
    )
    for one in of_bundles:
        one.pickler = handing_on
    try:
        yield
    finally:
        module.bz2 = compressor
        for one in of_bundles:
            one.pickler = pickler


class _HandedOn:
    """Stands for the pickle of what is handed on within a bundle."""

    def __init__(self, value: Any):
        """Takes what would be pickled."""
        self.value = value


@contextlib.contextmanager
def type_hints_without_origin() -> Iterator[None]:
    """Within the block, type hints do not remember where in the code they were made."""
    from apache_beam.typehints.decorators import IOTypeHints

    hints: Any = IOTypeHints
    make = hints.__dict__["_make_origin"]
    hints._make_origin = classmethod(
        lambda cls, bases, tb=True, msg=(): make.__func__(cls, bases, False, msg)
    )
    try:
        yield
    finally:
        hints._make_origin = make
