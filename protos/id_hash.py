"""The one hash of IDs: XXH3, 64 bits, the same in every process, version and platform.

Python's, pandas' and Arrow's own hashes may change with any of these, and would silently
move examples between shards, samples and the buckets of stored results. It is no
cryptographic hash: it does not hide IDs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import xxhash

_MASK = (1 << 64) - 1


def hash_texts(texts: Sequence[bytes], seed: int = 0) -> npt.NDArray[np.uint64]:
    """64 uniform bits of each text.

    Args:
        texts: [N] the UTF-8 bytes of each.
        seed: Any integer; another seed gives an unrelated hash.

    Returns:
        [N] uint64.
    """
    digest, seed = xxhash.xxh3_64_intdigest, seed & _MASK
    return np.fromiter((digest(text, seed) for text in texts), np.uint64, len(texts))
