"""The ground floor in NumPy: flips, gaps, matched thresholds, buckets, samples, slices."""
