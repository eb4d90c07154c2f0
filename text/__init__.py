"""Finding, removing, replacing and repairing identity terms in a text.

Pure Python over strings: one matcher, one list of repairs, one way to remove a term.
"""

__all__ = [
    "ablation",
    "counterfactual",
    "matcher",
    "pronouns",
    "repair",
    "substitution",
    "terms",
    "validity",
]
