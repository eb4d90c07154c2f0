"""Arrow batches to mergeable sums, and the Beam transforms around them."""
