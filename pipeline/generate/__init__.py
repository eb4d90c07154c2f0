"""Counterfactuals of originals, and the lists of terms."""
