"""Arrow batches to sums, and the Beam transforms around that.

A first pass counts; a second one reads the scored pairs again for what needs a threshold.
"""

__all__ = [
    "bundle_sums",
    "clustered_rows",
    "group_directions",
    "matched_passes",
    "pair_counting",
    "second_pass",
    "second_pass_transforms",
    "transforms",
]
