"""The TFMA metrics, one a file.

A new metric is a module beside `flip_rate`, named in `registration`. The classes come from
`fairflip.metrics`. The evaluator reads how a metric counts, and what
it reads of a pair.
"""

__all__ = ["control_metric", "pair_combiner", "pair_reader", "registration"]
