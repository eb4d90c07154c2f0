"""One training step: its data, its batches, its checkpoints, what it saves."""
