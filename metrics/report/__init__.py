"""Sums to the `RunReport`."""
