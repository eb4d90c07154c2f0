"""Sums to the `RunReport`.

Estimates become messages here; nothing is counted.
"""

__all__ = ["group_directions", "models", "term_transforms", "terms", "threshold_curve"]
