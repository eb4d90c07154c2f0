"""Faults of a run that are nobody's mistake, as one sentence each."""

from __future__ import annotations

import re
import resource

#: How Python, the linker, C++, Arrow and TensorFlow say that there is no more memory. Our
#: own sentence on a lost worker says "out of memory" as one of two reasons, and is left alone.
_NO_MEMORY = re.compile(
    r"failed to map segment|[Cc]annot allocate memory|bad_alloc|malloc of size|"
    r"OOM when allocating|Out of memory|can't start new thread"
)


def memory_sentence(error: BaseException) -> str:
    """What to say where memory was short; "" where it was something else."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    is_limited = limit != resource.RLIM_INFINITY
    is_short = isinstance(error, MemoryError) or _NO_MEMORY.search(str(error)) is not None
    # Out of memory, extension modules may fail without saying why.
    if not is_short and not (is_limited and isinstance(error, SystemError)):
        return ""
    allowed = f" (this process may use {limit / 2**30:.1f} GiB, ulimit -v)" if is_limited else ""
    return (
        f"memory was not enough{allowed}; give it more, or score fewer records at a time "
        "(TensorFlow and Beam alone need about 2 GiB)"
    )
