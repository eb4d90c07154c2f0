"""The matched threshold on cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.metrics.flips.matched_threshold import matched_threshold


@pytest.mark.parametrize(
    ("scores", "target", "threshold"),
    [
        # The rate at the baseline's 0.33 is what is wanted.
        ([0.1, 0.2, 0.3, 0.4], 0.25, 0.33),
        ([0.1, 0.2, 0.3, 0.4], 0.5, 0.25),
        ([0.1, 0.2, 0.3, 0.4], 0.0, 0.4),
        ([0.1, 0.2, 0.3, 0.4], 0.4, 0.25),
        # 0.625 lies as near to 0.75 as to 0.5: the rate that is not above wins.
        ([0.1, 0.2, 0.3, 0.4], 0.625, 0.25),
        ([0.3, 0.3, 0.3, 0.9], 0.6, 0.6),
        ([0.3, 0.3, 0.3, 0.3], 0.6, np.nextafter(0.3, 0)),
    ],
)
def test_matched_threshold_is_the_nearest_not_above(scores, target, threshold):
    actual = matched_threshold(np.array(scores), None, target, 0.33)
    assert actual == pytest.approx(threshold, rel=1e-15)
