"""The pairs that a reader sees: which ones, what changed in them, and their data for the page."""

__all__ = [
    "cells",
    "flipped_pairs",
    "marked_texts",
    "pair_data",
    "parts",
    "scored_rows",
    "totals",
]
