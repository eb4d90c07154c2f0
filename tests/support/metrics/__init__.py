"""Scored pairs, and what their metrics are by direct computation."""
