"""The TFMA metrics, one a file.

Their classes come from `fairflip.metrics`. The evaluator reads how a metric counts, and what
it reads of a pair.
"""

__all__ = ["pair_combiner", "pair_reader", "registration"]
