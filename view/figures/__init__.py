"""The plots of a report."""

__all__ = ["drawing", "report_figures"]
