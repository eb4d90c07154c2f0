"""Keeps Beam's notebook features out of our graphs.

In an IPython kernel Beam puts the cell's number before the names of transforms, for which it
sets up its interactive environment: that warns of packages which nobody asked for, and runs
a script in the notebook which loads others from outside. Beam 2.75 to 2.77; it can go once
Beam does so for its interactive runner alone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def plain_labels() -> Iterator[None]:
    """Within the block, transforms are called alike in a notebook and outside of it."""
    from apache_beam import pipeline

    module: Any = pipeline
    alter = module.alter_label_if_ipython
    module.alter_label_if_ipython = lambda transform, pvalueish: None
    try:
        yield
    finally:
        module.alter_label_if_ipython = alter
