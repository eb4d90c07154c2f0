"""Images as arrays: decoded within limits, and which part of them an edit changes.

In tables of this package a column of bytes holds encoded images, and no other column does.
"""

__all__ = ["changes", "decoded_columns", "decoding", "memory"]
