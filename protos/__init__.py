"""The formats on disk, and the words that all rooms share.

`config.proto` says what a run is to do, `limits.proto` what the gate demands, `service.proto`
how a service is asked, `report.proto` what was found, `comparison.proto` how runs differ.
`errors` and `columns` are the words; `forms` reads and writes the formats.
"""

__all__ = [
    "allowed_rejects",
    "audit_pb2",
    "benchmark_pb2",
    "columns",
    "comparison_pb2",
    "config_pb2",
    "edits",
    "errors",
    "id_hash",
    "limits_pb2",
    "options_pb2",
    "positive_rates",
    "repeated_answers",
    "report_pb2",
    "saved_model_graph_pb2",
    "service_pb2",
    "slice_names",
]
