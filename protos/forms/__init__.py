"""The formats as text, JSON and YAML: reading, checking and writing them.

Defaults, choices and simple checks come from the options beside the fields.
"""

__all__ = [
    "checks",
    "config_fields",
    "json_form",
    "messages",
    "model_specs",
    "remediation_choices",
    "run_edits",
    "text_formats",
]
