"""Beam's options, running one graph, and patches of Beam.

Each patch names the versions that need it and when it can go.
"""

__all__ = ["dataflow_options", "garbage", "job", "options"]
