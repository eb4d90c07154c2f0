"""The tables of a report, as plain rows."""

__all__ = ["cells", "excess_tables", "frames", "run_tables", "score_shift", "slice_tables"]
