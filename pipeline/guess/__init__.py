"""What nobody said of the data: which column is the ID, the text and the label.

A column is taken only where exactly one fits, and is said with its flag.
"""

__all__ = ["columns"]
