"""Sums per bucket to rates, means and differences with their bounds, and tests.

NumPy and SciPy alone. Every interval says what it covers; docs/intervals.md has the coverage.
"""

__all__ = [
    "agreement",
    "bucket_sums",
    "excess",
    "excess_sums",
    "hypothesis_tests",
    "judged_rates",
    "label_judgements",
    "rates_and_means",
]
