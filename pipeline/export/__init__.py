"""A finished run's numbers for other tools.

`tables` makes a table of every list of the report, `files` writes them as CSV, Parquet or for
BigQuery, `bigquery_load` loads them there; `gauges` are what `prometheus` and
`opentelemetry_metrics` write down; `mlflow_run` and `wandb_run` log the run to these trackers,
with the `run_numbers` that they share.
"""

__all__ = [
    "bigquery_load",
    "files",
    "mlflow_run",
    "opentelemetry_metrics",
    "prometheus",
    "run_numbers",
    "tables",
    "wandb_run",
]
