"""Memory of a process through which many images pass."""

from __future__ import annotations

import ctypes
import sys

#: Blocks of so many bytes or more go back to the system as soon as they are freed.
LARGE_BLOCK = 1 << 20
#: So much may lie free at the end of the heap; beyond 128 KiB, which glibc would take with a
#: threshold that is set, pages are given back and fetched again all the time.
_FREE_AT_END = 32 << 20
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def return_large_blocks() -> bool:
    """Lets the C library of this process give large blocks back as soon as they are freed.

    glibc does so with blocks above a threshold, and raises that, up to 32 MiB, with each block that
    is freed. What is smaller stays in its heap, where encoded images soon lie in between and no
    hole fits the next large block: the memory grew with the number of images. A threshold that is
    set is not raised.

    Returns:
        Whether there is such a threshold; other C libraries have none.
    """
    if sys.platform != "linux":
        return False
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    return (
        set_option is not None
        and bool(set_option(_M_MMAP_THRESHOLD, LARGE_BLOCK))
        and bool(set_option(_M_TRIM_THRESHOLD, _FREE_AT_END))
    )
