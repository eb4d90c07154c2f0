"""The tables of a report, as plain rows."""

__all__ = ["frames", "run_tables", "score_shift", "slice_tables"]
