"""Runs that are broken at their writes."""
