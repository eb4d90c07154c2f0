"""Files to batches of good records, and rejects."""
