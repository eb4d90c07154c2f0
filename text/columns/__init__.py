"""Columns of texts made all at once: no object of Python for each row."""

__all__ = ["spliced", "strings"]
