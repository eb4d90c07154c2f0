"""Limits and their verdict over a finished run."""
