"""A finished run's numbers for other tools.

`tables` makes a table of every list of the report, `files` writes them as CSV, Parquet or for
BigQuery, `prometheus` as metrics.
"""

__all__ = ["files", "prometheus", "tables"]
