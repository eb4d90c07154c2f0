"""Sums to the `RunReport`.

Estimates become messages here; nothing is counted but what was changed in which slice.
"""

__all__ = [
    "edited_categories",
    "group_directions",
    "kinds",
    "models",
    "term_transforms",
    "terms",
    "threshold_curve",
]
