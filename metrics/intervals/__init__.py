"""Intervals and tests: from sums per bucket to rates, means and differences with their bounds."""
