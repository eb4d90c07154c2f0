"""What a report says in words, and how its numbers are written."""

__all__ = ["evidence", "findings", "limits_of_numbers", "numbers", "report_index"]
