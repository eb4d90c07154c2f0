"""Large blocks go back to the system, also when larger ones were freed before them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fairflip.metrics.images import memory

pytestmark = pytest.mark.system

#: Bytes that stay in the heap while a block of 4 MiB is held, after one of 16 MiB was freed.
_MEASURE = """
import ctypes, sys
from fairflip.metrics.images import memory

class Info(ctypes.Structure):
    names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in names.split()]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Info
if sys.argv[1] == "set":
    assert memory.return_large_blocks()
block = bytearray(16 << 20)
del block
before = library.mallinfo2().hblkhd
block = bytearray(4 << 20)
print(library.mallinfo2().hblkhd - before)
"""


@pytest.mark.skipif(not memory.return_large_blocks(), reason="another C library than glibc")
@pytest.mark.parametrize(("what", "is_mapped"), [("set", True), ("left", False)])
def test_a_large_block_is_mapped_whatever_was_freed_before(what, is_mapped):
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, what], check=True, capture_output=True, text=True
    )
    assert (int(done.stdout) >= 4 << 20) == is_mapped
