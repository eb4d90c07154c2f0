"""Limits and their verdict over a finished run. A new limit is a field of `report_values`."""

__all__ = ["command", "limits", "output", "report", "verdict"]
