"""Sums to the `RunReport`.

Estimates become messages here; nothing is counted.
"""

__all__ = ["models", "term_transforms", "terms"]
