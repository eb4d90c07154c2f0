"""A finished run's numbers for other tools.

`tables` makes a table of every list of the report, `files` writes them as CSV, Parquet or for
BigQuery, `prometheus` as metrics; `mlflow_run` logs the run to MLflow.
"""

__all__ = ["files", "mlflow_run", "prometheus", "tables"]
