"""Numbers of the report are rounded all at once to what their digits say."""

from __future__ import annotations

import numpy as np

from fairflip.metrics.report.intervals import plain, plains


def _bits(values: list[float]) -> list[int]:
    return np.array(values, np.float64).view(np.int64).tolist()


def test_many_numbers_are_rounded_to_the_bit_as_each_by_its_digits() -> None:
    rng = np.random.default_rng(0)
    digits = np.round(rng.random(20_000), 12)
    near_powers = [
        10.0**exponent * (1 + steps * 2.0**-52)
        for exponent in range(-25, 25)
        for steps in range(-40, 40)
    ]
    parts = [
        rng.random(20_000),
        -rng.random(20_000) * 10.0 ** rng.integers(-30, 20, 20_000),
        digits,
        digits + 5e-13,  # Next to a half of the last digit.
        np.array(near_powers),
        np.array([0.0, -0.0, 1e-300, 5e-324, 1e300, 9.99999999999949, 9.9999999999995]),
        np.array([999_999_999_999.5, 99_999_999_999.95, np.inf, -np.inf, np.nan, -np.nan]),
    ]
    values = np.concatenate(parts)
    assert _bits(plains(values)) == _bits([plain(value) for value in values])


def test_rounded_numbers_are_lists_of_their_arrays_shape() -> None:
    assert plains(np.array([[0.1 + 0.2, 1.0], [2.0, 1 / 3]])) == [[0.3, 1.0], [2.0, 0.333333333333]]
    assert plains(np.zeros((0, 3))) == []
