"""Sums that merge: what is counted of a slice, of examples and of terms.

`spec` says what to count, `columns` reads what is counted of a batch.
"""

__all__ = [
    "any_flips",
    "columns",
    "example_statistics",
    "kept_rows",
    "pair_statistics",
    "spec",
    "tables",
    "terms",
]
