"""A run in a notebook: the table of a result, and the Fairness Indicators widget."""

__all__ = ["result_table", "widget"]
