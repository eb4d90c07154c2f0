"""Imports TensorFlow without its start-up notes.

TensorFlow's C++ code writes to the process's standard error before any setting
of its own is read, so the stream is put aside while it starts. If the import
fails, what was written is shown.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator


def import_tensorflow() -> None:
    """Imports TensorFlow and looks for its devices, silently unless it fails."""
    if "tensorflow" in sys.modules:
        return
    with _standard_error_aside():
        import tensorflow as tf

        tf.config.list_physical_devices()


@contextlib.contextmanager
def _standard_error_aside() -> Iterator[None]:
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        standard_error = os.dup(2)
        os.dup2(aside.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(standard_error, 2)
            aside.seek(0)
            sys.stderr.write(aside.read().decode("utf-8", "replace"))
            raise
        finally:
            os.dup2(standard_error, 2)
            os.close(standard_error)
