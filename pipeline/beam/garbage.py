"""How often Python looks for garbage while a graph is built and run.

Imports nothing of Beam, since commands set it before they import anything.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

#: Python's own are 700, 10 and 10.
OBJECTS_BEFORE_COLLECTION = (100_000, 20, 100)


@contextlib.contextmanager
def seldom_garbage() -> Iterator[None]:
    """Within it, Python looks for garbage seldom, or as seldom as the caller has it.

    A graph makes millions of objects and hardly any garbage. By Python's own thresholds a whole
    evaluation of 100,000 pairs looks 450 times, once through all objects of TensorFlow and Beam: a
    twenty-fifth of its CPU. Commands have such thresholds from their start (`spared_imports`).
    """
    own = gc.get_threshold()
    if not 0 < own[0] < OBJECTS_BEFORE_COLLECTION[0]:  # 0: never
        yield
        return
    gc.set_threshold(*OBJECTS_BEFORE_COLLECTION)
    try:
        yield
    finally:
        gc.set_threshold(*own)
