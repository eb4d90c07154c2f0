"""One run in one folder: its steps, its state, its provenance, its training."""

__all__ = [
    "inputs_in_memory",
    "job",
    "progress",
    "report_files",
    "state",
    "steps",
    "submitted",
    "training",
]
