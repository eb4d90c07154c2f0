"""What edits of other words change: sums over controls, and the excess over them.

`counting` makes sums of batches, `estimates` makes rates of sums.
"""

__all__ = ["counting", "estimates", "statistics", "transforms"]
