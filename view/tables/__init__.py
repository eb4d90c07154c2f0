"""The tables of a report, as plain rows."""

__all__ = [
    "cells",
    "excess_tables",
    "frames",
    "held_out_table",
    "review_table",
    "run_tables",
    "score_shift",
    "slice_tables",
]
