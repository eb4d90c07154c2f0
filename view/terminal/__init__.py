"""The table on a terminal."""

__all__ = ["summary_table"]
