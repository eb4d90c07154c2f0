"""The table on a terminal."""

__all__ = ["console", "summary_table"]
