"""Single pairs: their rows, their classes, and samples of the IDs of those that flip."""

__all__ = [
    "cell_samples",
    "class_scores",
    "class_transitions",
    "controlled_pairs",
    "examples",
    "kept_pairs",
    "pair_rows",
]
