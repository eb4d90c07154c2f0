"""A run in a notebook: its progress, the table of a result, the Fairness Indicators widget."""

__all__ = ["progress_bar", "result_table", "widget"]
