"""The ground floor in NumPy: what a decision, a flip, a gap and a slice are."""

__all__ = [
    "buckets",
    "counts",
    "decisions",
    "matched_threshold",
    "metric_names",
    "ranking",
    "score_gaps",
    "slicing",
]
