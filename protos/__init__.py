"""The formats on disk, and reading and writing them as text, JSON and YAML.

`config.proto` says what a run is to do, `limits.proto` what the gate demands, `report.proto`
what was found. `errors` and `columns` are the words that all rooms share.
"""

__all__ = [
    "checks",
    "columns",
    "config_fields",
    "config_pb2",
    "edits",
    "errors",
    "id_hash",
    "json_form",
    "limits_pb2",
    "matched_rates",
    "messages",
    "options_pb2",
    "remediation_choices",
    "report_pb2",
    "score_scales",
    "text_formats",
]
