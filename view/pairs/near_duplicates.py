"""Which texts say nearly the same: copies, templates filled twice, one original changed twice.

People who read pairs should not read one text ten times. Sets of three words in a row stand
for a text; texts that share most of them belong together. Candidates are found by MinHash
(Broder 1997), so that not every text is compared with every other; each is then compared.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import numpy as np

_WORDS_IN_A_ROW = 3
#: Texts that share so much of what either has belong together.
_LEAST_SHARED = 0.6
_BANDS, _ROWS = 20, 2
_PRIME = (1 << 61) - 1


def groups(texts: Sequence[str]) -> list[int]:
    """For each text the position of the first that says nearly the same; its own if none does.

    >>> groups(["The 12 old men sat there", "a new day", "the 13 old men sat there!"])
    [0, 1, 0]
    """
    random = np.random.default_rng(0)
    factors = random.integers(1, 1 << 31, (_BANDS * _ROWS, 2), dtype=np.uint64)
    leaders: list[int] = []
    pieces: list[frozenset[int]] = []
    by_band: dict[tuple[int, bytes], list[int]] = {}
    for position, text in enumerate(texts):
        own = _pieces(text)
        pieces.append(own)
        bands = _bands(own, factors)
        candidates = dict.fromkeys(leader for band in bands for leader in by_band.get(band, ()))
        leader = next((one for one in candidates if _is_near(own, pieces[one])), position)
        leaders.append(leader)
        if leader == position:
            for band in bands:
                by_band.setdefault(band, []).append(position)
    return leaders


def _pieces(text: str) -> frozenset[int]:
    """Hashes of all words in a row, without regard to case, digits and signs."""
    words = re.findall(r"\w+", re.sub(r"\d+", "0", text.casefold()))
    last = max(1, len(words) - _WORDS_IN_A_ROW + 1)
    return frozenset(
        zlib.crc32(" ".join(words[start : start + _WORDS_IN_A_ROW]).encode("utf-8", "replace"))
        for start in range(last)
    )


def _bands(pieces: frozenset[int], factors: np.ndarray) -> list[tuple[int, bytes]]:
    """Keys of which texts that share much share one, nearly always."""
    hashes = np.fromiter(pieces, np.uint64, len(pieces))
    mixed = (factors[:, :1] * hashes + factors[:, 1:]) % np.uint64(_PRIME)
    least = mixed.min(axis=1).reshape(_BANDS, _ROWS)
    return [(number, band.tobytes()) for number, band in enumerate(least)]


def _is_near(one: frozenset[int], other: frozenset[int]) -> bool:
    return len(one & other) >= _LEAST_SHARED * len(one | other)
