"""What a report says in words, and how its numbers are written."""

__all__ = [
    "evidence",
    "excess",
    "findings",
    "limits_of_numbers",
    "numbers",
    "report_index",
    "verdict",
    "verdict_light",
]
