"""The one graph: read, pair, score, count, write."""
