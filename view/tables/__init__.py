"""The tables of a report, as plain rows."""

__all__ = ["run_tables", "score_shift", "slice_tables"]
