"""Names of the metrics' values."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from fairflip.metrics.flips import metric_names
from fairflip.protos import errors


@pytest.mark.parametrize(
    ("thresholds", "expected"),
    [
        ((0.5,), ["@0.5"]),
        ((0.5, 0.25), ["@0.50", "@0.25"]),
        ((0.3, 0.5, 0.7), ["@0.3", "@0.5", "@0.7"]),
        ((0.125, 0.5), ["@0.125", "@0.500"]),
        ((0, 1), ["@0.0", "@1.0"]),
        # TFMA 0.46 printed these two alike, as @0.000.
        ((1e-05, 2e-05), ["@0.00001", "@0.00002"]),
        ((np.float64(0.5), np.float64(0.25)), ["@0.50", "@0.25"]),
        ((-1.5, 2.25), ["@-1.50", "@2.25"]),
    ],
)
def test_threshold_suffix_prints_one_common_number_of_decimals(thresholds, expected):
    assert metric_names.threshold_suffix(thresholds) == expected


def test_every_printed_threshold_reads_back():
    thresholds = (*np.random.default_rng(0).random(50), 1 / 3, 0.1 + 0.2, 1e-9)
    suffixes = metric_names.threshold_suffix(thresholds)
    assert [float(suffix[1:]) for suffix in suffixes] == list(thresholds)
    assert len({len(suffix) for suffix in suffixes}) == 1


@pytest.mark.parametrize("wrong", [(), (float("nan"),), (float("inf"),), ("0.5",), (True,)])
def test_wrong_thresholds_are_refused(wrong):
    with pytest.raises(errors.ConfigurationError, match="threshold"):
        metric_names.threshold_suffix(wrong)


def test_distinct_numbers_keep_their_order():
    assert metric_names.distinct_numbers([0.5, 0.1, 0.5, 1, 1.0]) == (0.5, 0.1, 1)


@pytest.mark.system
def test_light_modules_import_no_tensorflow():
    program = (
        "import sys\n"
        "import fairflip.metrics.flips.metric_names, fairflip.metrics.flips.counts\n"
        "heavy = {'tensorflow', 'tensorflow_model_analysis', 'apache_beam'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
