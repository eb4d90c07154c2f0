"""What edits of words and of cells share: the rows of their controls."""

__all__ = ["control_rows"]
