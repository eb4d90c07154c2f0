"""Limits and their verdict over a finished run.

`limits` reads what is demanded. `report_values` names what can be limited: every number of the
report is there, and a new one is an entry of its tables.
"""

__all__ = ["command", "limits", "output", "report", "verdict"]
