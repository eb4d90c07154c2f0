"""One run in one folder: its steps, its state, its provenance."""
