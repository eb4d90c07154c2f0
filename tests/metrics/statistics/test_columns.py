"""Whether two rows that do not stand together are of one original is found without a sort."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.metrics.statistics.columns import _has_repeats

#: Hashes that differ in their last bits alone share a slot.
HASHES = st.integers(0, 2**64 - 1) | st.integers(0, 9) | st.integers(2**64 - 9, 2**64 - 1)


@given(st.lists(HASHES, max_size=60))
def test_repeats_are_those_that_a_set_finds(hashes):
    assert _has_repeats(np.array(hashes, np.uint64)) == (len(set(hashes)) < len(hashes))


@pytest.mark.parametrize("number", [1, 1_000, 100_000])
def test_one_repeat_among_many_is_found(number):
    hashes = np.random.default_rng(number).integers(0, 2**63, number).astype(np.uint64)
    assert not _has_repeats(hashes)
    assert _has_repeats(np.append(hashes, hashes[number // 3]))
