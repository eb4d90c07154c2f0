"""The Fairness Indicators widget in a notebook."""

__all__ = ["widget"]
