"""Sums as bytes and side by side: how dataclasses of arrays travel, whatever they count."""

__all__ = ["encoding", "stacked", "sum_columns"]
