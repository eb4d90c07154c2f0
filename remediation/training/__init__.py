"""One training step: its data, its batches, its checkpoints, the model that it saves."""

__all__ = [
    "baseline_model",
    "data",
    "evaluation_data",
    "fingerprints",
    "model_inputs",
    "saved_model",
    "step",
    "tables",
]
